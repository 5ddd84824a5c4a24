"""One holder at a time; whoever is gone is replaced within a term, also when a clock was put back."""

from datetime import timedelta

import pytest

from chassis.data.leases import Lease
from chassis.domain import now
from chassis.store import Rows


class Leases(Rows):
    collection = "leases"


@pytest.fixture
def rows(store):
    return store(Leases).rows


def ends(rows, at):
    """Its holder is gone, and the lease ends then."""
    rows.update_one({"_id": "job"}, {"$set": {"until": at}})


def test_one_holder_at_a_time_and_another_when_it_is_over_or_given_up(rows):
    first, second = Lease(rows.database, "job"), Lease(rows.database, "job")
    assert (first.hold(), second.hold(), first.hold()) == (True, False, True)
    ends(rows, now() - timedelta(seconds=1))
    assert second.hold()
    second.release()
    assert rows.find_one() is None


def test_a_lease_from_before_the_clock_was_put_back_holds_nobody_up(rows):
    first, second = Lease(rows.database, "job"), Lease(rows.database, "job")
    assert first.hold()
    ends(rows, now() + timedelta(hours=1))
    assert second.hold()
    first.renew_at = 0.0
    assert not first.hold()
