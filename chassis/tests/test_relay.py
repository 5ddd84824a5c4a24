"""One replica's relay publishes; the others stand by at next to no cost, also after facts of their own."""

import time

import pytest

from chassis.domain import now
from chassis.service import Service, internal
from chassis.store import Repository
from chassis.testing import wait_until
from chassis.tests.test_unit import Jar

SECONDS = 3


class Jars(Repository):
    aggregate, collection = Jar, "jars"


class SlaService(Service):
    """A small service."""

    name = "sla"
    jars = Jars()

    @internal("POST", "/v1/internal/jars/{key}", callers=["petition"])
    def drop(self, request, key):
        """A bean in a new jar."""
        jar = Jar(id=key)
        jar.drop(now())
        self.jars.add(jar)


@pytest.fixture
def replicas(running):
    first = running(SlaService)
    wait_until(lambda: holder(first))
    return first, running(SlaService)


def holder(service):
    """Whose relay publishes."""
    return (service.database.leases.find_one({"_id": "relay"}) or {}).get("holder")


def dropped(service, key):
    """A fact recorded by this replica."""
    assert service.internal("petition").post(f"/v1/internal/jars/{key}").status_code < 300


def drained(service):
    """Nothing is left to publish."""
    return service.database.outbox.find_one() is None


def asked(service):
    """How often the leases were read or written so far."""
    row = next(service.database.leases.aggregate([{"$collStats": {"latencyStats": {}}}]))
    return sum(kind["ops"] for kind in row["latencyStats"].values())


def test_who_stands_by_asks_for_the_lease_twice_a_second_at_most(replicas):
    _, second = replicas
    dropped(second, "a")
    wait_until(lambda: drained(second))
    before = asked(second)
    time.sleep(SECONDS)
    assert 0 < asked(second) - before <= 4 * SECONDS


def test_another_takes_over_and_publishes_what_the_first_left(replicas):
    first, second = replicas
    gone = holder(first)
    dropped(first, "a")
    first.stop()
    dropped(second, "b")
    wait_until(lambda: drained(second))
    assert holder(second) not in (gone, None)
