"""Rules of messages: who is told, in which words, and what becomes of a message."""

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contracts.petition.letters import OUTCOMES
from contracts.sdk import registry
from contracts.sdk.envelope import Envelope
from contracts.sla import CAUSES
from contracts.words import LEAVING, RAISING
from services.notify.domain.message import FOLDED, Message, NotInDoubt, Outcome
from services.notify.domain.rules import RULEBOOK, SHANGHAI

AT = datetime(2026, 11, 22, 1, tzinfo=UTC)
DELAYS = RULEBOOK.delays
MINUTE = timedelta(minutes=1)
FINAL = {"sent", "failed", "skipped", "expired", "unknown"}
VALUES = {
    "number": "QL-2026-000123",
    "author": "p1",
    "office": "510183122",
    "from_office": "510183122211",
    "region": "510183122211",
    "village": "510183122211",
    "town": "510183122",
    "city": "510183",
    "waits_until": AT,
    "lead_outcome": "solved",
    "outcome": "explained",
    "reason": "replaced",
    "level": "town",
    "rule": "scope_probing",
    "role": "intake",
    "count": 12,
    "share": 80,
    "stars": 5,
    "arbiter": "510183122",
    "final": False,
    "department": None,
    "left": "roads",
    "position": 7,
    "year": 2027,
    "unit": "510183122",
    "kind": "office",
    "due_at": AT,
    "was": AT,
    "cause": "calendar",
    "days": 15,
    "expires_at": AT + 5 * MINUTE,
    "person": "p1",
    "helper": None,
}
PLACES = {"510183122": "大同镇", "510183122211": "高埂街道义渡社区"}

outcomes = st.builds(Outcome, st.sampled_from(["accepted", "rejected", "put_off", "unclear"]), st.just("some_reason"))


def fact(name, **changes):
    known = registry.by_wire()[f"{name}.v1"]()
    data = {field: VALUES[field] for field in VALUES if field in known.fields} | changes
    return Envelope("019f-fact", "/x", f"{name}.v1", "s1", 1, AT, "510183122211", None, None, None, data)


def told(name, **changes):
    return RULEBOOK.messages(fact(name, **changes), AT, {"510183122": "510183"}.get)


def sms(**changes):
    fields = {"cause": "f", "template": "letter_received", "params": {}, "channel": "sms", "priority": 1}
    return Message.compose("person:p1", AT, **fields | changes)


def place(region):
    return PLACES.get(region, "")


@pytest.mark.feature("N01")
def test_every_rule_is_about_a_fact_there_is_and_a_template_there_is():
    names = {known.name for known in registry.all_facts()}
    assert all(rule.fact in names and rule.template in RULEBOOK.templates for rule in RULEBOOK.rules)
    used = {name for rule in RULEBOOK.rules for name in (rule.template, rule.fallback) if name}
    assert used | {FOLDED} == set(RULEBOOK.templates)


@pytest.mark.feature("N01")
def test_a_template_names_nothing_that_its_fact_does_not_say():
    facts = {known.name: known().fields for known in registry.all_facts()}
    for rule in RULEBOOK.rules:
        assert RULEBOOK.fields(rule) <= {*facts[rule.fact], "code"}


@pytest.mark.feature("N01")
def test_a_letter_is_told_to_its_secretary_and_confirmed_to_its_author():
    who = {(message.address, message.channel) for message in told("petition.submitted")}
    assert who == {
        ("person:p1", "sms"),
        ("person:p1", "inapp"),
        ("role:secretary@510183122", "sms"),
        ("role:secretary@510183122", "inapp"),
    }


@pytest.mark.feature("N01")
def test_nobody_is_looked_for_when_a_letter_is_anonymous():
    assert {message.kind for message in told("petition.submitted", author=None)} == {"role"}


@pytest.mark.feature("I07")
def test_an_author_hears_of_a_letter_that_was_written_for_her():
    for helper, told_so in (("p2", 2), (None, 0)):
        messages = told("petition.submitted", helper=helper)
        assert sum(message.template == "letter_by_helper" for message in messages) == told_so
        assert all("p2" not in RULEBOOK.text(message, place) for message in messages)
    assert {message.address for message in told("identity.mandate_granted")} == {"person:p1"}


@pytest.mark.feature("N01")
def test_an_escalated_letter_is_told_to_the_next_level_and_the_author():
    assert {m.address for m in told("petition.escalated")} == {"role:secretary@510183122", "person:p1"}


@pytest.mark.feature("P03")
@pytest.mark.parametrize(
    ("now", "sent"),
    [
        ("07:59", "11-22 08:00"),
        ("08:00", "11-22 08:00"),
        ("19:59", "11-22 19:59"),
        ("20:00", "11-23 08:00"),
        ("23:30", "11-23 08:00"),
    ],
)
def test_an_sms_of_climbing_waits_for_the_hours_of_notices(now, sent):
    at = datetime.fromisoformat(f"2026-11-22T{now}+08:00")
    for message in RULEBOOK.messages(fact("petition.escalated"), at, dict.get, "08:00-20:00"):
        local = message.due_at.astimezone(SHANGHAI)
        assert message.channel == "inapp" or f"{local:%m-%d %H:%M}" == sent
    assert {m.due_at for m in RULEBOOK.messages(fact("petition.submitted"), at, dict.get, "08:00-20:00")} == {at}
    assert {message.due_at for message in told("petition.escalated")} == {AT}


