"""notify's entrypoints, with a real SMS gateway and a real internal port of identity on the loopback."""

import json
from datetime import timedelta

import pytest
from structlog.testing import capture_logs

from chassis.domain import new_id, now
from chassis.testing import wait_until
from contracts.identity.access import ChallengeIssued
from contracts.notify import MessageFailed, MessageSent
from contracts.petition.letters import PetitionAnswered, PetitionEscalated, PetitionSigned, PetitionSubmitted
from contracts.petition.mustering import UnitCalled
from contracts.sdk.envelope import parse, render
from contracts.sdk.registry import by_wire
from services.notify import providers
from services.notify.domain.message import Message
from services.notify.domain.rules import RULEBOOK
from services.notify.service import NotifyService
from services.notify.tests.conftest import CODE, LETTER, NEW_LETTER, PHONES

SOON = [timedelta(milliseconds=50)] * 3
FINAL = ["sent", "failed", "skipped", "expired", "unknown", "expanded"]


@pytest.fixture
def quick(monkeypatch):
    """The same rules with short delays."""
    monkeypatch.setattr(RULEBOOK, "delays", {"send": SOON, "look_up": SOON})


def settled(notify):
    """Work until no message is on its way; returns the SMS rows."""

    def done():
        notify.tick("send_due")
        return not notify.database.messages.count_documents({"state": {"$nin": FINAL}})

    wait_until(done, "messages")
    return list(notify.database.messages.find({"channel": "sms", "state": {"$ne": "expanded"}}))


def states(notify):
    return [row["state"] for row in settled(notify)]


def answered(notify):
    """Tell a fact that makes one SMS and one in-app message to p1."""
    return notify.tell(PetitionAnswered, subject="m1", **LETTER)


def died_before_marking(notify, **changes):
    """A message whose worker died between send and mark: still `sending`, its claim has run out."""
    past = now() - timedelta(seconds=60)
    fields = {"template": "villager_verified", "params": {"region": "510183122211"}, "channel": "sms", "priority": 1}
    message = Message.compose("person:p1", past, cause=new_id(), **fields | changes)
    message.state, message.claim = "sending", "dead"
    return message


# fact → people → SMS


@pytest.mark.feature("N01")
def test_a_letter_reaches_its_secretary_and_is_confirmed_to_its_author(notify, gateway):
    notify.tell(PetitionSubmitted, subject="m1", **NEW_LETTER)
    assert states(notify) == ["sent", "sent"]
    sent = {sms["phone"]: sms["text"] for sms in gateway.sent()}
    assert sent == {
        PHONES["p1"]: "【乡音邛崃】您写给大同镇书记的来信已收到，编号QL-2026-000123，凭编号可随时查询办理进展。",
        PHONES["p2"]: "【乡音邛崃】大同镇书记信箱收到一封新来信，编号QL-2026-000123，请及时签收办理。",
    }
    assert [fact.data["channel"] for fact in notify.facts(MessageSent)].count("sms") == 2


@pytest.mark.feature("N01")
def test_the_next_level_is_told_of_a_letter_that_climbed(notify, gateway):
    climbed = LETTER | {"office": "510183", "level": "city"}
    late = {"from_level": "town", "from_office": "510183122", "clock": "sign"}
    notify.tell(PetitionEscalated, subject="m1", **climbed, **late)
    settled(notify)
    sent = {sms["phone"]: sms["text"] for sms in gateway.sent()}
    assert set(sent) == {PHONES["p1"], PHONES["p3"]}
    assert "大同镇超期未办的来信（编号QL-2026-000123）已升级到邛崃市" in sent[PHONES["p3"]]


@pytest.mark.feature("N01")
def test_a_fact_delivered_twice_makes_one_sms(notify, gateway):
    fact = notify.tell(PetitionSubmitted, subject="m1", **NEW_LETTER)
    notify.deliver(fact)
    notify.service.write_messages(parse(render(fact), by_wire()))
    settled(notify)
    notify.deliver(fact)
    answered(notify)
    settled(notify)
    assert sorted(gateway.received().values()) == [1, 1, 1]


@pytest.mark.feature("N01")
def test_an_office_without_secretary_is_said_to_be_unreached(notify, people):
    people.control(roles={})
    notify.tell(PetitionSubmitted, subject="m1", **NEW_LETTER)
    assert sorted(states(notify)) == ["sent", "skipped"]
    assert {fact.data["reason"] for fact in notify.facts(MessageFailed)} == {"nobody_in_role"}


