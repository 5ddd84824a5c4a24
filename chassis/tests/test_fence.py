"""A consumer that was frozen, replaced and woken late commits nothing, and one that is well goes on by itself."""

import pytest

from chassis.bus.batch import Batch, items_of
from chassis.bus.fence import Fence
from chassis.bus.inbox import Inbox
from chassis.data.mongo import Replaced
from chassis.domain import now
from chassis.service import Service, on
from chassis.store import Rows
from contracts.sdk.envelope import render
from contracts.sdk.registry import by_wire
from contracts.sla import ClockElapsed

ELAPSED = {
    "matter_source": "petition",
    "matter": "m1",
    "round": 1,
    "clock": "sign",
    "level": "village",
    "due_at": now(),
}
MEANWHILE = []


class Effects(Rows):
    collection = "effects"


class ExampleService(Service):
    """A small service whose handler is overtaken by what happens meanwhile."""

    name = "example"
    effects = Effects()

    @on(ClockElapsed)
    def note(self, fact):
        self.effects.insert({"_id": fact.id})
        if MEANWHILE:
            MEANWHILE.pop()()


@pytest.fixture
def service(running):
    MEANWHILE.clear()
    return running(ExampleService)


def inbox(service):
    return next(each for each in service.container.subextensions if isinstance(each, Inbox))


def of_successor(service):
    """What another replica does when it takes the role over."""

    def close_behind():
        with service.database.client.start_session() as session:
            Fence(service.database, "inbox", session).close_behind()

    return close_behind


def test_what_was_in_hand_when_a_successor_came_is_not_committed(service):
    told = service.tell(ClockElapsed, "a", **ELAPSED)
    consumer, database = inbox(service), service.database
    service.stop()
    database.inbox.delete_many({})
    database.effects.delete_many({})
    row = {name: getattr(told, name) for name in ("id", "source", "type", "subject", "sequence")}
    items = items_of(consumer.handlers, by_wire(), row | {"body": render(told)})
    with database.client.start_session() as session:
        fence = Fence(database, "inbox", session)
        fence.close_behind()
        batch = Batch(service.container, database, session, fence.check)
        MEANWHILE.append(of_successor(service))
        with pytest.raises(Replaced):
            batch.run(items)
        assert (database.effects.find_one(), database.inbox.find_one()) == (None, None)
        fence.close_behind()
        batch.run(items)
    assert database.effects.count_documents({}) == 1


def test_a_consumer_that_was_replaced_by_mistake_takes_its_place_again(service):
    service.tell(ClockElapsed, "a", **ELAPSED)
    MEANWHILE.append(of_successor(service))
    service.tell(ClockElapsed, "a", **ELAPSED)
    assert service.database.effects.count_documents({}) == 2
    assert service.database.parked.find_one() is None
