"""吹哨报到: units called together report in, do their parts, are graded, and are let go by the caller alone."""

from datetime import UTC, datetime, timedelta

import pytest

from contracts.identity.regions import OrganisationRegistered
from contracts.petition.mustering import UnitBreached, UnitCalled, UnitGraded, WhistleReleased
from contracts.sla import ClockElapsed, ClocksPromised
from services.petition.domain.refusals import Incomplete, MatterNotFound, NotYourPart, WrongState
from services.petition.domain.unit import UNIT_STATES
from services.petition.domain.whistle import (
    CALLER,
    UNIT,
    WATCHER,
    WHISTLE_MOVES,
    AlreadyCalled,
    AlreadyGraded,
    NoSuchUnit,
    OwnUnit,
    StillWorking,
    Whistle,
    WhistleAct,
    WhistleFromAbove,
)
from services.petition.tests.conftest import CITY, TOWN, VILLAGE
from services.petition.tests.letters import reader, told

START = datetime(2026, 11, 23, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
UNITS = [
    {"id": "water", "kind": "department", "region": CITY},
    {"id": TOWN, "kind": "office", "region": TOWN},
]
SAYS = {"text": b"sealed", "stars": 4, "unit": "water"}
ROAD = {
    "called": [],
    "reported": ["report_in"],
    "finished": ["report_in", "finish"],
    "released": ["report_in", "finish", "release"],
}

pytestmark = pytest.mark.feature("P04")


def whistle(path=(VILLAGE, TOWN, CITY), lead="water", units=UNITS):
    fields = {"id": "whistle:1", "number": "CS-2026-000001", "about": None, "text": b"sealed"}
    return Whistle.blow(START, "secretary", path=list(path), lead=lead, units=units, **fields)


def act(move, parts=(CALLER, UNIT), acts_for=("water", TOWN), **says):
    needed = {name: SAYS[name] for name in WHISTLE_MOVES[move].needs}
    return WhistleAct(move=move, parts=set(parts), acts_for=frozenset(acts_for), at=START, by="cadre", **needed | says)


def make(made, *moves, **says):
    for move in moves:
        made.move(act(move, **says))
    return made


def all_in(state):
    """A whistle whose units are all in a state."""
    made = whistle()
    for move in ROAD[state]:
        for unit in ["water", TOWN] if move != "release" else [None]:
            make(made, move, **{"unit": unit} if unit else {})
    return made


def facts(made):
    return [fact.type.removeprefix("petition.").removesuffix(".v1") for fact in made.recorded]


# the rules


def test_every_unit_is_called_by_a_fact_with_a_clock_of_its_own():
    made = whistle()
    assert facts(made) == ["whistle_blown", "unit_called", "unit_called"]
    orders = [fact.data["clocks"][0] for fact in made.recorded[1:]]
    assert [(order["clock"], order["order"]) for order in orders] == [
        ("report_in.1", "start"),
        ("report_in.2", "start"),
    ]
    assert [unit.lead for unit in made.units] == [True, False]


@pytest.mark.parametrize(
    ("changes", "refusal"),
    [
        ({"path": [CITY]}, WhistleFromAbove),
        ({"lead": "nobody"}, NoSuchUnit),
        ({"path": [TOWN, CITY]}, OwnUnit),
    ],
)
def test_a_whistle_that_is_not_right_is_refused(changes, refusal):
    with pytest.raises(refusal):
        whistle(**changes)


@pytest.mark.parametrize("state", UNIT_STATES)
@pytest.mark.parametrize(("move", "row"), WHISTLE_MOVES.items())
def test_a_move_is_its_own_parts_in_its_own_states(state, move, row):
    made = all_in(state)
    told = len(made.recorded)
    with pytest.raises(NotYourPart):
        made.move(act(move, {CALLER, UNIT, WATCHER} - {row.part}))
    if state in row.sources:
        assert len(make(made, move).recorded) == told + (1 if row.part == UNIT or "unit" in row.needs else 3)
    else:
        with pytest.raises((WrongState, StillWorking)):
            make(made, move)
        assert len(made.recorded) == told


@pytest.mark.parametrize(("move", "row"), WHISTLE_MOVES.items())
def test_a_move_needs_its_words(move, row):
    made = all_in(row.sources[0])
    for name in row.needs - {"unit"}:
        with pytest.raises(Incomplete):
            made.move(act(move, **{name: None}))
    if "unit" in row.needs:
        with pytest.raises(NoSuchUnit):
            made.move(act(move, unit=None))


@pytest.mark.parametrize("left", ["called", "reported"])
def test_nobody_leaves_before_all_is_done(left):
    made = all_in("finished")
    made.units[1].state = left
    with pytest.raises(StillWorking):
        make(made, "release")
    made.units[1].state = "finished"
    make(made, "release")
    assert (made.state, {unit.state for unit in made.units}) == ("released", {"released"})
    with pytest.raises(StillWorking):
        make(made, "release")


def test_who_is_recalled_goes_on_and_holds_up_the_release():
    made = make(all_in("finished"), "recall")
    assert (made.units[0].state, made.units[0].finished_at) == ("reported", None)
    with pytest.raises(StillWorking):
        make(made, "release")


def test_a_unit_acts_for_itself_only_and_is_graded_once_by_the_caller():
    with pytest.raises(NotYourPart):
        make(whistle(), "report_in", acts_for=(TOWN,))
    made = make(all_in("released"), "grade")
    assert (made.units[0].stars, made.units[0].state) == (4, "released")
    with pytest.raises(AlreadyGraded):
        make(made, "grade", stars=1)


def test_who_is_called_later_has_its_own_time_and_holds_up_the_release():
    made = all_in("finished")
    fire = {"id": "fire", "kind": "department", "region": CITY}
    with pytest.raises(NotYourPart):
        made.join([fire], act("release", {UNIT, WATCHER}))
    for again, refusal in ((UNITS[0], AlreadyCalled), (fire | {"id": VILLAGE}, OwnUnit)):
        with pytest.raises(refusal):
            made.join([fire, again], act("release"))
    made.join([fire], act("release"))
    (order,) = made.recorded[-1].data["clocks"]
    assert (facts(made)[-1], order["clock"], order["order"]) == ("unit_called", "report_in.3", "start")
    with pytest.raises(StillWorking):
        make(made, "release")
    make(made, "report_in", "finish", unit="fire", acts_for=("fire",))
    make(made, "release")
    assert facts(made)[-4:] == ["whistle_released", *["unit_released"] * 3]
    with pytest.raises(WrongState):
        made.join([fire | {"id": "gas"}], act("release"))


def test_who_sees_it():
    made = whistle()
    assert made.parts(reader(VILLAGE)) == {CALLER}
    assert made.parts(reader(TOWN)) == made.parts(reader(departments=["water"])) == {UNIT}
    assert made.parts(reader(CITY)) == made.parts(reader(intakes=[CITY])) == {WATCHER}
    with pytest.raises(MatterNotFound):
        made.parts(reader("510183122212", departments=["other"]))


def test_who_reports_in_late_is_on_record_once_and_the_city_is_named():
    made = whistle()
    for clock in ("report_in.1", "report_in.2"):
        made.promise(told(clock, START + HOUR))
    make(made, "report_in", unit=TOWN)
    for _ in range(2):
        made.judge(told("report_in.1", START + HOUR), None, START + HOUR)
        made.judge(told("report_in.2", START + HOUR), None, START + HOUR)
    assert facts(made)[3:] == ["unit_reported", "unit_breached"]
    late = made.recorded[-1].data
    assert (late["unit"], late["city"], made.units[0].breached) == ("water", CITY, True)
    make(made, "report_in")
    assert [unit.breached for unit in made.units] == [True, False]


# the service


def test_a_village_whistles_for_a_department_and_its_town_until_the_river_is_clean(client, staff, person):
    water, idle = person("departmentstaff", CITY), person("departmentstaff", CITY)
    staff["water"] = [water.id]
    client.service.tell(OrganisationRegistered, subject="water", region=CITY, kind="department")
    client.service.tell(OrganisationRegistered, subject="shop", region=CITY, kind="shop")
    number = client.number()
    body = {"region": VILLAGE, "about": number, "text": "河道垃圾需水务和镇里一起清。", "lead": "water"}
    body |= {"departments": ["water"], "offices": [TOWN]}

    def blow(who=client.village, **changes):
        return client.http.post("/v1/whistles", json=body | changes, person=who)

    def move(who, move, **says):
        return client.http.post(f"/v1/whistles/{called}/moves", json={"move": move, **says}, person=who)

    client.refuses(lambda: blow(client.town), 403, "not_allowed")
    client.refuses(lambda: blow(departments=["shop"], lead="shop"), 422, "unknown_unit")
    client.refuses(lambda: blow(departments=[], offices=[]), 422, "invalid_body")
    client.refuses(lambda: blow(about="QL-2026-999999"), 404, "petition_not_found")
    called = blow().json()["number"]
    first = client.service.facts(UnitCalled)[0]
    path = f"/v1/whistles/{called}"
    assert client.http.get(path, person=water).json()["text"] == body["text"]
    client.refuses(lambda: client.http.get(path, person=idle), 404, "matter_not_found")
    listed = [client.http.get("/v1/whistles", params={"unit": "water"}, person=who) for who in (water, idle)]
    assert (listed[0].json()["items"][0]["number"], listed[1].status_code) == (called, 422)
    matter = {"matter_source": "petition", "matter": first.subject}
    due = {"clock": "report_in.2", "round": 1, "level": "village", "due_at": first.time}
    client.service.tell(
        ClocksPromised, subject="c", **matter, promises=[due | {"provisional": False, "cause": "start"}]
    )
    client.service.tell(ClockElapsed, subject="c", **matter, **due)
    (late,) = client.service.facts(UnitBreached)
    assert (late.unit, late.city) == ("water", CITY)
    client.refuses(lambda: move(client.town, "report_in", unit="water"), 403, "not_your_part")
    for who, unit in ((water, "water"), (client.town, TOWN)):
        assert move(who, "report_in", unit=unit).status_code == 200
        client.refuses(lambda: move(client.village, "release"), 409, "still_working")
        assert move(who, "finish", unit=unit, text="已清运").status_code == 200
    client.refuses(lambda: move(water, "release"), 403, "not_your_part")
    client.service.tell(OrganisationRegistered, subject="fire", region=CITY, kind="department")
    staff["fire"] = [idle.id]
    more = {"departments": ["fire"]}
    client.refuses(lambda: client.http.post(f"{path}/units", json=more, person=client.town), 403, "not_your_part")
    assert len(client.http.post(f"{path}/units", json=more, person=client.village).json()["units"]) == 3
    for says in ({"move": "report_in"}, {"move": "finish", "text": "已到场"}):
        assert move(idle, **says, unit="fire").status_code == 200
    assert move(client.village, "grade", unit="water", stars=3, text="来晚了").status_code == 200
    shown = move(client.village, "release").json()
    assert (shown["state"], shown["history"][-2]["text"]) == ("released", "来晚了")
    assert [unit["breached"] for unit in shown["units"]] == [False, True, False]
    assert [fact.stars for fact in client.service.facts(UnitGraded)] == [3]
    assert len(client.service.facts(WhistleReleased)) == 1
    assert client.http.get("/v1/whistles", person=client.village).json()["items"] == []
    kept = str([list(client.service.database[name].find()) for name in ("whistles", "events")])
    assert not [words for words in (body["text"], "已清运", "来晚了") if words in kept]