@pytest.mark.feature("P03")
def test_what_nobody_in_an_office_may_handle_is_told_to_the_intake(notify, people, gateway):
    people.control(roles={"secretary@510183122": ["p2"], "secretary@510183122211": ["p2"], "intake@510183": ["p3"]})
    notify.tell(PetitionSubmitted, subject="m1", **NEW_LETTER | {"author": None, "concerned": "510183122211"})
    assert [row["address"] for row in settled(notify)] == ["person:p3"]
    assert "没有能办理的书记" in gateway.sent()[0]["text"]


@pytest.mark.feature("P03")
def test_whoever_it_was_about_is_not_told_in_a_later_office_either(notify, people, gateway):
    people.control(roles={"secretary@510183122": ["p2"], "secretary@510183122211": [], "intake@510183": ["p2", "p3"]})
    about = {"author": None, "concerned": "510183122211", "recused": ["p2"]}
    notify.tell(PetitionSubmitted, subject="m1", **NEW_LETTER | about)
    assert [row["address"] for row in settled(notify)] == ["person:p3"]


@pytest.mark.feature("P04")
def test_of_a_department_its_own_staff_are_told_and_for_want_of_any_the_intake(notify, people, gateway):
    people.control(staff={"water": ["p2"]}, roles={"departmentstaff@510183": ["p1", "p2"], "intake@510183": ["p3"]})
    called = {"number": "CS-1", "office": "510183122", "level": "town", "city": "510183", "about": None, "clocks": []}
    for unit in ("water", "fire"):
        which = {"unit": unit, "kind": "department", "region": "510183", "lead": False}
        notify.tell(UnitCalled, subject="whistle:1", **called | which)
    assert sorted(row["address"] for row in settled(notify)) == ["person:p2", "person:p3"]


@pytest.mark.feature("N01")
def test_a_person_identity_does_not_know_is_skipped(notify, people, gateway):
    people.control(contacts={})
    answered(notify)
    assert states(notify) == ["skipped"]
    assert gateway.received() == {}


@pytest.mark.feature("N02")
def test_messages_wait_while_identity_is_away(notify, people, gateway, quick):
    people.control(away=True)
    answered(notify)
    wait_until(lambda: notify.database.messages.find_one({"reason": "identity_away"}), "an attempt")
    people.control(away=False)
    assert states(notify) == ["sent"]
    assert list(gateway.received().values()) == [1]


# sign-in codes


@pytest.mark.feature("N02")
def test_a_sign_in_code_is_fetched_sent_and_kept_nowhere(notify, people, gateway):
    expires = now() + timedelta(minutes=5)
    people.control(challenges={"c1": {"phone": PHONES["p1"], "code": CODE, "expires_at": expires.isoformat()}})
    with capture_logs() as logs:
        notify.tell(ChallengeIssued, subject="c1", expires_at=expires)
        assert states(notify) == ["sent"]
    assert CODE in gateway.sent()[0]["text"]
    kept = str([list(notify.database[name].find()) for name in notify.database.list_collection_names()])
    assert not any(secret in kept + str(logs) for secret in (CODE, PHONES["p1"]))


@pytest.mark.feature("N02")
def test_a_code_whose_life_is_over_is_never_sent(notify, people, gateway):
    expires = now() - timedelta(seconds=1)
    people.control(challenges={"c1": {"phone": PHONES["p1"], "code": CODE, "expires_at": expires.isoformat()}})
    notify.tell(ChallengeIssued, subject="c1", expires_at=expires)
    assert states(notify) == ["expired"]
    assert gateway.received() == {}


@pytest.mark.feature("N02")
def test_a_code_that_waits_for_identity_ends_with_its_life(notify, people, gateway, quick):
    people.control(away=True)
    notify.tell(ChallengeIssued, subject="c1", expires_at=now() + timedelta(seconds=1))
    assert set(states(notify)) <= {"expired", "failed"}
    assert gateway.received() == {}


# a gateway with moods


@pytest.mark.feature("N02")
def test_no_answer_in_time_is_looked_up_and_not_sent_again(notify, gateway, quick, monkeypatch):
    monkeypatch.setattr(providers, "TIMEOUT", (1, 0.3))
    gateway.control(mode="slow", seconds=2, deduplicate=False)
    answered(notify)
    assert states(notify) == ["sent"]
    assert list(gateway.received().values()) == [1]


@pytest.mark.feature("N02")
def test_a_connection_cut_after_receiving_is_looked_up_and_not_sent_again(notify, gateway, quick):
    gateway.control(mode="drop", deduplicate=False)
    answered(notify)
    assert states(notify) == ["sent"]
    assert list(gateway.received().values()) == [1]
    assert list(gateway.looked_up().values()) == [1]


