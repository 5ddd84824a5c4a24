"""The rules of letters, without a server."""

import re
from copy import deepcopy
from dataclasses import asdict
from datetime import datetime, timedelta
from uuid import UUID

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from chassis.domain import Refusal, earlier, id_at
from services.petition.domain.clock import NEVER
from services.petition.domain.moves import (
    AUTHOR,
    AWAITING,
    BACK,
    CLOSED,
    DEPARTMENT,
    INTAKE,
    MOVES,
    OFFICE,
    OPEN,
    SLA,
    STATES,
    SUPERVISOR,
    SUSPENDED,
    VERIFIER,
)
from services.petition.domain.petition import new_claim_code
from services.petition.domain.photo import new_photos
from services.petition.domain.policy import CLOCKS, LADDER, RESOLVE, SUPERVISE, Policy
from services.petition.domain.refusals import (
    AlreadyRated,
    AuthorHidden,
    BottomLevel,
    Incomplete,
    LowerLevelLate,
    NotYourPart,
    ReopenTooLate,
    TopLevel,
    UnknownCategory,
    WrongState,
)
from services.petition.tests.letters import (
    BEFORE,
    HOUR,
    PATH,
    POLICY,
    SAYS,
    START,
    act,
    facts,
    letter,
    letter_in,
    make,
    promise_all,
    reader,
    told,
)

p01, p03, p05, p06, p13 = (pytest.mark.feature(id) for id in ("P01", "P03", "P05", "P06", "P13"))
PLAYERS = {move: {row.part, *row.also} for move, row in MOVES.items()}
PARTS = (AUTHOR, OFFICE, DEPARTMENT, VERIFIER, SUPERVISOR, INTAKE, SLA)
ALLOWED = [(state, move) for move, row in MOVES.items() for state in row.sources]
ALLOWED.remove((CLOSED, "reply"))  # only of a letter that was withdrawn: test_handling_rules.py


def sees(petition, person, secretary_of=(), intake_of=()):
    return petition.played(reader(*secretary_of, id=person, intakes=intake_of))


def orders(fact):
    return {(order["clock"], order["level"], order["order"]) for order in fact.data["clocks"]}


def refused(petition, refusal, this, policy=POLICY):
    before = deepcopy(petition)
    with pytest.raises(refusal):
        petition.move(this, policy)
    assert petition == before
    assert petition.recorded == before.recorded


# writing


@p01
@pytest.mark.parametrize(("level", "office"), list(zip(LADDER, PATH, strict=True)))
def test_a_letter_goes_to_the_secretary_she_chose(level, office):
    assert letter(level).office == office


@p01
def test_the_submit_fact_carries_the_clocks_of_its_level():
    (fact,) = letter("town").recorded
    assert [order["limit"]["amount"] for order in fact.data["clocks"]] == [1, 5, 15]
    assert orders(fact) == {(clock, "town", "start") for clock in CLOCKS}


@p01
def test_an_unknown_category_is_refused():
    with pytest.raises(UnknownCategory):
        letter(category="gossip")


@p01
def test_an_anonymous_letter_keeps_no_author():
    petition = letter(anonymity=3)
    assert petition.author is petition.recorded[0].data["author"] is None
    assert petition.owner == petition.id
    assert not sees(petition, "villager-1")
    assert not sees(petition, None)


@p01
@pytest.mark.parametrize(
    ("anonymity", "knowing"), [(1, {AUTHOR, OFFICE, DEPARTMENT, INTAKE}), (2, {AUTHOR, INTAKE}), (3, set())]
)  # fmt: skip
def test_who_may_know_the_author(anonymity, knowing):
    petition = letter(anonymity=anonymity)
    known = {part for part in (AUTHOR, OFFICE, DEPARTMENT, VERIFIER, INTAKE) if petition.known_author({part})}
    assert known == knowing


@p01
def test_each_look_at_the_author_is_in_the_history():
    petition = letter(anonymity=2)
    with pytest.raises(AuthorHidden):
        petition.look({OFFICE}, "cadre-1", START, b"why")
    assert petition.look({INTAKE, OFFICE}, "clerk-1", START, b"why") == "villager-1"
    (look,) = petition.history[1:]
    assert (look.what, look.part, look.by, look.text) == ("look", INTAKE, "clerk-1", b"why")


@p01
def test_a_claim_code_has_sixteen_digits():
    assert re.fullmatch(r"\d{16}", new_claim_code())


