"""派单: a department handles a letter for its office, may say whose it is instead (退单), and somebody decides."""

import pytest

from contracts.identity.regions import OrganisationRegistered
from contracts.petition.dispatch import PetitionDispatched, PetitionDisputed, PetitionTakenBack
from services.petition.domain.dispatch import (
    DISPUTES,
    AlreadyDispatched,
    CityDecides,
    DisputedTooOften,
    DisputePending,
    NotDispatched,
    NothingDisputed,
    OwnMatter,
)
from services.petition.domain.moves import DEPARTMENT, INTAKE, MOVES, OFFICE, VERIFIER
from services.petition.domain.refusals import NotYourPart, PetitionNotFound
from services.petition.domain.worklist import queues
from services.petition.tests.conftest import CITY, TOWN
from services.petition.tests.letters import (
    HOUR,
    PATH,
    POLICY,
    START,
    act,
    facts,
    letter,
    make,
    promise_all,
    reader,
    told,
)

pytestmark = pytest.mark.feature("P03")
OFFICE_ONLY = ("pass_up", "return", "close", "publish", "merge", "split", "dispatch", "take_back", "uphold")


def say(petition, move, part, **says):
    petition.move(act(move, {part}, **says), POLICY)


def dispatched(*departments, level="town"):
    """A letter dispatched to one department after another, each of which disputed that."""
    petition = letter(level)
    for number, department in enumerate(departments):
        if number:
            say(petition, "dispute", DEPARTMENT, right_owner=department)
        say(petition, "dispatch", INTAKE if petition.final else OFFICE, department=department)
    return petition


def refused(petition, refusal, move, part, **says):
    before = len(petition.recorded)
    with pytest.raises(refusal):
        say(petition, move, part, **says)
    assert len(petition.recorded) == before


def test_a_department_handles_it_and_the_office_verifies_and_closes():
    petition = dispatched("water")
    assert petition.parts(reader(departments=["water"])) == {DEPARTMENT}
    for move in ("sign", "answer", "done"):
        say(petition, move, DEPARTMENT)
    assert {line.part for line in petition.history[2:]} == {DEPARTMENT}
    assert petition.parts(reader(TOWN)) == {OFFICE, VERIFIER}
    for move, part in (("verify", VERIFIER), ("close", OFFICE)):
        say(petition, move, part)
    assert petition.state == "closed"
    with pytest.raises(PetitionNotFound):
        petition.parts(reader(departments=["roads"]))


@pytest.mark.parametrize("move", OFFICE_ONLY)
def test_what_is_for_the_office_alone(move):
    assert DEPARTMENT not in (MOVES[move].part, *MOVES[move].also)
    refused(dispatched("water"), NotYourPart, move, DEPARTMENT)


def test_dispatching_moves_no_clock_and_is_counted():
    petition = letter("town")
    promise_all(petition, 24)
    before = petition.promised_at
    say(petition, "dispatch", OFFICE)
    say(petition, "dispatch", OFFICE, department="roads")
    assert (petition.promised_at, petition.recorded[-1].data["clocks"]) == (before, [])
    assert (petition.transfers, petition.left, petition.department) == (2, "water", "roads")
    assert petition.recorded[-1].data["transfers"] == 2


def test_it_waits_in_the_queue_of_whoever_has_it():
    petition = dispatched("water")
    assert queues(petition) == ["water"]
    say(petition, "dispute", DEPARTMENT)
    assert queues(petition) == [TOWN]
    say(petition, "uphold", OFFICE)
    assert queues(petition) == ["water"]
    say(petition, "take_back", OFFICE)
    assert (queues(petition), petition.left) == ([TOWN], "water")


def test_a_dispute_names_another_owner_and_holds_the_department_until_it_is_decided():
    petition = dispatched("water")
    refused(petition, OwnMatter, "dispute", DEPARTMENT, right_owner="water")
    say(petition, "dispute", DEPARTMENT, right_owner="roads")
    told_of = petition.recorded[-1].data
    said = [told_of[name] for name in ("right_owner", "disputes", "arbiter", "final")]
    assert said == ["roads", 1, TOWN, False]
    for move in ("sign", "dispute"):
        refused(petition, DisputePending, move, DEPARTMENT)
    say(petition, "uphold", OFFICE)
    refused(petition, NothingDisputed, "uphold", OFFICE)
    say(petition, "sign", DEPARTMENT)