@pytest.mark.feature("N02")
def test_what_the_gateway_took_and_could_not_deliver_has_failed(notify, gateway, quick):
    gateway.control(mode="drop", look_up="failed")
    answered(notify)
    assert [(row["state"], row["reason"]) for row in settled(notify)] == [("failed", "switched_off")]


@pytest.mark.feature("N02")
def test_a_server_error_is_looked_up_and_then_sent_again(notify, gateway, quick):
    gateway.control(mode="crash")
    answered(notify)
    wait_until(gateway.looked_up, "a look-up")
    gateway.control(mode="ok")
    assert states(notify) == ["sent"]
    assert list(gateway.received().values()) == [1]


@pytest.mark.feature("N02")
def test_a_busy_gateway_is_tried_again_until_the_delays_are_used_up(notify, gateway, quick):
    gateway.control(mode="busy")
    answered(notify)
    assert [(row["state"], row["reason"]) for row in settled(notify)] == [("failed", "status_429")]


@pytest.mark.feature("N02")
def test_a_rejected_number_fails_at_once(notify, gateway):
    gateway.control(mode="reject")
    answered(notify)
    assert [(row["state"], row["reason"]) for row in settled(notify)] == [("failed", "invalid_number")]
    assert [fact.data["reason"] for fact in notify.facts(MessageFailed)] == ["invalid_number"]


@pytest.mark.feature("N02")
def test_a_gateway_that_is_down_is_tried_again(running, people, regions):
    nowhere = "http://127.0.0.1:9"
    own = {"SMS_PROVIDER": "http", "SMS_URL": nowhere, "NOTICE_HOURS": ""}
    notify = running(NotifyService, peers={"identity": people.url}, **own)
    answered(notify)
    row = wait_until(lambda: notify.database.messages.find_one({"attempts": {"$gt": 0}}), "an attempt")
    assert (row["state"], row["reason"]) in {("queued", "unreachable"), ("sending", "unreachable")}


# a worker that died between send and mark


@pytest.mark.feature("N02")
def test_what_a_dead_worker_sent_is_looked_up_and_not_sent_again(notify, gateway, county):
    gateway.control(deduplicate=False)
    message = died_before_marking(notify)
    sms = providers.Sms(message.id, message.template, "", phone=PHONES["p1"], text="认证已通过")
    providers.Http(gateway.url, (county.folder / "notify" / "sms.key").read_bytes()).send(sms)
    notify.service.messages.add(message)
    assert states(notify) == ["sent"]
    assert gateway.received() == {message.id: 1}
    assert [fact.subject for fact in notify.facts(MessageSent)] == [message.id]


@pytest.mark.feature("N02")
def test_what_a_dead_worker_did_not_send_is_sent(notify, gateway, quick):
    message = died_before_marking(notify)
    notify.service.messages.add(message)
    assert states(notify) == ["sent"]
    assert (gateway.looked_up(), gateway.received()) == ({message.id: 1}, {message.id: 1})


@pytest.mark.feature("N01")
def test_what_a_dead_worker_did_not_expand_is_expanded_once(notify, gateway):
    message = died_before_marking(notify)
    message.address = "role:secretary@510183122"
    notify.service.messages.add(message)
    assert states(notify) == ["sent"]
    assert gateway.sent()[0]["phone"] == PHONES["p2"]


@pytest.mark.feature("N02")
def test_a_worker_that_lost_its_claim_neither_sends_nor_marks(notify, gateway, quick):
    gateway.control(mode="busy")
    lost = died_before_marking(notify)
    notify.service.messages.add(lost)
    settled(notify)
    notify.service._attempt(lost)
    assert gateway.received() == {}
    assert states(notify) == ["failed"]


# what nobody knows, a person decides


@pytest.fixture
def doubtful(notify, gateway, quick):
    """The id of a message that the gateway may or may not have, and that it cannot be asked about."""
    gateway.control(mode="drop", look_up="down", deduplicate=False)
    answered(notify)
    (row,) = settled(notify)
    gateway.control(mode="ok", look_up="ok")
    return row["_id"]


@pytest.mark.feature("N02")
def test_what_cannot_be_looked_up_waits_for_a_person(notify, gateway, person, doubtful):
    assert gateway.received() == {doubtful: 1}
    page = notify.http.get("/v1/messages?state=unknown", person=person("operator", "510183")).json()
    assert [(item["id"], item["title"]) for item in page["items"]] == [(doubtful, "来信已答复")]
    assert PHONES["p1"] not in json.dumps(page)


@pytest.mark.feature("N02")
def test_an_operator_has_it_sent_again(notify, gateway, person, doubtful):
    answer = decide(notify, doubtful, person("operator", "510183"), "resend")
    assert (answer.status_code, states(notify), gateway.received()) == (204, ["sent"], {doubtful: 2})


