"""补充材料, 挂账, 延期, 催办, 督办, 公开答复, 合并 and 拆分: the rules, without a server."""

from datetime import timedelta

import pytest

from services.petition.domain.moves import AUTHOR, INTAKE, OFFICE, SUPERVISOR
from services.petition.domain.preconditions import AskedTooOften, ReplyOwed
from services.petition.domain.refusals import (
    AlreadyAsked,
    AlreadyExtended,
    AlreadySupervised,
    NotConsented,
    NothingAsked,
    NothingOwed,
    PersonalInside,
    ReturnedTooOften,
    TooLateToExtend,
    TooLong,
    UnknownCategory,
    UrgedRecently,
)
from services.petition.domain.routing import Routed
from services.petition.domain.worklist import queues
from services.petition.tests.letters import (
    HOUR,
    PATH,
    POLICY,
    START,
    act,
    facts,
    letter,
    letter_in,
    make,
    promise_all,
    told,
)
from services.petition.tests.test_domain import orders, refused, sees

p03, p05, p06 = (pytest.mark.feature(id) for id in ("P03", "P05", "P06"))
DAY = timedelta(days=1)


# 补充材料


@p05
@pytest.mark.parametrize("state", ["signed", "answered"])
@pytest.mark.parametrize("answer", ["supply", "go_on"])
def test_all_clocks_stand_still_while_the_author_is_asked_and_it_goes_on_where_it_was(state, answer):
    petition = make(letter_in(state), "ask")
    clocks = {clock for clock, _, _ in orders(petition.recorded[-1])}
    assert clocks == ({"answer", "resolve"} if state == "signed" else {"resolve"})
    assert (petition.state, petition.owed_at) == ("awaiting_petitioner", None)
    make(petition, answer)
    assert (petition.state, petition.waits_until) == (state, None)
    assert {order for _, _, order in orders(petition.recorded[-1])} == {"resume"}


@p05
def test_an_author_who_is_silent_too_long_is_waited_for_no_more():
    petition, end = make(letter_in("signed"), "ask"), START + POLICY.supply_days * DAY
    petition.go_on(POLICY, end - HOUR)
    assert petition.state == "awaiting_petitioner"
    petition.go_on(POLICY, end)
    petition.go_on(POLICY, end)
    assert (petition.state, facts(petition)[-2:]) == ("signed", ["asked", "resumed"])
    assert (petition.history[-1].part, petition.history[-1].by) == ("sla", None)


@p03
def test_a_date_that_passes_while_the_author_is_asked_is_no_breach():
    petition = letter_in("signed")
    promise_all(petition, 2)
    make(petition, "ask", at=START + HOUR)
    petition.judge(told("answer", START + 2 * HOUR), POLICY, START + 3 * HOUR)
    make(petition, "supply", at=START + 9 * HOUR)
    petition.judge(told("answer", START + 2 * HOUR), POLICY, START + 10 * HOUR)
    assert petition.breaches == []


@p05
def test_an_author_is_asked_so_often_in_a_round_and_no_more_at_any_level():
    petition = make(letter_in("signed"), *["ask", "supply"] * POLICY.asks, "pass_up", "sign")
    refused(petition, AskedTooOften, act("ask"))
    make(petition, "answer", "done", "verify", "close", "reopen", "sign", "ask")


@p05
def test_photos_come_with_what_an_author_supplies():
    petition = make(letter_in("signed", photos=["photo-1"]), "ask")
    petition.move(act("supply", {AUTHOR}, photos=["photo-2"]), POLICY)
    petition.require_photo("photo-2")
    assert petition.photos == ["photo-1", "photo-2"]


# 撤回


@p06
@pytest.mark.parametrize("state", ["submitted", "awaiting_petitioner", "suspended", "done", "verified"])
def test_she_may_withdraw_what_is_not_closed_and_every_clock_stops(state):
    petition = make(letter_in(state), "withdraw")
    assert (petition.state, petition.outcome, petition.waits_until) == ("closed", "withdrawn", None)
    assert {clock.state for clock in petition.clocks} == {"stopped"}
    assert petition.recorded[-1].data["outcome"] == "withdrawn"


# 挂账, 延期