@p01
def test_the_promised_date_is_the_resolve_clock_of_this_level():
    petition = letter()
    assert petition.promised_at is petition.owed_at is None
    petition.promise(told("resolve", START + 9 * HOUR))
    petition.promise(told("sign", START + HOUR))
    petition.promise(told("resolve", START + 2 * HOUR, level="town"))
    assert (petition.promised_at, petition.provisional) == (START + 9 * HOUR, False)
    assert petition.owed_at == START + HOUR


def test_a_policy_without_a_limit_is_no_policy():
    with pytest.raises(KeyError):
        Policy(**asdict(POLICY) | {"limits": {"village": {}}})


# who


def test_parts_follow_office_and_scope():
    village, town, city = PATH
    petition = letter("town")
    assert sees(petition, "villager-1") == {AUTHOR}
    assert sees(petition, "cadre", secretary_of=[town]) == {OFFICE}
    assert sees(petition, "cadre", secretary_of=[village, city, "510184"]) == set()
    assert sees(petition, "cadre", intake_of=[city]) == {INTAKE}


@p06
def test_done_is_verified_by_the_same_office_or_the_one_above():
    village, town, city = PATH
    petition = letter_in("done")
    assert sees(petition, "cadre", secretary_of=[village]) == {OFFICE, VERIFIER}
    assert sees(petition, "cadre", secretary_of=[town]) == {VERIFIER}
    assert sees(petition, "cadre", secretary_of=[city]) == set()


# moves


@p06
@pytest.mark.parametrize(("state", "move"), ALLOWED)
def test_an_allowed_move_leads_where_the_table_says(state, move):
    petition = make(letter_in(state, level="town"), *BEFORE.get(move, []))
    before, _ = petition.before, petition.recorded.clear()
    make(petition, move)
    assert petition.state == {None: state, BACK: before}.get(MOVES[move].target, MOVES[move].target)
    assert [fact.type for fact in petition.recorded] == [MOVES[move].fact.wire()]
    assert petition.history[-1].what == move


@p06
@pytest.mark.parametrize("move", MOVES)
def test_every_forbidden_pair_of_state_and_part_is_refused_and_changes_nothing(move):
    for state in STATES:
        petition = letter_in(state, level="town")
        before, told_before = deepcopy(petition), list(petition.recorded)
        for part in PARTS:
            wrong = WrongState if part in PLAYERS[move] else NotYourPart
            if wrong is NotYourPart or state not in MOVES[move].sources:
                with pytest.raises(wrong):
                    petition.move(act(move, {part}), POLICY)
        assert (petition, petition.recorded) == (before, told_before)


@p06
@pytest.mark.parametrize("move", MOVES)
def test_a_move_without_its_words_or_with_words_of_another_is_refused(move):
    row = MOVES[move]
    petition = letter_in(row.sources[0], level="town")
    before, told_before = deepcopy(petition), list(petition.recorded)
    for word in SAYS.keys() - {"text"} - row.welcomes | row.needs:
        with pytest.raises(Incomplete):
            petition.move(act(move, **{word: None if word in row.needs else SAYS[word]}), POLICY)
    assert (petition, petition.recorded) == (before, told_before)


def test_history_keeps_who_did_what_and_never_names_the_author():
    petition = letter()
    petition.move(act("sign", by="cadre-1", text=b"note"), POLICY)
    first, second = petition.history
    assert (first.what, first.part, first.by) == ("submit", AUTHOR, None)
    assert (second.what, second.part, second.by, second.text) == ("sign", OFFICE, "cadre-1", b"note")


@p06
def test_an_unconfirmed_matter_goes_on_with_the_time_left():
    petition = letter_in("done")
    petition.move(act("verify", confirmed=False), POLICY)
    assert petition.state == "signed"
    assert petition.outcome is None
    assert orders(petition.recorded[-1]) == {("resolve", "village", "resume")}


@p06
def test_outcome_and_rating_are_kept_apart():
    petition = make(letter_in("closed"), "rate")
    assert (petition.outcome, petition.stars) == ("solved", 5)
    refused(petition, AlreadyRated, act("rate", stars=1))


@p06
def test_closing_stops_every_clock_that_was_only_paused():
    petition = make(letter(), "pass_up", "sign", "answer", "done", "verify", "close")
    assert {clock.state for clock in petition.clocks} == {"stopped"}


