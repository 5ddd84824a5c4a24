"""Many SMS to one person within minutes become one, and none is lost: all are in her inbox."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.domain import now
from chassis.testing import wait_until
from contracts.petition.letters import PetitionSubmitted
from services.notify.domain.message import FOLDED, Message
from services.notify.domain.rules import RULEBOOK
from services.notify.service import NotifyService
from services.notify.tests.conftest import NEW_LETTER

SPAN = RULEBOOK.flood_span
AT = now()


@pytest.fixture
def strict(running, gateway, people, regions):
    """notify with its true limits."""
    own = {"SMS_PROVIDER": "http", "SMS_URL": gateway.url, "NOTICE_HOURS": "", "RATES": 1.0}
    service = running(NotifyService, peers={"identity": people.url}, **own)
    regions(service)
    return service


def rows(notify, **query):
    return list(notify.database.messages.find({"channel": "sms"} | query))


@pytest.mark.feature("N01")
def test_a_flood_of_letters_is_some_sms_and_one_more_for_the_rest(strict, gateway):
    """Attack M12: thirty reports a minute were thirty SMS a minute."""
    letters = [strict.tell(PetitionSubmitted, subject=f"m{n}", wait=False, **NEW_LETTER) for n in range(30)]
    strict.handled(*letters)

    def done():
        strict.tick("send_due")
        waiting = {"state": {"$in": ["queued", "sending", "checking"]}, "template": {"$ne": FOLDED}}
        return not strict.database.messages.count_documents(waiting)

    wait_until(done, "messages")
    to_secretary = [sms for sms in gateway.sent() if sms["template"] == "letter_arrived"]
    assert len(to_secretary) <= RULEBOOK.flood + 6  # what six lanes had in hand at once
    folded = rows(strict, state="folded", template="letter_arrived")
    assert len(folded) == 30 - len(to_secretary)
    assert len(rows(strict, template=FOLDED, address="person:p2")) in (1, 2)  # two if a span ended meanwhile
    inbox = {"channel": "inapp", "template": "letter_arrived", "address": "person:p2"}
    assert strict.database.messages.count_documents(inbox) == 30


def sms(**changes):
    fields = {"template": "letter_arrived", "params": {}, "channel": "sms", "priority": 1, "region": None}
    return Message.compose("person:p1", AT, cause="f1", **fields | changes)


def test_codes_emergencies_and_the_one_sms_itself_are_never_folded():
    assert sms().may_fold()
    assert not sms(priority=0).may_fold()
    assert not sms(template=FOLDED).may_fold()
    assert not sms(channel="inapp").may_fold()


@given(st.integers(0, 3600), st.integers(0, 3600))
def test_what_is_folded_in_one_span_is_told_once_at_its_end(one, other):
    first, second = (sms().fold(AT + timedelta(seconds=s), SPAN) for s in (one, other))
    assert (first.id == second.id) == (first.due_at == second.due_at)
    assert timedelta(0) < first.due_at - (AT + timedelta(seconds=one)) <= SPAN


def test_whatever_may_be_folded_is_in_the_inbox_too():
    bare = [
        rule for rule in RULEBOOK.rules if rule.priority and "sms" in rule.channels and "inapp" not in rule.channels
    ]
    assert bare == []
