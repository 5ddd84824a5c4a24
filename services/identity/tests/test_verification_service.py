"""Stories of verification on a real broker and database: applicant, administrators, clock, counter."""

from dataclasses import replace
from datetime import timedelta

import pytest

from chassis.domain import new_id, now
from chassis.testing import wait_until
from chassis.testing.pictures import CAMERA, picture
from contracts.identity.villagers import (
    ConflictFound,
    VerificationOverdue,
    VerificationRaised,
    VillagerApplied,
    VillagerLeft,
    VillagerRefused,
    VillagerVerified,
)
from contracts.sla import ClockElapsed
from services.identity.domain.id_card import check_digit
from services.identity.domain.privacy import Consent
from services.identity.store.privacy import privacy_policy
from services.identity.tests.conftest import NEXT_VILLAGE, TOWN, VILLAGE

pytestmark = pytest.mark.feature("I02")
NAME, NUMBER, OTHER = "王秀英", "11010519491231002X", "510183199001010013"
OTHER = OTHER[:17] + check_digit(OTHER)
TEXT = privacy_policy().current["version"]
ELAPSED = {"matter_source": "identity", "clock": "verify", "round": 1, "level": "village"}


def refused(response, status, code):
    """The answer is a problem with this status and code and a Chinese sentence."""
    problem = response.json()
    assert (response.status_code, problem["code"]) == (status, code)
    assert any("\u4e00" <= character <= "\u9fff" for character in problem["detail"])
    return True


class Hall:
    """The service and the people of these stories."""

    def __init__(self, here, somebody, person):
        self.here, self.http, self.phones = here, here.http, iter(range(13800138000, 13800138100))
        self.somebody, self.person = somebody, person
        self.admin, self.next = person("villageadmin", VILLAGE), person("villageadmin", NEXT_VILLAGE)
        self.second, self.town = person("villageadmin", VILLAGE), person("townadmin", TOWN)

    def visitor(self):
        """Somebody signed in, not verified; kept in the store."""
        return self.person(None, id=self.somebody(f"+86{next(self.phones)}").id)

    def upload(self, who):
        answer = self.http.post("/v1/pictures", data=picture(), headers={"Content-Type": "image/jpeg"}, person=who)
        return answer.json()["id"]

    def document(self, who):
        """As `upload` leaves it; a child process less."""
        key = new_id()
        row = {"_id": key, "person": who.id, "uploaded_at": now(), "application": None, "over": False}
        self.here.service.pictures.insert(row | {"sealed": self.here.service.vault.seal(key, b"\xff\xd8")})
        return key

    def apply(self, who, **changes):
        """The answer to an application with a picture."""
        given = {"name": NAME, "id_number": NUMBER, "region": VILLAGE, **changes}
        given = {"picture": self.document(who)} | given
        self.here.service.consents.add(Consent(id=new_id(), person=who.id, text=TEXT, accepted_at=now()))
        return self.http.post("/v1/applications", json=given, person=who)

    def applied(self, who=None, **changes):
        """(the applicant, the application's id)."""
        who = who or self.visitor()
        return who, self.apply(who, **changes).json()["id"]

    def decide(self, application, by=None, **given):
        given = {"granted": True, "name": NAME, "id_number": NUMBER} | given
        return self.http.post(f"/v1/applications/{application}/decision", json=given, person=by or self.admin)

    def outcome(self, application, by=None, **given):
        answer = self.decide(application, by, **given)
        assert answer.status_code == 200, answer.text
        return answer.json()["outcome"]

    def villager(self, who=None, **changes):
        """Somebody verified."""
        who, application = self.applied(who, **changes)
        by = {NEXT_VILLAGE: self.next}.get(changes.get("region"))
        typed = {name: changes[name] for name in ("name", "id_number") if name in changes}
        assert self.outcome(application, by, **typed) == "granted"
        return who

    def held(self, who):
        """Role → scopes of somebody's next token."""
        return self.here.service.people.get(who.id).held(now())

    def listed(self, by):
        return self.http.get("/v1/applications", person=by).json()["items"]


@pytest.fixture
def hall(here, somebody, person):
    return Hall(here, somebody, person)