@pytest.mark.feature("N02")
def test_an_operator_gives_it_up_once(notify, gateway, person, doubtful):
    operator = person("operator", "510183")
    assert decide(notify, doubtful, operator, "give_up").status_code == 204
    again = decide(notify, doubtful, operator, "resend")
    assert (again.status_code, again.json()["code"]) == (409, "not_in_doubt")
    assert (states(notify), gateway.received()) == (["failed"], {doubtful: 1})


@pytest.mark.feature("N02")
def test_only_an_operator_sees_and_decides(notify, person):
    villager = person()
    assert notify.http.get("/v1/messages", person=villager).status_code == 403
    assert decide(notify, "any", villager, "resend").status_code == 403
    assert notify.http.get("/v1/messages").status_code == 401


@pytest.mark.feature("N02")
def test_bad_questions_are_answered_in_chinese(notify, person):
    operator = person("operator", "510183")
    assert decide(notify, "nothing", operator, "resend").json()["code"] == "message_not_found"
    refused = decide(notify, "nothing", operator, "perhaps")
    assert (refused.status_code, "请选择重发或放弃" in refused.text) == (422, True)
    assert notify.http.get("/v1/messages?state=lost", person=operator).status_code in (400, 422)


def decide(notify, key, by, decision):
    content = {"decision": decision, "reason": "已问过服务商"}
    return notify.http.post(f"/v1/messages/{key}/decision", json=content, person=by, key=new_id())


# in-app inbox


@pytest.mark.feature("N02")
def test_a_villager_reads_her_inbox(notify, person):
    notify.tell(PetitionSubmitted, subject="m1", **NEW_LETTER)
    notify.tell(PetitionSigned, subject="m1", **LETTER)
    her = person(id="p1")
    inbox = notify.http.get("/v1/inbox", person=her).json()
    assert [(item["title"], item["read"]) for item in inbox["items"]] == [("来信已签收", False), ("来信已收到", False)]
    assert inbox["items"][0]["text"] == "您的来信（编号QL-2026-000123）已由大同镇签收，正在办理。"
    read = notify.http.post(f"/v1/inbox/{inbox['items'][0]['id']}/read", person=her, key=new_id())
    assert (inbox["unread"], read.status_code) == (2, 204)
    after = notify.http.get("/v1/inbox?limit=1", person=her).json()
    assert (after["unread"], after["items"][0]["read"], bool(after["next"])) == (1, True, True)


@pytest.mark.feature("N02")
def test_an_inbox_is_its_owners_only(notify, person):
    answered(notify)
    mine = notify.http.get("/v1/inbox", person=person(id="p1")).json()["items"][0]["id"]
    other = person(id="p9")
    assert notify.http.get("/v1/inbox", person=other).json()["items"] == []
    assert notify.http.post(f"/v1/inbox/{mine}/read", person=other, key=new_id()).status_code == 404
    assert notify.http.get("/v1/inbox").status_code == 401


# settings and secrets


@pytest.mark.feature("N02")
def test_the_console_shows_masked_phones_and_no_code(running, people):
    own = {"SMS_PROVIDER": "console", "SMS_URL": "-", "NOTICE_HOURS": ""}
    notify = running(NotifyService, peers={"identity": people.url}, **own)
    expires = now() + timedelta(minutes=5)
    people.control(challenges={"c1": {"phone": PHONES["p1"], "code": CODE, "expires_at": expires.isoformat()}})
    with capture_logs() as logs:
        notify.tell(ChallengeIssued, subject="c1", expires_at=expires)
        assert states(notify) == ["sent"]
    line = next(entry for entry in logs if entry["event"] == "sms")
    assert (line["phone"], line["template"]) == ("199****0001", "sign_in_code")
    assert CODE not in str(logs)


@pytest.mark.feature("N02")
def test_a_gateway_takes_nothing_that_is_not_signed_with_the_key(gateway):
    sms = providers.Sms("m1", "letter_received", "", phone=PHONES["p1"], text="来信已收到")
    assert providers.Http(gateway.url, b"another key").send(sms).kind == "put_off"
    assert (gateway.forged(), gateway.received()) == (1, {})


@pytest.mark.feature("N02")
def test_an_unknown_provider_is_named():
    with pytest.raises(ValueError, match="pigeon"):
        providers.provider("pigeon", "-", "-")


@pytest.mark.feature("N01")
def test_every_rule_has_a_handler_and_every_fact_told_has_a_rule(notify):
    writers = [entry for entry in notify.container.entrypoints if entry.method_name.startswith("write_")]
    assert {fact.name for entry in writers for fact in entry.facts} == {rule.fact for rule in RULEBOOK.rules}