@pytest.mark.feature("P04")
def test_a_unit_is_called_through_its_secretary_and_a_department_through_its_staff():
    called = [told("petition.unit_called", kind=kind)[0].address for kind in ("office", "department")]
    assert called == ["role:secretary@510183122", "staff:510183122@510183122211"]
    late = {message.several for message in told("petition.unit_breached")}
    assert late == {("secretary", "510183122"), ("secretary", "510183"), ("intake", "510183")}


@pytest.mark.feature("P06")
@pytest.mark.parametrize("kind", ["", "report_"])
def test_what_was_verified_tells_the_office_to_go_on_or_to_close(kind):
    refuted, confirmed = (told(f"petition.{kind}verified", confirmed=confirmed) for confirmed in (False, True))
    assert {message.address for message in refuted} == {"role:secretary@510183122", "person:p1"}
    assert [(message.address, message.channel) for message in confirmed] == [("role:secretary@510183122", "inapp")]


@pytest.mark.feature("P03")
def test_of_a_letter_that_a_department_handles_its_staff_are_told_and_of_a_breach_the_office_too():
    def whom(name, **changes):
        return {message.address for message in told(name, **changes)} - {"person:p1"}

    staff, secretary = "staff:water@510183122", "role:secretary@510183122"
    assert whom("petition.dispatched", department="water") == {staff, "staff:roads@510183122"}
    assert whom("petition.supervised", department="water") == {staff}
    assert whom("petition.breached", department="water") == {staff, secretary}
    assert whom("petition.breached") == whom("petition.disputed", department="water") == {secretary}
    assert whom("petition.disputed", final=True, arbiter="510183") == {"role:intake@510183"}


@pytest.mark.feature("N01")
def test_a_fact_without_rule_tells_nobody():
    assert told("petition.rated") == []


@pytest.mark.feature("N01")
@pytest.mark.parametrize("rule", RULEBOOK.rules, ids=lambda rule: f"{rule.fact}-{rule.to}")
def test_a_message_fits_one_sms_and_leaves_no_place_empty(rule):
    dispatched = {"department": "water"} if rule.to == "dispatcher" else {}
    message = next(m for m in told(rule.fact, helper="p2", **rule.when | dispatched) if m.template == rule.template)
    text = RULEBOOK.signature + RULEBOOK.text(message, place, code="123456")
    assert len(text) <= 70
    assert not re.search(r"[{}*]|None|[a-z]{2}", text)


@pytest.mark.feature("N01")
def test_a_message_reads_as_chinese():
    message = told("petition.closed")[0]
    assert RULEBOOK.text(message, place) == (
        "您的来信（编号QL-2026-000123）已结案：已解释说明。请登录乡音评价，不满意可申请重办。"
    )


@pytest.mark.feature("N01")
def test_every_outcome_has_chinese_words():
    assert set(RULEBOOK.words["outcome"]) == set(OUTCOMES)


@pytest.mark.feature("S01")
def test_a_promise_that_a_new_calendar_moved_is_told_with_its_date():
    words = "因放假安排公布，您的来信（编号QL-2026-000123）的应办时间改为11月22日09:00。"
    assert {RULEBOOK.text(message, place) for message in told("petition.promise_changed")} == {words}
    assert set(RULEBOOK.words["cause"]) == set(CAUSES)


@pytest.mark.feature("I02")
def test_every_reason_to_leave_or_to_ask_the_next_level_has_chinese_words():
    assert set(RULEBOOK.words["reason"]) == {*LEAVING, *RAISING}


@pytest.mark.feature("I02")
def test_the_administrator_who_has_to_decide_is_told():
    assert [m.several for m in told("identity.villager_applied")] == [("villageadmin", "510183122211")] * 2
    for name in ("identity.verification_raised", "identity.verification_overdue"):
        assert [m.several for m in told(name)] == [("townadmin", "510183122")] * 2


@pytest.mark.feature("N02")
def test_a_code_is_hidden_unless_it_is_given():
    message = told("identity.challenge_issued")[0]
    assert "123456" in RULEBOOK.text(message, place, code="123456")
    assert "登录验证码******，" in RULEBOOK.text(message, place)


@pytest.mark.feature("N01")
def test_the_same_fact_always_makes_the_same_messages():
    ids = [message.id for message in told("petition.submitted")]
    assert ids == [message.id for message in told("petition.submitted")]
    assert len(set(ids)) == 4


@pytest.mark.feature("N01")
def test_a_message_to_a_role_becomes_one_for_each_holder():
    message = sms(template="letter_arrived")
    message.address = "role:secretary@510183122"
    children = message.expand(["p7", "p8"], AT)
    assert [child.address for child in children] == ["person:p7", "person:p8"]
    assert [child.id for child in children] == [child.id for child in message.expand(["p7", "p8"], AT)]
    assert message.state == "expanded"


