"""What stock Nameko loses, doubles or hangs on (pitfalls P1–P11), and that the chassis does not.

P4 and P7's parking are in test_inbox.py too, P5 and P6 in test_history.py.
"""

from collections import Counter

import eventlet
import pytest

from chassis.domain import now
from chassis.service import Service, on
from chassis.store import Rows
from chassis.testing import wait_until
from contracts.sla import ClockElapsed

CALLS = Counter()
SLOW, BROKEN = "slow", "broken"


class Effects(Rows):
    collection = "effects"


class ExampleService(Service):
    """A subscriber whose handler can be slow or broken."""

    name = "example"
    effects = Effects()

    @on(ClockElapsed)
    def note(self, fact):
        CALLS[fact.id] += 1
        if fact.subject == SLOW and CALLS[fact.id] == 1:
            eventlet.sleep(1)
        if fact.subject == BROKEN:
            raise KeyError(BROKEN)
        self.effects.insert({"_id": fact.id})


class RenamedService(Service):
    """The same subscriber after its handler's method was renamed."""

    name = "example"
    effects = Effects()

    @on(ClockElapsed, named="note")
    def write_down(self, fact):
        self.effects.insert({"_id": fact.id + "-again"})


@pytest.fixture
def example(running):
    CALLS.clear()
    return running(ExampleService)


def tell(example, subject, **kwargs):
    data = {"matter_source": "petition", "matter": "m", "clock": "sign", "round": 1, "level": "town", "due_at": now()}
    return example.tell(ClockElapsed, subject=subject, **data, **kwargs)


def begun(fact):
    wait_until(lambda: CALLS[fact.id], "the handler to begin")


def queue(example):
    return example.county.broker("GET", f"queues/{example.county.name}/example.inbox").json()


def test_p1_a_graceful_stop_finishes_and_acknowledges_the_work_in_hand(example):
    fact = tell(example, SLOW, wait=False)
    begun(fact)
    with example.paused():
        assert example.database.effects.count_documents({}) == 1
    tell(example, "later")
    assert CALLS[fact.id] == 1


def test_p3_nothing_is_acknowledged_before_it_is_committed(example):
    fact = tell(example, SLOW, wait=False)
    begun(fact)
    example.container.kill()
    assert example.database.effects.count_documents({}) == 0
    example.start()
    example.handled(fact)
    assert example.database.effects.count_documents({}) == 1


def test_p2_p7_a_failing_handler_neither_loses_its_fact_nor_spins(example):
    fact = tell(example, BROKEN)
    eventlet.sleep(1)
    assert CALLS[fact.id] == 1
    assert example.database.parked.count_documents({}) == 1


def test_p8_a_connection_cut_while_a_handler_works_kills_nothing_and_doubles_nothing(example):
    fact = tell(example, SLOW, wait=False)
    begun(fact)
    cut(example)
    example.handled(fact)
    later = tell(example, "later")
    assert example.database.effects.count_documents({"_id": {"$in": [fact.id, later.id]}}) == 2


def cut(example):
    """Close the consumer's connection at the broker."""
    user, broker = f"{example.county.name}_example", example.county.broker
    mine = wait_until(
        lambda: [c for c in broker("GET", "connections").json() if c.get("user") == user], "the connection"
    )
    for connection in mine:
        broker("DELETE", f"connections/{connection['name']}").raise_for_status()


@pytest.mark.own_county
def test_p9_p11_the_only_queue_is_durable_quorum_and_has_one_active_consumer(example):
    names = {each["name"] for each in example.county.broker("GET", f"queues/{example.county.name}").json()}
    found = queue(example)
    assert names == {"example.inbox"}
    assert (found["type"], found["durable"], found["auto_delete"]) == ("quorum", True, False)
    assert found["arguments"] == {"x-queue-type": "quorum", "x-single-active-consumer": True}


def test_p10_a_renamed_handler_keeps_its_queue_and_what_it_has_done(example, running):
    fact = tell(example, "a")
    example.stop()
    renamed = running(RenamedService)
    renamed.deliver(fact)
    tell(renamed, "b")
    assert renamed.database.effects.count_documents({"_id": fact.id + "-again"}) == 0