@p06
def test_reopening_begins_a_new_round_with_new_clocks():
    petition = make(letter_in("closed"), "rate", "reopen")
    assert (petition.round, petition.outcome, petition.stars) == (2, None, None)
    assert {order["round"] for order in petition.recorded[-1].data["clocks"]} == {2}
    make(petition, "sign", "answer", "done", "verify", "close", "rate")


@p06
def test_reopening_ends_with_its_window():
    petition, window = letter_in("closed"), timedelta(days=POLICY.reopen_days)
    make(petition, "rate", at=START + window)
    refused(petition, ReopenTooLate, act("reopen", at=START + window + timedelta(seconds=1)))
    make(petition, "reopen", at=START + window)


# the ladder


@p03
def test_passing_up_pauses_this_level_and_starts_the_next():
    petition = make(letter(), "sign", "pass_up")
    assert (petition.level, petition.office, petition.state) == ("town", PATH[1], "submitted")
    paused = {("answer", "village", "pause"), ("resolve", "village", "pause")}
    assert orders(petition.recorded[-1]) == paused | {(clock, "town", "start") for clock in CLOCKS}


@p03
def test_what_comes_back_has_the_time_that_was_left():
    petition = make(letter(), "sign", "pass_up", "return")
    resumed = {("answer", "village", "resume"), ("resolve", "village", "resume")}
    assert orders(petition.recorded[-1]) == resumed | {(clock, "town", "pause") for clock in CLOCKS}


@p03
def test_returning_starts_the_clocks_of_a_level_that_never_had_it():
    petition = make(letter("town"), "return")
    assert (petition.level, petition.office) == ("village", PATH[0])
    assert ("sign", "village", "start") in orders(petition.recorded[-1])


@p03
def test_the_ladder_has_ends():
    refused(letter("city"), TopLevel, act("pass_up"))
    refused(letter("village"), BottomLevel, act("return"))


@p03
def test_a_level_that_was_late_does_not_get_it_back():
    petition = letter()
    promise_all(petition, 1)
    petition.judge(told("sign", START + HOUR), POLICY, START + HOUR)
    assert petition.level == "town"
    refused(petition, LowerLevelLate, act("return"))


# judging


def late(level="village", clock="sign", at=START + HOUR):
    petition = letter(level)
    promise_all(petition, 1)
    petition.recorded.clear()
    petition.judge(told(clock, START + HOUR, level), POLICY, at)
    return petition


@p03
@pytest.mark.parametrize("clock", CLOCKS)
def test_undone_is_a_breach_and_climbs_a_level_with_new_clocks(clock):
    petition = late(clock=clock)
    assert facts(petition) == ["breached", "escalated"]
    assert (petition.level, petition.office, petition.state) == ("town", PATH[1], "submitted")
    assert {(c, "town", "start") for c in CLOCKS} < orders(petition.recorded[-1])
    assert petition.recorded[-1].data["from_level"] == "village"


@p03
def test_at_city_level_a_breach_does_not_climb():
    petition = late("city")
    assert facts(petition) == ["breached"]
    assert petition.level == "city"


@p03
def test_a_breach_is_recorded_once_and_stays():
    petition = late("city")
    petition.judge(told("sign", START + HOUR, "city"), POLICY, START + 2 * HOUR)
    make(petition, "sign", "answer", "done", "verify", "close", "reopen")
    assert facts(petition).count("breached") == len(petition.breaches) == 1


@p03
def test_done_in_time_is_no_breach_however_late_the_clock_speaks():
    petition = letter()
    promise_all(petition, 1)
    make(petition, "sign", "answer", "done", at=START + HOUR)
    before = facts(petition)
    for clock in CLOCKS:
        petition.judge(told(clock, START + HOUR), POLICY, START + 5 * HOUR)
    assert facts(petition) == before


@p03
def test_done_late_is_a_breach_that_does_not_climb():
    petition = letter()
    promise_all(petition, 1)
    make(petition, "sign", at=START + 2 * HOUR)
    petition.judge(told("sign", START + HOUR), POLICY, START + 3 * HOUR)
    assert facts(petition) == ["submitted", "signed", "breached"]
    assert petition.level == "village"


@p03
def test_clocks_of_a_level_that_was_left_in_time_mean_nothing():
    petition = letter()
    promise_all(petition, 2)
    make(petition, "pass_up", at=START + HOUR)
    petition.judge(told("sign", START + 2 * HOUR), POLICY, START + 3 * HOUR)
    assert petition.breaches == []