def test_after_so_many_disputes_the_city_decides_for_good():
    petition = dispatched("water", "roads", "gas")
    assert petition.disputes == DISPUTES - 1
    say(petition, "dispute", DEPARTMENT, right_owner="water")
    assert (petition.recorded[-1].data["arbiter"], queues(petition)) == (CITY, [f"intake:{CITY}"])
    for move in ("uphold", "dispatch", "take_back"):
        refused(petition, CityDecides, move, OFFICE)
    say(petition, "dispatch", INTAKE)
    refused(petition, DisputedTooOften, "dispute", DEPARTMENT)
    refused(petition, CityDecides, "dispatch", OFFICE, department="roads")
    say(petition, "sign", DEPARTMENT)


def test_what_cannot_be_dispatched_or_taken_back():
    petition = dispatched("water")
    refused(petition, AlreadyDispatched, "dispatch", OFFICE)
    say(petition, "take_back", OFFICE)
    refused(petition, NotDispatched, "take_back", OFFICE)
    refused(petition, NotDispatched, "dispute", DEPARTMENT)


@pytest.mark.parametrize("way", ["pass_up", "climb", "reopen"])
def test_another_level_or_round_begins_without_a_department(way):
    petition = dispatched("water")
    if way == "climb":
        petition.promise(told("sign", START + HOUR, "town"))
        petition.judge(told("sign", START + HOUR, "town"), POLICY, START + HOUR)
        assert facts(petition)[-2:] == ["breached", "escalated"]
        assert [fact.data["department"] for fact in petition.recorded[-2:]] == ["water", None]
    else:
        make(petition, *([way] if way == "pass_up" else ["sign", "answer", "done", "verify", "close", "reopen"]))
    assert (petition.department, petition.right_owner) == (None, None)
    assert queues(petition) == [PATH[1 if way == "reopen" else 2]]


# the service


def test_a_department_gets_a_letter_disputes_it_and_the_office_decides(client, staff, person):
    water, roads = person("departmentstaff", TOWN), person("departmentstaff", TOWN)
    staff |= {"water": [water.id], "roads": [roads.id]}
    for key, region, kind in (
        ("water", TOWN, "department"),
        ("roads", TOWN, "department"),
        ("city", CITY, "department"),
    ):
        client.service.tell(OrganisationRegistered, subject=key, region=region, kind=kind)
    number = client.number(recipient="town")

    def move(who, move, **says):
        return client.move(number, who, move, **says)

    def waits(who, unit, path="/v1/inbox"):
        return [item.get("matter", item)["number"] for item in
                client.http.get(path, params={"unit": unit}, person=who).json()["items"]]  # fmt: skip

    client.refuses(lambda: client.read(number, water), 404, "petition_not_found")
    for unit in ("city", "nobody", TOWN):
        client.refuses(lambda unit=unit: move(client.town, "dispatch", department=unit), 422, "unknown_handler")
    assert move(client.town, "dispatch", department="water").json()["transfers"] == 1
    assert client.read(number, water).json()["text"]
    assert waits(water, "water") == waits(water, "water", "/v1/office/petitions") == [number]
    client.refuses(lambda: client.http.get("/v1/inbox", params={"unit": "water"}, person=roads), 422, "unknown_handler")
    client.refuses(lambda: move(water, "dispute", text="不归我们管", right_owner="nobody"), 422, "unknown_handler")
    assert move(water, "dispute", text="不归我们管", right_owner="roads").status_code == 200
    client.refuses(lambda: move(water, "sign"), 409, "dispute_pending")
    assert move(client.town, "dispatch", department="roads").status_code == 200
    client.refuses(lambda: client.read(number, water), 404, "petition_not_found")
    assert move(roads, "sign").json()["history"][-1]["part"] == "department"
    (line,) = client.http.get("/v1/board", person=client.town).json()["departments"] or [None]
    assert line is None or line["id"] == "roads"
    assert move(client.town, "take_back").json()["department"] is None
    (disputed,) = client.service.facts(PetitionDisputed)
    assert (disputed.department, disputed.right_owner, disputed.arbiter) == ("water", "roads", TOWN)
    assert [fact.left for fact in client.service.facts(PetitionDispatched)] == [None, "water"]
    assert [fact.left for fact in client.service.facts(PetitionTakenBack)] == ["roads"]
    assert "不归我们管" not in str(client.stored())