def test_blind_verification_from_the_picture_to_the_wiped_document(hall):
    ann = hall.visitor()
    _, application = hall.applied(ann, picture=hall.upload(ann))
    (item,) = hall.listed(hall.admin)
    seen = {"id", "region", "applied_at", "level", "raised", "mismatches", "leaving", "entered_by"}
    assert (item.keys(), item["id"]) == (seen, application)
    shown = hall.http.get(f"/v1/applications/{application}/picture", person=hall.admin)
    assert (shown.headers["Content-Type"], shown.content[:2]) == ("image/jpeg", b"\xff\xd8")
    assert CAMERA.encode() not in shown.content
    assert NAME not in hall.http.get("/v1/applications", person=hall.admin).text

    assert hall.outcome(application, name="王秀因") == "mismatch"
    assert hall.outcome(application, id_number=OTHER) == "mismatch"
    assert hall.held(ann) == {}
    assert hall.outcome(application, id_number=NUMBER.lower()) == "granted"
    assert hall.held(ann) == {"villager": [VILLAGE]}
    facts = hall.here.facts(VillagerApplied) + hall.here.facts(VillagerVerified)
    assert [(fact.subject, fact.region, fact.clocks[0]["order"]) for fact in facts] == [
        (ann.id, VILLAGE, "start"),
        (ann.id, VILLAGE, "stop"),
    ]
    again = hall.decide(application), hall.http.get(f"/v1/applications/{application}/picture", person=hall.admin)
    assert all(refused(answer, 404, "application_not_found") for answer in again)
    own = hall.http.get("/v1/applications/mine", person=ann).json()
    assert (own["state"], own["level"]) == ("granted", "village")


@pytest.mark.feature("I08")
def test_after_a_decision_only_a_keyed_hash_of_the_document_is_left(hall, capfd):
    _, granted = hall.applied()
    _, turned_down = hall.applied(name="李四", id_number=OTHER)
    vault = hall.here.database.client[f"{hall.here.database.name}_vault"]
    sealed = {row["_id"] for row in hall.here.database.pictures.find()}
    assert len(sealed) == vault["keys"].count_documents({"keyAltNames": {"$in": list(sealed)}}) == 2
    hall.outcome(granted)
    assert hall.outcome(turned_down, granted=False, reason="not_resident") == "refused"
    assert [fact.reason for fact in hall.here.facts(VillagerRefused)] == ["not_resident"]
    assert [row["sealed"] for row in hall.here.database.pictures.find()] in ([], [None], [None, None])
    wait_until(lambda: hall.here.database.pictures.count_documents({}) == 0, "the sweep")
    assert vault["keys"].count_documents({"keyAltNames": {"$in": list(sealed)}}) == 0
    kept = {name: list(hall.here.database[name].find()) for name in hall.here.database.list_collection_names()}
    said = "".join(capfd.readouterr())
    for secret in (NAME, NUMBER, OTHER, "李四"):
        assert secret not in repr(kept) + said
        assert secret.encode() not in b"".join(_bytes_in(kept))
    assert [row["typed"] for row in kept["applications"]] == [None, None]
    assert [set(row) - {"_id", "digest", "person"} for row in kept["cards"]] != []
    assert len(kept["cards"]) == 1


def _bytes_in(value):
    if isinstance(value, bytes):
        yield value
    elif isinstance(value, dict | list):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _bytes_in(inner)


OUTLIVED = {("remove", "pictures")}  # what a tick does to the villager's, in its own time


@pytest.mark.own_county  # its profile cannot be emptied
def test_a_number_known_here_and_one_never_seen_get_the_same_answer_by_the_same_work(hall):
    hall.villager()
    answers, work = [], []
    for number in (NUMBER, OTHER):
        who = hall.visitor()
        picture = hall.document(who)
        with profiled(hall.here.database) as done:
            answers.append(hall.apply(who, id_number=number, picture=picture))
        work.append({each for each in done - OUTLIVED if each[1] in ("applications", "people", "pictures", "cards")})
    assert [answer.status_code for answer in answers] == [201, 201]
    assert answers[0].json().keys() == answers[1].json().keys() == {"id", "region", "applied_at"}
    assert work[0] == work[1]
    assert {collection for _, collection in work[0]} == {"applications", "people", "pictures"}


class profiled:
    """What a database was asked to do in the block: a set of (operation, collection)."""

    def __init__(self, database):
        self.database, self.done = database, set()

    def __enter__(self):
        self.database.command("profile", 2)
        self.since = now()
        return self.done

    def __exit__(self, *_):
        self.database.command("profile", 0)
        rows = self.database["system.profile"].find({"ts": {"$gte": self.since}})
        self.done |= {(row["op"], row["ns"].partition(".")[2]) for row in rows}