@p03
def test_a_late_clock_does_not_charge_a_level_for_what_came_after_its_first_breach():
    petition = letter()
    for hours, clock in enumerate(CLOCKS, 1):
        petition.promise(told(clock, START + hours * HOUR))
    for hours, clock in enumerate(CLOCKS, 1):
        petition.judge(told(clock, START + hours * HOUR), POLICY, START + 9 * HOUR)
    assert [breach.clock for breach in petition.breaches] == ["sign"]
    assert petition.level == "town"


@p03
def test_a_date_from_before_a_pause_means_nothing_after_it():
    petition = letter()
    promise_all(petition, 3)
    make(petition, "sign", "answer", "done", at=START + HOUR)
    petition.move(act("verify", confirmed=False, at=START + 2 * HOUR), POLICY)
    assert petition.due_at == NEVER
    petition.judge(told("resolve", START + 3 * HOUR), POLICY, START + 4 * HOUR)
    assert petition.breaches == []
    petition.promise(told("resolve", START + 5 * HOUR))
    petition.judge(told("resolve", START + 5 * HOUR), POLICY, START + 5 * HOUR)
    assert petition.level == "town"


@p03
@pytest.mark.parametrize("judged_first", [True, False])
def test_late_and_not_confirmed_climbs(judged_first):
    petition = letter()
    promise_all(petition, 1)
    make(petition, "sign", "answer", at=START)
    make(petition, "done", at=START + 2 * HOUR)
    steps = [
        lambda: petition.judge(told("resolve", START + HOUR), POLICY, START + 3 * HOUR),
        lambda: petition.move(act("verify", confirmed=False, at=START + 3 * HOUR), POLICY),
    ]
    for step in steps if judged_first else reversed(steps):
        step()
    assert petition.level == "town"
    assert facts(petition).count("breached") == facts(petition).count("escalated") == 1


@p03
def test_a_matter_that_climbs_to_a_level_late_before_climbs_on():
    petition = letter(level="town")
    petition.promise(told("sign", START + HOUR, "town"))
    petition.move(act("return", at=START + 2 * HOUR), POLICY)
    petition.judge(told("sign", START + HOUR, "town"), POLICY, START + 3 * HOUR)
    assert petition.level == "village"
    petition.promise(told("sign", START + 4 * HOUR))
    petition.judge(told("sign", START + 4 * HOUR), POLICY, START + 4 * HOUR)
    assert petition.level == "city"
    assert facts(petition).count("escalated") == 2


@p03
def test_an_unknown_clock_means_nothing():
    petition = letter()
    petition.promise(told("review", START))
    petition.judge(told("review", START), POLICY, START + HOUR)
    petition.judge(told("sign", START, round=7), POLICY, START + HOUR)
    assert facts(petition) == ["submitted"]


# everything at once


FOLLOWED = {"start": "running", "resume": "running", "pause": "paused", "stop": "stopped", "extend": "running"}