@p05
def test_a_matter_is_suspended_only_when_the_level_above_allows_it_and_not_for_ever():
    petition = letter_in("answered")
    petition.move(act("suspend", amount=POLICY.suspend_days), POLICY)
    assert (petition.state, orders(petition.recorded[-1]), queues(petition)) == ("answered", set(), PATH[:2])
    refused(petition, AlreadyAsked, act("extend"))
    make(petition, "allow_suspension")
    assert (orders(petition.recorded[-1]), queues(petition)) == ({("resolve", "village", "pause")}, [])
    petition.go_on(POLICY, START + POLICY.suspend_days * DAY)
    assert (petition.state, orders(petition.recorded[-1])) == ("answered", {("resolve", "village", "resume")})


@p05
def test_nothing_is_decided_that_was_not_asked():
    for state, move in [("answered", "allow_suspension"), ("signed", "allow_extension"), ("signed", "refuse")]:
        refused(letter_in(state), NothingAsked, act(move))
    refused(make(letter_in("answered"), "extend"), NothingAsked, act("allow_suspension"))
    petition = make(letter_in("answered"), "extend", "refuse")
    refused(petition, NothingAsked, act("allow_extension"))
    assert facts(petition)[-1] == "request_refused"


@p05
def test_what_one_level_asked_for_is_forgotten_at_the_next():
    petition = make(letter_in("answered"), "extend", "pass_up", "sign")
    refused(petition, NothingAsked, act("allow_extension"))


@p05
@pytest.mark.parametrize(("move", "most"), [("suspend", POLICY.suspend_days), ("extend", POLICY.extend)])
def test_there_is_a_most_that_may_be_asked_for(move, most):
    refused(letter_in("answered"), TooLong, act(move, amount=most + 1))


@p05
def test_an_extension_is_one_per_round_and_makes_a_new_promise():
    petition = letter_in("signed")
    promise_all(petition, 5)
    make(petition, "extend", "allow_extension")
    (order,) = petition.recorded[-1].data["clocks"]
    assert (order["order"], order["clock"], order["limit"]) == ("extend", "resolve", POLICY.units(5))
    assert petition.promised_at is None
    petition.judge(told("resolve", START + 5 * HOUR), POLICY, START + 6 * HOUR)
    assert petition.breaches == []
    refused(petition, AlreadyExtended, act("extend"))
    make(petition, "answer", "done", "verify", "close", "reopen", "sign", "extend")


@p05
@pytest.mark.parametrize("asked", [True, False])
def test_what_is_late_is_not_extended_and_stays_a_breach(asked):
    petition = letter_in("signed", level="city")
    promise_all(petition, 1)
    make(petition, *["extend"] * asked)
    late, move = START + 2 * HOUR, "allow_extension" if asked else "extend"
    refused(petition, TooLateToExtend, act(move, at=late))
    petition.judge(told("resolve", START + HOUR, "city"), POLICY, late)
    refused(petition, TooLateToExtend, act(move, at=late))
    assert [clock.clock for clock in petition.breaches] == ["resolve"]


# 催办, 督办


@p03
def test_one_may_urge_now_and_then_and_no_clock_minds():
    petition = make(letter(), "urge")
    assert (facts(petition)[-1], orders(petition.recorded[-1]), petition.breaches) == ("urged", set(), [])
    again = START + timedelta(hours=POLICY.urge_hours)
    refused(petition, UrgedRecently, act("urge", {SUPERVISOR}, at=again - HOUR))
    make(petition, "urge", at=again)


@p03
def test_a_supervised_office_owes_a_written_reply():
    refused(letter(), NothingOwed, act("reply"))
    petition = make(letter(), "supervise")
    assert orders(petition.recorded[-1]) == {("supervise", "village", "start")}
    refused(petition, AlreadySupervised, act("supervise", {INTAKE}))
    make(petition, "reply")
    assert orders(petition.recorded[-1]) == {("supervise", "village", "stop")}
    refused(petition, NothingOwed, act("reply"))


