"""The date an author is promised: what changes it is explained, and what nobody asked for is told to her."""

from copy import deepcopy
from datetime import timedelta

import pytest

from chassis.domain import now
from contracts.petition.promises import PetitionPromiseChanged, PetitionRebased
from contracts.sla import CAUSES, ClocksPromised
from services.petition.domain.moves import MOVES
from services.petition.domain.policy import RESOLVE
from services.petition.domain.promises import BECAUSE, PAUSED_FOR
from services.petition.domain.rebase import limits_of
from services.petition.tests.letters import HOUR, POLICY, START, facts, letter, letter_in, make, promise_all, told

pytestmark = pytest.mark.feature("S03")
LIMITS = limits_of(POLICY)


def changes(petition):
    return [change.words for change in petition.promise_changes]


def test_every_cause_has_words():
    assert set(CAUSES) == BECAUSE.keys()


def test_what_she_was_promised_first_and_the_same_again_is_no_change():
    petition = letter()
    for _ in range(2):
        petition.promise(told("resolve", START + 9 * HOUR, cause="start"))
    petition.promise(told("sign", START + HOUR, cause="start"))
    petition.promise(told("sign", START + 2 * HOUR, cause="calendar"))
    assert changes(petition) == []
    assert facts(petition) == ["submitted"]


@pytest.mark.parametrize(
    ("moves", "why"), [(["sign", "answer", "done"], "等待核查"), (["pass_up", "return"], "转其他层级办理")]
)
def test_a_pause_explains_itself(moves, why):
    petition = letter()
    petition.promise(told("resolve", START + HOUR, cause="start"))
    make(petition, *moves)
    petition.promise(told("resolve", START + 3 * HOUR, cause="resume"))
    assert changes(petition) == [f"因{why}暂停，应办时间由2026年11月23日10:00改为2026年11月23日12:00"]
    assert "promise_changed" not in facts(petition)


@pytest.mark.parametrize("cause", ["calendar", "rebase"])
def test_what_nobody_who_handles_it_did_is_told_to_the_author(cause):
    petition = letter()
    petition.promise(told("resolve", START + HOUR, cause="start"))
    petition.promise(told("resolve", START + 2 * HOUR, cause=cause))
    fact = petition.recorded[-1]
    assert (fact.type, fact.data["author"]) == (PetitionPromiseChanged.wire(), "villager-1")
    assert len(changes(petition)) == 1


def test_a_promise_of_a_level_that_it_left_is_not_told():
    petition = letter()
    petition.promise(told("resolve", START + HOUR, cause="start"))
    make(petition, "pass_up")
    petition.promise(told("resolve", START + 2 * HOUR, cause="calendar"))
    assert "promise_changed" not in facts(petition)


def test_old_facts_without_a_cause_are_explained_as_far_as_known():
    petition = letter()
    for hours in (1, 2):
        petition.promise(told("resolve", START + hours * HOUR))
    assert changes(petition) == ["重新计算，应办时间由2026年11月23日10:00改为2026年11月23日11:00"]


def test_every_move_that_pauses_the_promise_has_words():
    pausing = {name for name, row in MOVES.items() if row.climbs or row.orders.get(RESOLVE) == "pause"}
    assert pausing <= PAUSED_FOR.keys()


@pytest.mark.feature("P05")
@pytest.mark.parametrize("move", ["urge", "consent", "suspend", "extend"])
def test_words_about_a_letter_change_no_clock(move):
    petition = letter_in(MOVES[move].sources[0])
    promise_all(petition, 9)
    before = deepcopy(petition.clocks)
    make(petition, move, at=START + HOUR)
    assert (petition.clocks, petition.recorded[-1].data["clocks"]) == (before, [])


# another limit


def rebased(petition, level=None, at=START):
    """The orders of its clocks after counting by the policy again."""
    petition.recorded.clear()
    if not petition.rebase(LIMITS, level, "clerk-1", at):
        return []
    (fact,) = petition.recorded
    assert fact.type == PetitionRebased.wire()
    assert petition.history[-1].what == "rebase"
    return [(order["clock"], order["level"], order["order"], order["limit"]["amount"]) for order in fact.data["clocks"]]


