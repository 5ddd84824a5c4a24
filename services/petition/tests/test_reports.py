"""随手拍, 巡查, 河长制 and emergencies: the rules, and a report's way through the service."""

from datetime import UTC, datetime, timedelta

import pytest

from chassis.domain import now
from chassis.testing.pictures import picture
from contracts.identity.villagers import PersonErased
from contracts.petition.reports import EmergencyRaised, ReportDone, ReportFiled
from contracts.sla import ClockElapsed, ClocksPromised
from services.petition.domain.moves import AUTHOR, INTAKE, OFFICE, VERIFIER
from services.petition.domain.refusals import (
    ChannelNotYours,
    Incomplete,
    LowerLevelLate,
    MatterNotFound,
    NotAVillage,
    NotOfThisKind,
    NotYourPart,
    SameLevel,
    UnknownCategory,
    WrongState,
)
from services.petition.domain.report import REPORT_MOVES, REPORT_STATES, RULES, Report, ReportAct
from services.petition.tests.letters import reader, told

PATH = VILLAGE, TOWN, CITY = ["510183122211", "510183122", "510183"]
START = datetime(2026, 11, 23, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
EVERYBODY = {AUTHOR, OFFICE, VERIFIER}
SAYS = {"text": b"sealed", "after": ["after-1"], "to": "city", "confirmed": True}
ROAD = ["accept", "done", "verify", "close"]
NEW = {"text": "河里漂着一片垃圾。", "category": "river_rubbish", "kind": "river", "place": "老桥下游"}
SPOT = {"lon": 103.46, "lat": 30.41}

p09, p11 = pytest.mark.feature("P09"), pytest.mark.feature("P11")


def report(**changes):
    fields = {"id": "report:1", "number": "SB-2026-000001", "author": "ann", "path": PATH, "before": ["before-1"]}
    words = {"kind": "snap", "channel": "app", "priority": "normal", "category": "rubbish"}
    sealed = {"text": b"sealed", "place": b"sealed", "spot": None}
    return Report.file(START, **fields | words | sealed | changes)


def act(move, parts=EVERYBODY, at=START, **says):
    needed = {name: SAYS[name] for name in REPORT_MOVES[move].needs}
    return ReportAct(move=move, parts=set(parts), at=at, by="cadre", **needed | says)


def make(made, *moves, **says):
    for move in moves:
        made.move(act(move, **says))
    return made


def facts(made):
    return [fact.type.removeprefix("petition.").removesuffix(".v1") for fact in made.recorded]


# the rules


@p11
def test_the_category_says_where_a_report_begins():
    places = {each: report(category=each, kind="river").office for each in ("river_rubbish", "river_sand")}
    assert places == {"river_rubbish": VILLAGE, "river_sand": CITY}
    assert report(category="river_outfall", kind="river").level == "town"


@p11
@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"category": "gossip"}, UnknownCategory),
        ({"category": "rubbish", "kind": "river"}, NotOfThisKind),
        ({"path": PATH[1:]}, NotAVillage),
        ({"channel": "hotline"}, ChannelNotYours),
        ({"clerk": "intake-1", "author": None}, ChannelNotYours),
    ],
)
def test_a_report_that_is_not_right_is_refused(changes, refusal):
    with pytest.raises(refusal):
        report(**changes)


@p11
def test_the_whole_way_is_told_and_stops_the_clocks():
    made = make(report(), *ROAD)
    assert facts(made) == ["report_filed", "report_accepted", "report_done", "report_verified", "report_closed"]
    assert (made.state, made.outcome, made.after, made.closed_at) == ("closed", "solved", ["after-1"], START)
    assert {clock.state for clock in made.clocks} == {"stopped"}
    assert [(order["order"], order["clock"]) for order in made.recorded[0].data["clocks"]] == [
        ("start", "sign"),
        ("start", "resolve"),
    ]


@p11
@pytest.mark.parametrize("state", REPORT_STATES)
@pytest.mark.parametrize("move", REPORT_MOVES)
def test_a_move_from_a_state_that_is_not_its_own_changes_nothing(state, move):
    made = make(report(category="straw_burning"), *ROAD[: REPORT_STATES.index(state)])
    told = len(made.recorded)
    if state in REPORT_MOVES[move].sources:
        make(made, move)
        assert len(made.recorded) == told + 1
        return
    with pytest.raises(WrongState):
        make(made, move)
    assert (made.state, len(made.recorded)) == (state, told)