class Life(RuleBasedStateMachine):
    """Any order of moves, promises and elapsed clocks."""

    def __init__(self):
        super().__init__()
        self.petition, self.now, self.breached, self.lines = letter(), START, 0, 0

    @rule(hours=st.integers(1, 40))
    def time_passes(self, hours):
        self.now += hours * HOUR

    @rule(hours=st.integers(5, 50))
    def sla_promises(self, hours):
        promise_all(self.petition, hours)

    @rule(move=st.sampled_from(list(MOVES)), confirmed=st.booleans())
    def somebody_moves(self, move, confirmed):
        says = {"confirmed": confirmed} if move == "verify" else {}
        before = deepcopy(self.petition)
        try:
            self.petition.move(act(move, at=self.now, **says), POLICY)
        except Refusal:
            assert self.petition == before

    @rule(days=st.integers(0, 20))
    def waiting_ends(self, days):
        self.now += timedelta(days=days)
        self.petition.go_on(POLICY, self.now)

    @invariant()
    def it_waits_until_a_day_that_is_known(self):
        assert (self.petition.state in (AWAITING, SUSPENDED)) == (self.petition.waits_until is not None)

    @precondition(lambda self: any(clock.due_at <= self.now for clock in self.petition.clocks))
    @rule(data=st.data())
    def a_clock_elapses(self, data):
        due = [clock for clock in self.petition.clocks if clock.due_at <= self.now]
        clock = deepcopy(data.draw(st.sampled_from(due)))
        self.petition.judge(told(clock.clock, clock.due_at, clock.level, clock.round), POLICY, self.now)

    @invariant()
    def the_office_is_that_of_the_level(self):
        assert self.petition.office == PATH[LADDER.index(self.petition.level)]

    @invariant()
    def only_clocks_of_this_round_and_level_run_and_only_while_something_is_owed(self):
        for clock in self.petition.clocks:
            here = (clock.round, clock.level) == (self.petition.round, self.petition.level)
            withdrawn = self.petition.outcome == "withdrawn"
            owed = clock.clock == SUPERVISE and (self.petition.state != CLOSED or withdrawn)
            assert not clock.running or (here and (owed or self.petition.state in OPEN))

    @invariant()
    def what_a_supervised_office_owes_ends_with_its_reply(self):
        replies = [line for line in self.petition.history if line.what == "reply"]
        stopped = [clock for clock in self.petition.clocks if clock.clock == SUPERVISE and clock.state == "stopped"]
        left = [line for line in self.petition.history if line.what in ("reopen", "escalate")]
        assert len(stopped) <= len(replies) + len(left)

    @invariant()
    def an_author_is_asked_so_often_in_a_round_and_no_more(self):
        rounds = "".join({"ask": "a", "reopen": " "}.get(line.what, "") for line in self.petition.history)
        assert max(map(len, rounds.split()), default=0) <= POLICY.asks

    @invariant()
    def an_open_matter_always_has_its_resolve_clock_running(self):
        assert self.petition.promised.running == (self.petition.state in OPEN)

    @invariant()
    def below_the_city_a_late_level_owes_nothing(self):
        late = [clock for clock in self.petition.breaches if clock.level != "city" and clock.clock != SUPERVISE]
        assert not any(clock.running for clock in late)

    @invariant()
    def each_clock_is_known_once_and_nothing_is_erased(self):
        keys = {(clock.round, clock.clock, clock.level) for clock in self.petition.clocks}
        breached, lines = len(self.petition.breaches), len(self.petition.history)
        assert len(keys) == len(self.petition.clocks)
        assert breached >= self.breached
        assert lines >= self.lines
        self.breached, self.lines = breached, lines

    @invariant()
    def the_facts_alone_lead_the_clock_service_to_the_same_clocks(self):
        states = {}
        for fact in self.petition.recorded:
            for order in fact.data["clocks"]:
                key = order["round"], order["clock"], order["level"]
                assert (order["order"] == "start") == (key not in states)
                states[key] = FOLLOWED[order["order"]]
        assert states == {(c.round, c.clock, c.level): c.state for c in self.petition.clocks}

    @invariant()
    def each_breach_is_told_once(self):
        told_of = [
            (fact.data["round"], fact.data["clock"], fact.data["late_level"])
            for fact in self.petition.recorded
            if fact.type == "petition.breached.v1"
        ]
        assert len(set(told_of)) == len(told_of) == len(self.petition.breaches)


Life.TestCase.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)
TestLife = pytest.mark.feature("P03")(Life.TestCase)


# photos


@p13
def test_the_id_of_a_photo_tells_nothing_of_its_upload():
    first, second = new_photos(["upload"]), new_photos(["upload"])
    assert [*first.values(), *second.values()] == ["upload", "upload"]
    assert first.keys() != second.keys()


# what an anonymous letter gives away


@p01
@pytest.mark.parametrize(("written", "told"), [("1:00:00", "1:15"), ("1:14:59", "1:15"), ("1:15:00", "1:30")])
def test_an_anonymous_letter_is_told_of_at_the_next_whole_quarter_of_an_hour(written, told):
    at = [datetime.fromisoformat(f"2026-11-23T0{time}+00:00") for time in (written, told)]
    assert POLICY.told_at(at[0]) == at[1]


@p01
def test_ids_of_one_moment_have_its_time_and_no_order():
    ids = [id_at(START) for _ in range(50)]
    assert sorted(ids) != ids
    assert {earlier(id, 0) for id in ids} == {earlier(id_at(START), 0)}
    assert {UUID(id).version for id in ids} == {7}
    assert max(ids) < id_at(START + timedelta(milliseconds=1))


@p01
def test_an_anonymous_letter_keeps_no_post_that_may_be_her_own():
    assert letter(anonymity=3, origin="post-1").origin is None
    assert letter(anonymity=3, origin="post-1", clerk="clerk-1").origin == letter(origin="post-1").origin == "post-1"


@p05
@pytest.mark.parametrize("move", ["answer", "return", "done", "reopen"])
def test_words_are_owed(move):
    assert "text" in MOVES[move].needs
    assert RESOLVE not in MOVES["answer"].orders