def test_a_wrong_application_changes_nothing(hall):
    ann = hall.visitor()
    for given, status, code in [
        ({"region": "510199"}, 404, "unknown_region"),
        ({"region": TOWN}, 422, "village_needed"),
        ({"name": "王"}, 422, "invalid_body"),
        ({"id_number": "110105194912310021"}, 422, "invalid_body"),
        ({"id_number": "110105194902310021"}, 422, "invalid_body"),
        ({"picture": "unknown"}, 422, "document_needed"),
        ({"phone": "13800138000"}, 422, "invalid_body"),
    ]:
        assert refused(hall.apply(ann, **given), status, code)
        assert NUMBER not in hall.apply(ann, **given).text
    assert hall.here.facts(VillagerApplied) == []


def test_a_third_mismatch_and_a_silent_village_bring_the_next_level_to_decide(hall):
    ann, first = hall.applied()
    for _ in range(3):
        assert hall.outcome(first, name="不对") == "mismatch"
    assert [(fact.reason, fact.office) for fact in hall.here.facts(VerificationRaised)] == [("mismatch", TOWN)]
    assert refused(hall.decide(first), 403, "not_your_application")
    assert ([item["id"] for item in hall.listed(hall.town)], hall.listed(hall.admin)) == ([first], [])
    assert hall.outcome(first, hall.town) == "granted"

    bob, second = hall.applied(id_number=OTHER)
    for matter in (ann.id, bob.id):
        hall.here.tell(ClockElapsed, subject=new_id(), matter=matter, due_at=now(), **ELAPSED)
    (overdue,) = hall.here.facts(VerificationOverdue)
    assert (overdue.subject, overdue.office, overdue.level) == (bob.id, TOWN, "town")
    assert [(each["order"], each["level"]) for each in overdue.clocks] == [("stop", "village"), ("start", "town")]
    assert hall.outcome(second, hall.town, id_number=OTHER) == "granted"


def test_a_second_claim_of_a_number_is_a_conflict_until_the_town_transfers_it_with_a_reason(hall):
    first = hall.villager()
    second, application = hall.applied()
    assert hall.outcome(application, transfer="她换了手机") == "conflict"
    assert hall.outcome(application, hall.town) == "conflict"
    assert (hall.held(first), hall.held(second)) == ({"villager": [VILLAGE]}, {})
    conflicts = hall.here.facts(ConflictFound)
    assert [(fact.person, fact.holder, fact.count) for fact in conflicts] == [
        (second.id, first.id, 1),
        (second.id, first.id, 2),
    ]
    assert hall.outcome(application, hall.town, transfer="原手机号停用，已当面核对本人") == "granted"
    assert (hall.held(first), hall.held(second)) == ({}, {"villager": [VILLAGE]})
    (left,) = hall.here.facts(VillagerLeft)
    assert (left.subject, left.reason) == (first.id, "replaced")
    (card,) = hall.here.database.cards.find()
    (transfer,) = card["transfers"]
    assert (card["person"], transfer["by"], transfer["holder"]) == (second.id, hall.town.id, first.id)
    assert "原手机号" not in repr(card)


def test_two_cadres_verify_somebody_without_a_phone_and_she_binds_one_later(hall):
    given = {"name": NAME, "id_number": NUMBER, "region": VILLAGE}
    unsigned = hall.http.post("/v1/counter/applications", json=given | {"paper_consent": False}, person=hall.admin)
    assert refused(unsigned, 422, "invalid_body")
    given |= {"paper_consent": True}
    entered = hall.http.post("/v1/counter/applications", json=given, person=hall.admin).json()
    (consent,) = hall.here.service.consents.of(entered["person"])
    assert (consent.text, consent.by) == (TEXT, hall.admin.id)
    assert refused(hall.decide(entered["id"], hall.admin), 403, "same_staff")
    assert hall.outcome(entered["id"], hall.second) == "granted"
    (row,) = hall.http.get("/v1/villagers", person=hall.admin).json()["items"]
    assert (row["id"], row["name"], row["counter"]) == (entered["person"], "王*", True)
    contact = hall.here.internal("notify").get(f"/internal/v1/contacts/{entered['person']}").json()
    assert contact["phone"] is None

    invite = f"/v1/villagers/{entered['person']}/binding"
    assert refused(hall.http.post(invite, person=hall.admin), 403, "fresh_code_needed")
    assert refused(hall.http.post(invite, person=replace(hall.next, fresh=now())), 403, "outside_scope")
    code = hall.http.post(invite, person=replace(hall.admin, fresh=now())).json()["code"]
    visitor = hall.visitor()
    wrong = f"{(int(code) + 1) % 10**12:012d}"
    assert refused(hall.http.post("/v1/bindings", json={"code": wrong}, person=visitor), 409, "binding_gone")
    assert hall.http.post("/v1/bindings", json={"code": code}, person=visitor).status_code == 204
    assert refused(hall.http.post("/v1/bindings", json={"code": code}, person=hall.visitor()), 409, "binding_gone")
    contact = hall.here.internal("notify").get(f"/internal/v1/contacts/{entered['person']}").json()
    assert contact["phone"] == "+8613800138000"
    bound = {"person": entered["person"], **given}
    assert refused(hall.http.post("/v1/counter/applications", json=bound, person=hall.admin), 409, "phone_bound")