def test_what_is_open_is_counted_anew_and_what_has_ended_is_not():
    petition = make(letter(), "sign", "pass_up")
    town = [("sign", "town", "rebase", 1), ("answer", "town", "rebase", 5), ("resolve", "town", "rebase", 15)]
    village = [("answer", "village", "rebase", 3), ("resolve", "village", "rebase", 10)]
    assert rebased(petition) == village + town
    assert rebased(petition, "town") == town
    assert rebased(petition, "city") == []


def test_a_breach_stays_and_its_clock_is_left_alone():
    petition = letter("city")
    promise_all(petition, 1)
    petition.judge(told("sign", START + HOUR, "city"), POLICY, START + HOUR)
    assert [clock for clock, *_ in rebased(petition, at=START + HOUR)] == ["answer", "resolve"]
    assert len(petition.breaches) == 1


def test_a_clock_that_has_no_limit_of_its_level_is_left_alone():
    petition = letter()
    petition.clocks[0].clock = "another"
    assert [clock for clock, *_ in rebased(petition)] == ["answer", "resolve"]


def test_a_date_from_before_means_nothing_until_the_clock_has_answered():
    petition = letter()
    promise_all(petition, 2)
    rebased(petition, at=START + HOUR)
    petition.judge(told("sign", START + 2 * HOUR), POLICY, START + 3 * HOUR)
    assert petition.breaches == []
    petition.promise(told("sign", START + 5 * HOUR, cause="rebase"))
    petition.judge(told("sign", START + 5 * HOUR), POLICY, START + 6 * HOUR)
    assert [breach.clock for breach in petition.breaches] == ["sign"]


def test_a_date_that_had_passed_before_still_holds():
    petition = letter("city")
    promise_all(petition, 1)
    rebased(petition, at=START + 2 * HOUR)
    petition.judge(told("sign", START + HOUR, "city"), POLICY, START + 3 * HOUR)
    assert len(petition.breaches) == 1


def test_an_order_to_count_anew_is_tried_first_done_once_and_on_record(client, person):
    numbers = [client.number(recipient=level) for level in ("village", "town")]
    client.number(category="roads")
    due = now() + timedelta(days=9)
    which = {"matter_source": "petition", "matter": client.matter(numbers[0])["_id"]}
    for days, cause in ((0, "start"), (2, "calendar")):
        clock = {"clock": "resolve", "level": "village", "round": 1}
        promise = clock | {"due_at": due + timedelta(days=days), "provisional": False, "cause": cause}
        client.service.tell(ClocksPromised, subject="clocks-1", **which, promises=[promise])
    (line,) = client.read(numbers[0], client.ann).json()["promise_changes"]
    assert line["words"].startswith("因放假安排公布，应办时间由")
    assert [fact.number for fact in client.service.facts(PetitionPromiseChanged)] == [numbers[0]]

    def order(who=client.intake, **changes):
        body = {"reason": "市里调整了办理期限", "category": "environment"} | changes
        return client.http.post("/v1/policy/rebase", json=body, person=who)

    client.refuses(lambda: order(client.city), 403, "not_allowed")
    client.refuses(lambda: order(category="gossip"), 422, "unknown_category")
    assert order().json() == {"id": None, "letters": 2}
    assert client.service.facts(PetitionRebased) == []
    started = order(person("operator", "510183"), level="village", dry_run=False).json()
    for _ in range(2):
        client.service.tick("rebase_letters")
    assert [fact.number for fact in client.service.facts(PetitionRebased)] == [numbers[0]]
    (kept,) = client.http.get("/v1/policy/rebases", person=client.intake).json()["items"]
    told_of = (kept["id"], kept["letters"], kept["done"], kept["reason"])
    assert told_of == (started["id"], 1, True, "市里调整了办理期限")
