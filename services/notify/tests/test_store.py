"""How messages are kept, claimed and found, on MongoDB."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from services.notify.domain.message import Message, MessageNotFound, Outcome
from services.notify.store import CALL, CLAIM, Messages

AT = datetime(2026, 11, 22, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def message(cause="f1", at=AT, **changes):
    fields = {"template": "letter_received", "params": {"number": "QL-1"}, "channel": "sms", "priority": 1}
    return Message.compose("person:p1", at, cause=cause, **fields | changes)


@pytest.fixture
def messages(store):
    return store(Messages)


@pytest.mark.feature("N01")
def test_a_message_comes_back_as_it_was_kept(messages):
    kept = message(expires_at=AT + SECOND)
    messages.add(kept)
    with messages.edit(kept.id) as edited:
        edited.state = "unknown"
        edited.decide("resend", "服务商没有收到", "op", AT)
    read = messages.get(kept.id)
    assert (read.params, read.expires_at, read.decisions[0].by) == ({"number": "QL-1"}, AT + SECOND, "op")


@pytest.mark.feature("N01")
def test_a_message_is_kept_once(messages):
    messages.add_new([message(), message("f2")])
    messages.add_new([message(), message("f3")])
    assert len(messages.find({})) == 3


@pytest.mark.feature("N01")
def test_a_message_that_is_not_there_is_said_to_be_missing(messages):
    with pytest.raises(MessageNotFound):
        messages.get("nothing")


@pytest.mark.feature("N02")
def test_the_most_urgent_due_message_is_claimed_first(messages):
    for cause, at, priority in (("late", AT, 1), ("code", AT + SECOND, 0), ("later", AT + 9 * SECOND, 0)):
        messages.add(message(cause, at, priority=priority))
    assert [message.cause for message in messages.claim(AT + 2 * SECOND, 9)] == ["code", "late"]
    assert messages.claim(AT + 2 * SECOND, 9) == []


@pytest.mark.feature("N02")
def test_a_message_is_claimed_by_one_worker_only(messages):
    for number in range(30):
        messages.add(message(f"f{number}"))
    with ThreadPoolExecutor(6) as workers:
        claimed = [one for some in workers.map(lambda _: messages.claim(AT, 7), range(40)) for one in some]
    assert sorted({one.id for one in claimed}) == sorted(one.id for one in claimed)
    assert len(claimed) == 30


@pytest.mark.feature("N02")
def test_a_claim_that_ran_out_is_taken_over_to_be_checked(messages):
    messages.add(message())
    (first,) = messages.claim(AT, 1)
    (second,) = messages.claim(AT + CLAIM, 1)
    assert (first.state, second.state) == ("sending", "checking")
    assert not messages.holds(first, AT)
    assert messages.holds(second, AT + CLAIM)


@pytest.mark.feature("N02")
def test_a_claim_too_short_for_one_more_call_is_not_held(messages):
    messages.add(message())
    (claimed,) = messages.claim(AT, 1)
    assert messages.holds(claimed, AT)
    assert not messages.holds(claimed, AT + CLAIM - CALL)


@pytest.mark.feature("N02")
def test_what_is_finished_is_never_claimed(messages):
    messages.add(message())
    with messages.edit(messages.claim(AT, 1)[0].id) as claimed:
        claimed.settle(Outcome("accepted", "http"), AT, {})
    assert messages.claim(AT + 9 * CLAIM, 1) == []


@pytest.mark.feature("N02")
def test_an_inbox_is_paged_newest_first_and_counts_what_is_unread(messages):
    for number in range(3):
        messages.add(message(f"f{number}", channel="inapp"))
    messages.add(message("f9"))
    first = messages.inbox("p1", None, 2)
    rest = messages.inbox("p1", first.next, 2)
    assert [m.cause for m in first.items + rest.items] == ["f2", "f1", "f0"]
    with messages.edit(first.items[0].id) as read:
        read.read(AT)
    assert (messages.unread("p1"), messages.unread("p2")) == (2, 0)


@pytest.mark.feature("N02")
def test_messages_in_doubt_are_found(messages):
    messages.add(message())
    assert messages.in_state("unknown", None, 20).items == []
    with messages.edit(message().id) as doubted:
        doubted.state = "unknown"
    assert [m.cause for m in messages.in_state("unknown", None, 20).items] == ["f1"]