@p11
@pytest.mark.parametrize(("move", "row"), REPORT_MOVES.items())
def test_a_move_is_its_own_parts_only_and_needs_its_words(move, row):
    with pytest.raises(NotYourPart):
        report().move(act(move, (EVERYBODY | {INTAKE}) - {row.part}))
    made = make(report(category="straw_burning"), *ROAD[: REPORT_STATES.index(row.sources[0])])
    for name in row.needs:
        with pytest.raises(Incomplete):
            made.move(act(move, **{name: None}))


@p11
def test_what_is_not_confirmed_goes_on_and_its_photos_stay():
    made = make(report(), "accept", "done")
    make(made, "verify", confirmed=False)
    assert (made.state, made.outcome, made.confirmed, made.after) == ("accepted", None, False, ["after-1"])
    make(made, "done", after=["after-2"])
    assert made.after == ["after-1", "after-2"]


@p11
def test_it_is_verified_by_its_author_or_the_level_above_never_by_the_office_alone():
    made = make(report(), "accept", "done")
    assert made.parts(reader(id="ann")) == {AUTHOR, VERIFIER}
    assert made.parts(reader(TOWN)) == {VERIFIER}
    assert made.parts(reader(VILLAGE)) == {OFFICE}
    top = make(report(category="river_sand", kind="river"), "accept", "done")
    assert top.parts(reader(CITY)) == {OFFICE, VERIFIER}
    for stranger in (made.parts, report().parts):
        with pytest.raises(MatterNotFound):
            stranger(reader(CITY, id="bob"))
    assert made.queues == [VILLAGE, TOWN]


@p11
def test_what_needs_nothing_is_verified_too():
    made = make(report(), "dismiss")
    assert (made.state, made.outcome) == ("done", "no_action")
    assert facts(made)[-1] == "report_done"


@p11
def test_it_is_sent_to_a_level_and_back_but_not_to_where_it_is_or_to_who_was_late():
    made = make(report(), "accept", "dispatch")
    assert (made.level, made.office, made.state) == ("city", CITY, "filed")
    with pytest.raises(SameLevel):
        make(made, "dispatch")
    make(made, "return")
    assert made.level == "town"
    late = report()
    late.promise(told("sign", START + HOUR))
    late.judge(told("sign", START + HOUR), None, START + HOUR)
    assert (late.level, facts(late)[1:]) == ("town", ["report_breached", "report_escalated"])
    for move, says in (("return", {}), ("dispatch", {"to": "village"})):
        with pytest.raises(LowerLevelLate):
            make(late, move, **says)


@p11
def test_done_in_time_is_no_breach_however_late_the_clock_speaks():
    made = make(report(), *ROAD)
    before = len(made.recorded)
    for clock in ("sign", "resolve"):
        made.judge(told(clock, START + HOUR), None, START + 9 * HOUR)
    assert len(made.recorded) == before


@p09
def test_an_emergency_is_everybodys_at_once_under_clocks_of_minutes():
    made = report(category="banquet", priority="normal")
    assert (made.priority, made.queues, facts(made)) == ("emergency", PATH, ["report_filed", "emergency_raised"])
    assert {order["limit"]["unit"] for order in made.recorded[0].data["clocks"]} == {"seconds"}
    assert all(OFFICE in made.parts(reader(office)) for office in PATH)
    assert max(row["limit"]["amount"] for row in made.recorded[0].data["clocks"]) <= 2 * 3600


@p09
def test_every_category_has_limits_for_all_its_clocks():
    for category in RULES.categories:
        for priority, level in [(p, lv) for p in RULES.limits for lv in ("village", "town", "city")]:
            assert RULES.limits[priority][level].keys() == {"sign", "resolve"}, category


# the service