@p03
def test_a_supervision_without_a_reply_is_a_breach_and_takes_the_matter_nowhere():
    petition = make(letter_in("signed"), "supervise", "ask")
    promise_all(petition, 1)
    petition.judge(told("supervise", START + HOUR), POLICY, START + 2 * HOUR)
    petition.judge(told("supervise", START + HOUR), POLICY, START + 2 * HOUR)
    assert facts(petition)[-1] == "breached"
    assert (petition.level, petition.state, len(petition.breaches)) == ("village", "awaiting_petitioner", 1)


@p03
@pytest.mark.parametrize(
    ("state", "move"),
    [
        ("verified", "close"),
        ("submitted", "merge"),
        ("submitted", "split"),
        ("signed", "pass_up"),
        ("signed", "return"),
    ],
)
def test_no_letter_leaves_an_office_that_owes_a_reply(state, move):
    petition = make(letter_in(state, level="town"), "supervise")
    refused(petition, ReplyOwed, act(move))
    make(petition, "reply", move)


@p03
def test_what_a_supervisor_asked_is_answered_though_the_author_withdraws():
    petition = letter_in("signed")
    promise_all(petition, 1)
    make(petition, "supervise")
    promise_all(petition, 3)
    make(petition, "withdraw")
    assert [(clock.clock, clock.running) for clock in petition.clocks if clock.running] == [("supervise", True)]
    assert (queues(petition), petition.owed_at) == ([PATH[0]], START + 3 * HOUR)
    petition.judge(told("supervise", START + 3 * HOUR), POLICY, START + 4 * HOUR)
    assert (facts(petition)[-1], petition.level, petition.state) == ("breached", "village", "closed")
    make(petition, "reply")
    assert (orders(petition.recorded[-1]), queues(petition)) == ({("supervise", "village", "stop")}, [])
    assert not sees(petition, "cadre", secretary_of=[PATH[1]])
    refused(petition, NothingOwed, act("reply"))


@p03
def test_reopening_what_was_withdrawn_has_the_office_owe_its_reply_anew():
    petition = make(letter_in("signed"), "supervise", "withdraw", "reopen")
    assert {("supervise", "village", "stop"), ("supervise", "village", "start")} < orders(petition.recorded[-1])
    assert (petition.owed_reply.round, petition.supervision.round) == (2, 2)
    make(petition, "reply", "pass_up")


@p03
def test_a_reply_that_a_late_level_did_not_give_is_owed_by_the_next():
    petition = make(letter(), "supervise")
    petition.promise(told("sign", START + HOUR))
    petition.judge(told("sign", START + HOUR), POLICY, START + 2 * HOUR)
    assert facts(petition)[-2:] == ["escalated", "supervised"]
    assert orders(petition.recorded[-1]) == {("supervise", "village", "stop"), ("supervise", "town", "start")}
    assert (queues(petition), petition.owed_reply.level) == ([PATH[1]], "town")
    refused(petition, ReplyOwed, act("merge"))
    make(petition, "reply", "merge")


@p03
def test_three_times_redone_is_supervised_by_itself():
    petition = letter_in("closed")
    for _ in range(2):
        make(petition, "reopen", "sign", "answer", "done", "verify", "close")
    assert "supervised" not in facts(petition)
    make(petition, "reopen")
    assert facts(petition).count("supervised") == 1


@p03
def test_three_times_returned_is_supervised_by_itself_and_then_only_the_city_decides():
    petition = letter("town")
    for _ in range(2):
        make(petition, "return", "pass_up")
    assert "supervised" not in facts(petition)
    make(petition, "return", "reply", "pass_up")
    assert facts(petition).count("supervised") == 1
    assert [clock.level for clock in petition.clocks if clock.clock == "supervise"] == ["village"]
    refused(petition, ReturnedTooOften, act("return"))
    make(petition, "pass_up", "return")
    assert (petition.level, petition.bounces, facts(petition).count("supervised")) == ("town", 4, 2)


@p03
@pytest.mark.parametrize(("level", "above"), [("village", PATH[1]), ("town", PATH[2])])
def test_the_supervisor_is_the_next_secretary_and_for_the_city_its_intake(level, above):
    petition = make(letter(level), "urge")
    assert sees(petition, "cadre", secretary_of=[above]) == {SUPERVISOR}
    assert sees(make(letter("city"), "urge"), "clerk", intake_of=[PATH[2]]) == {SUPERVISOR, INTAKE}
    assert petition.known_author({SUPERVISOR}) is None