@pytest.mark.feature("N01")
def test_a_role_nobody_holds_is_said_to_have_failed():
    message = sms()
    assert message.expand([], AT) == []
    assert (message.state, message.recorded[0].data["reason"]) == ("skipped", "nobody_in_role")


@pytest.mark.feature("P03")
@pytest.mark.parametrize("name", ["submitted", "passed_up", "returned", "reopened", "breached", "escalated"])
def test_a_letter_in_an_office_without_secretary_is_told_to_the_intake(name):
    message = next(m for m in told(f"petition.{name}") if m.several and m.channel == "sms")
    (instead,) = message.expand([], AT, "intake@510183")
    assert (message.state, instead.several) == ("expanded", ("intake", "510183"))
    text = "大同镇目前没有能办理的书记，来信（编号QL-2026-000123）无人办理，请受理中心协调。"
    assert RULEBOOK.text(instead, place) == text
    assert instead.expand([], AT, "intake@510183") == []
    assert instead.state == "skipped"


@pytest.mark.feature("P03")
def test_a_letter_about_a_cadre_is_not_told_to_that_cadre_in_any_office():
    offices = [message for message in told("petition.submitted", concerned="510183122211") if message.several]
    assert {message.but for message in offices} == {"secretary@510183122211"}
    (instead,) = offices[0].expand([], AT, "intake@510183")
    assert instead.but == "secretary@510183122211"
    assert {message.but for message in told("petition.submitted")} == {""}


@pytest.mark.feature("N02")
def test_a_message_in_the_inbox_is_sent_at_once_and_read_once():
    message = sms(channel="inapp")
    message.read(AT)
    message.read(AT + MINUTE)
    assert (message.state, message.read_at) == ("sent", AT)


@pytest.mark.feature("N02")
def test_what_is_put_off_is_tried_later_and_given_up_in_the_end():
    message = sms()
    for delay in DELAYS["send"]:
        message.settle(Outcome("put_off", "busy"), AT, DELAYS)
        assert (message.state, message.due_at) == ("queued", AT + delay)
    message.settle(Outcome("put_off", "busy"), AT, DELAYS)
    assert (message.state, message.reason) == ("failed", "busy")


@pytest.mark.feature("N02")
def test_what_nobody_knows_is_never_queued_without_an_answer():
    message = sms()
    for delay in DELAYS["look_up"]:
        message.settle(Outcome("unclear", "no_answer"), AT, DELAYS)
        assert (message.state, message.due_at) == ("checking", AT + delay)
    message.settle(Outcome("unclear", "no_answer"), AT, DELAYS)
    assert (message.state, message.recorded) == ("unknown", [])


@pytest.mark.feature("N02")
def test_a_code_is_not_put_off_beyond_its_life():
    message = sms(expires_at=AT + timedelta(milliseconds=300))
    message.settle(Outcome("put_off", "busy"), AT, DELAYS)
    assert message.due_at == message.expires_at
    assert message.expired(message.due_at)
    assert not message.expired(AT)


@pytest.mark.feature("N02")
def test_a_person_decides_only_what_is_in_doubt():
    message = sms()
    with pytest.raises(NotInDoubt):
        message.decide("resend", "问过服务商", "op", AT)
    message.state = "unknown"
    message.decide("resend", "问过服务商，没有收到", "op", AT)
    assert (message.state, message.decisions[0].by) == ("queued", "op")
    message.state = "unknown"
    message.decide("give_up", "已电话告知", "op", AT)
    assert (message.state, message.recorded[-1].data["reason"]) == ("failed", "given_up")


@pytest.mark.feature("N02")
@given(st.lists(outcomes, max_size=60))
def test_a_message_ends_once_and_says_so_once(steps):
    message = sms()
    for step in steps:
        if message.state in FINAL:
            break
        message.settle(step, AT, DELAYS)
    said = [fact.type for fact in message.recorded]
    wanted = {"sent": ["notify.message_sent.v1"], "failed": ["notify.message_failed.v1"]}
    assert said == wanted.get(message.state, [])


@pytest.mark.feature("N02")
@given(st.lists(outcomes, min_size=1, max_size=60))
def test_only_a_certain_no_brings_a_message_back_to_the_queue(steps):
    message = sms()
    for step in steps:
        if message.state in FINAL:
            break
        message.settle(step, AT, DELAYS)
        assert (message.state == "queued") <= (step.kind == "put_off")


@pytest.mark.feature("N01")
def test_the_rules_hold_no_secret_and_no_person():
    words = json.dumps(RULEBOOK.words) + "".join(t.text for t in RULEBOOK.templates.values())
    assert not re.search(r"\d{7}|\{(name|phone|text|title)\}", words)


@pytest.mark.feature("I03")
def test_a_transfer_out_of_the_county_is_told_to_no_office_here():
    asked = "identity.member_transfer_asked"
    assert [m.several for m in told(asked)] == [("secretary", "510183122")]
    assert told(asked, office=None) == []