class Reporting:
    """What people do with reports, over HTTP."""

    def __init__(self, client):
        self.client, self.http = client, client.http

    def file(self, person, **changes):
        return self.http.post("/v1/reports", json=NEW | changes, person=person)

    def move(self, number, person, move, **says):
        return self.http.post(f"/v1/reports/{number}/moves", json={"move": move, **says}, person=person)

    def show(self, number, person):
        return self.http.get(f"/v1/reports/{number}", person=person)

    def listed(self, person):
        return [each["number"] for each in self.http.get("/v1/office/reports", person=person).json()["items"]]

    def photo(self, person):
        raw, headers = picture(), {"Content-Type": "image/jpeg"}
        return self.http.post("/v1/office/photos", data=raw, headers=headers, person=person).json()["id"]


@p11
def test_a_report_from_the_river_to_its_photo_afterwards(client):
    reports = Reporting(client)
    before = client.photo()
    number = reports.file(client.ann, spot=SPOT, photos=[before]).json()["number"]
    seen = reports.show(number, client.village).json()
    assert (seen["text"], seen["place"], seen["spot"]) == (NEW["text"], NEW["place"], SPOT)
    client.refuses(lambda: reports.show(number, client.bob), 404, "matter_not_found")
    client.refuses(lambda: reports.show(number, client.town), 404, "matter_not_found")
    assert reports.listed(client.village) == [number]
    assert reports.move(number, client.village, "accept").status_code == 200
    client.refuses(lambda: reports.move(number, client.village, "done", text="已清理"), 422, "incomplete")
    stolen = {"text": "已清理", "after": [before]}
    client.refuses(lambda: reports.move(number, client.village, "done", **stolen), 422, "photo_unavailable")
    after = reports.photo(client.village)
    done = reports.move(number, client.village, "done", text="已清理", after=[after]).json()
    assert (len(done["after"]), done["history"][-1]["text"]) == (1, "已清理")
    for photo in (*seen["before"], *done["after"]):
        path = f"/v1/reports/photos/{photo}"
        assert client.http.get(path, person=client.ann).headers["Content-Type"] == "image/jpeg"
        client.refuses(lambda where=path: client.http.get(where, person=client.bob), 404, "matter_not_found")
    assert reports.listed(client.town) == [number]
    client.refuses(lambda: reports.move(number, client.village, "verify", confirmed=True), 403, "not_your_part")
    assert reports.move(number, client.ann, "verify", confirmed=True).json()["state"] == "verified"
    assert reports.move(number, client.village, "close").json()["state"] == "closed"
    assert reports.listed(client.village) == []
    (told,) = client.service.facts(ReportDone)
    assert (told.photos, told.outcome, told.author) == (1, "solved", client.ann.id)
    kept = str([list(client.service.database[name].find()) for name in ("reports", "photos", "events")])
    assert not [words for words in (NEW["text"], NEW["place"], "已清理", "103.46", "JFIF") if words in kept]
    client.service.tell(PersonErased, subject=client.ann.id)
    assert reports.show(number, client.ann).status_code == 404
    assert client.ann.id not in str(list(client.service.database.reports.find()))


@p09
@pytest.mark.feature("P02")
def test_an_emergency_by_telephone_reaches_all_three_levels_and_climbs_when_nobody_moves(client):
    reports = Reporting(client)
    call = {"kind": "snap", "category": "banquet", "channel": "hotline"}
    client.refuses(lambda: reports.file(client.ann, **call), 422, "channel_not_yours")
    client.refuses(lambda: reports.file(client.intake, **call), 404, "unknown_region")
    number = reports.file(client.intake, **call, region=VILLAGE).json()["number"]
    assert [reports.listed(who) for who in (client.village, client.town, client.city)] == [[number]] * 3
    (raised,) = client.service.facts(EmergencyRaised)
    assert (raised.village, raised.town, raised.city, raised.number) == (*PATH, number)
    (filed,) = client.service.facts(ReportFiled)
    assert (filed.author, filed.came_by, filed.priority) == (None, "hotline", "emergency")
    matter = {"matter_source": "petition", "matter": filed.subject}
    due = {"clock": "sign", "round": 1, "level": "village", "due_at": now()}
    client.service.tell(
        ClocksPromised, subject="c1", **matter, promises=[due | {"provisional": False, "cause": "start"}]
    )
    client.service.tell(ClockElapsed, subject="c1", **matter, **due)
    shown = reports.show(number, client.town).json()
    assert (shown["level"], len(shown["breaches"]), shown["history"][-1]["what"]) == ("town", 1, "escalate")