@p03
@pytest.mark.parametrize("moves", [["extend"], ["suspend"], ["suspend", "allow_suspension"], ["urge"], ["supervise"]])
def test_the_level_above_sees_a_matter_only_once_it_has_to_do_with_it(moves):
    petition = letter_in("answered")
    assert not sees(petition, "cadre", secretary_of=[PATH[1]])
    assert sees(make(petition, *moves), "cadre", secretary_of=[PATH[1]]) == {SUPERVISOR}
    supervised = moves == ["supervise"]
    assert bool(sees(make(petition, "withdraw"), "cadre", secretary_of=[PATH[1]])) == supervised


# 公开答复


@p05
def test_an_answer_is_public_only_while_its_author_agrees():
    petition = letter_in("closed")
    refused(petition, NotConsented, act("publish"))
    make(petition, "consent", "publish")
    assert (petition.public, petition.public_answer) == (True, "垃圾已清运")
    refused(petition, PersonalInside, act("publish", public_answer="请拨打13900000001"))
    assert "垃圾" not in str(petition.recorded[-1].data)
    petition.move(act("consent", open_to_public=False), POLICY)
    assert (petition.public, petition.public_answer) == (False, None)
    petition = make(letter_in("answered", open_to_public=True), "publish")
    assert petition.public
    petition.forget_author()
    assert (petition.public, petition.public_answer) == (False, None)


# 合并, 拆分


@p06
def test_the_author_of_a_merged_letter_hears_what_became_of_the_other_and_rates_her_own():
    petition = make(letter(), "merge")
    assert (petition.state, petition.outcome, petition.duplicate_of) == ("closed", "merged", "QL-2026-000009")
    petition.note_lead_outcome("solved", START + HOUR)
    assert petition.recorded[-1].data["lead_outcome"] == petition.lead_outcome == "solved"
    make(petition, "rate")


@p06
def test_a_letter_is_split_into_letters_of_the_same_author_with_clocks_of_their_own():
    petition = letter_in("signed", level="town", anonymity=2)
    parts = [{"id": f"part-{n}", "number": f"QL-{n}", "text": b"part"} for n in (1, 2)]
    split = petition.split(act("split", {OFFICE}), POLICY, parts)
    assert (petition.state, petition.outcome) == ("closed", "split")
    for part in split:
        assert (part.author, part.anonymity, part.office, part.state) == ("villager-1", 2, PATH[1], "submitted")
        assert (part.parent, facts(part), part.recorded[0].data["parent"]) == (
            petition.number,
            ["submitted"],
            petition.number,
        )
        assert {order for _, _, order in orders(part.recorded[0])} == {"start"}
    make(split[0], "sign", "answer", "done", "verify", "close")
    assert split[1].state == "submitted"


@p05
def test_each_part_begins_where_its_rule_says_but_not_where_the_whole_was_late():
    for was_late, level in [(False, "village"), (True, "town")]:
        petition = letter("village") if was_late else letter("town")
        if was_late:
            promise_all(petition, 1)
            petition.judge(told("sign", START + HOUR), POLICY, START + HOUR)
        routed = Routed(edition=1, position=1, name="河道", level="village")
        said = {"id": "part", "number": "QL-1", "text": b"part", "level": "village", "routed": routed}
        (part,) = petition.split(act("split", {OFFICE}), POLICY, [said])
        assert (part.level, part.office) == (level, PATH[was_late])
        assert part.routed == (None if was_late else routed)


@p05
def test_a_part_of_a_category_that_does_not_exist_is_refused():
    petition = letter()
    with pytest.raises(UnknownCategory):
        petition.split(act("split", {OFFICE}), POLICY, [{"id": "part", "category": "gossip"}])
    assert petition.state == "submitted"


# 回访


@p06
def test_intake_notes_what_an_author_said_on_the_phone():
    petition = letter_in("closed")
    petition.move(act("call", {INTAKE}, call="dissatisfied"), POLICY)
    assert (petition.call, petition.recorded[-1].data["call"], petition.stars) == ("dissatisfied", "dissatisfied", None)
    assert AUTHOR not in {petition.history[-1].part}