def test_moving_takes_both_villages_and_departure_or_expiry_ends_the_right(hall):
    ann = hall.villager(region=NEXT_VILLAGE)
    _, application = hall.applied(ann)
    assert refused(hall.decide(application), 409, "not_released")
    assert [item["leaving"] for item in hall.listed(hall.next)] == [NEXT_VILLAGE]
    release = f"/v1/applications/{application}/release"
    assert refused(hall.http.post(release, person=hall.admin), 422, "not_leaving")
    assert hall.http.post(release, person=hall.next).status_code == 204
    assert hall.outcome(application) == "granted"

    departure = f"/v1/villagers/{ann.id}/departure"
    moved = {"reason": "moved_out"}
    assert refused(hall.http.post(departure, json=moved, person=hall.next), 403, "outside_scope")
    assert hall.http.post(departure, json=moved, person=hall.admin).status_code == 204
    assert refused(hall.http.post(departure, json=moved, person=hall.admin), 409, "not_villager")
    assert hall.held(ann) == {}

    bob = hall.villager(id_number=OTHER)
    soon = {"$set": {"verified_until": now() - timedelta(seconds=1)}}
    hall.here.database.people.update_one({"_id": bob.id}, soon)
    hall.here.tick("expire")
    left = [(fact.subject, fact.region, fact.reason) for fact in hall.here.facts(VillagerLeft)]
    assert left == [
        (ann.id, NEXT_VILLAGE, "transferred"),
        (ann.id, VILLAGE, "moved_out"),
        (bob.id, VILLAGE, "expired"),
    ]


def test_administrators_see_the_rate_of_their_villages_once_the_population_is_said(hall):
    hall.villager()
    population = f"/v1/regions/{VILLAGE}/population"
    assert refused(hall.http.put(population, json={"registered": 4}, person=hall.admin), 403, "not_allowed")
    elsewhere = hall.person("townadmin", "510183121")
    assert refused(hall.http.put(population, json={"registered": 4}, person=elsewhere), 403, "outside_scope")
    assert hall.http.put(population, json={"registered": 4}, person=hall.town).status_code == 204
    shown = hall.http.get("/v1/verification-rates", params={"region": TOWN}, person=hall.town).json()["items"]
    assert [(each["place"], each["verified"], each["registered"], each["rate"]) for each in shown] == [
        ("陶坝村", 1, 4, 0.25),
        ("曙光村", 0, None, None),
        ("大同镇", 1, 4, 0.25),
    ]
    other = hall.http.get("/v1/verification-rates", params={"region": TOWN}, person=hall.admin)
    assert refused(other, 403, "outside_scope")


def test_nobody_else_sees_or_decides(hall):
    _, application = hall.applied()
    for role, place in [("villager", VILLAGE), ("secretary", VILLAGE), ("operator", "510183"), (None, None)]:
        other = hall.person(role, place)
        assert refused(hall.decide(application, other), 403, "not_allowed")
        assert refused(hall.http.get(f"/v1/applications/{application}/picture", person=other), 403, "not_allowed")
        assert refused(hall.http.get("/v1/villagers", person=other), 403, "not_allowed")
    for other in (hall.next, hall.town):
        assert refused(hall.decide(application, other), 403, "not_your_application")
        assert refused(
            hall.http.get(f"/v1/applications/{application}/picture", person=other), 403, "not_your_application"
        )
    other = hall.http.get("/v1/applications", params={"region": NEXT_VILLAGE}, person=hall.admin)
    assert refused(other, 403, "outside_scope")
    for whole in [{"granted": True, "name": NAME}, {"granted": False}, {"granted": 7}]:
        answer = hall.http.post(f"/v1/applications/{application}/decision", json=whole, person=hall.admin)
        assert refused(answer, 422, "invalid_body")
    assert hall.here.facts(VillagerVerified) == []
