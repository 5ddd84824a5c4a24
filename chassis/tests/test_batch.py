"""A batch that does not look first still tells a copy, and finds out what blocks (chassis/bus/batch.py)."""

import pytest

from chassis.domain import now
from chassis.service import Service, on
from chassis.store import Rows
from chassis.testing import wait_until
from contracts.sla import ClockElapsed

BROKEN = set()


class Effects(Rows):
    collection = "effects"


class ExampleService(Service):
    """A small service."""

    name = "example"
    effects = Effects()

    @on(ClockElapsed)
    def note(self, fact):
        if fact.subject in BROKEN:
            raise ValueError
        self.effects.increment(fact.subject, {"n": 1})
        if fact.subject == "taken":
            self.effects.insert({"_id": fact.matter})


@pytest.fixture
def service(running):
    """It has handled a first fact, and so looks no more."""
    BROKEN.clear()
    started = running(ExampleService)
    tell(started, "quiet")
    assert not batch(started).check_known
    return started


def tell(service, subject, **more):
    about = {"matter_source": "petition", "clock": "sign", "round": 1, "level": "town", "due_at": now()}
    return service.tell(ClockElapsed, subject, **about, **{"matter": "m1"} | more)


def batch(service):
    return next(each for each in service.container.subextensions if type(each).__name__ == "Inbox").batch


def count(service, subject):
    return (service.database.effects.find_one({"_id": subject}) or {"n": 0})["n"]


def test_a_copy_has_no_second_effect(service):
    fact = tell(service, "a")
    service.deliver(fact)
    tell(service, "a")
    assert count(service, "a") == 2
    wait_until(lambda: not batch(service).check_known or tell(service, "b"), "the quiet after the copy")


def test_a_copy_on_which_the_handler_would_fail_is_not_set_aside(service):
    fact = tell(service, "a")
    BROKEN.add("a")
    service.deliver(fact)
    tell(service, "b")
    assert (count(service, "a"), count(service, "b")) == (1, 1)
    assert service.database.parked.count_documents({}) == 0


def test_while_a_lane_is_blocked_every_batch_looks(service):
    BROKEN.add("a")
    tell(service, "a")
    tell(service, "b")
    BROKEN.clear()
    tell(service, "a")
    assert (count(service, "a"), count(service, "b")) == (0, 1)
    assert service.database.blocked.find_one({"subject": "a"})["waiting"] == 2


def test_a_unique_key_that_a_handler_breaks_is_its_own_failure_and_no_neighbours(service):
    service.database.effects.insert_one({"_id": "m2"})
    tell(service, "taken", matter="m2")
    tell(service, "b")
    assert (count(service, "taken"), count(service, "b")) == (0, 1)
    assert service.database.parked.find_one()["error"].startswith("Duplicate")
