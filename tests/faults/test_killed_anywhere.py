"""Invariant 1: kill -9 of any process, at every point of a promise."""

import pytest

from tests.faults import report
from tests.faults.checker import Checker, check_all
from tests.faults.load import Load
from tests.faults.town import until

POINTS = {
    "short": {"petition": "after_commit_before_relay:10", "witness": "after_commit_before_ack:3"},
    "round 1": {
        "petition": "before_commit:20",
        "sla": "after_commit_before_ack:3",
        "notify": "between_confirm_and_delete:2",
        "analytics": "mid_batch:20",
        "witness": "before_commit:5",
    },
    "round 2": {
        "petition": "after_commit_before_relay:25",
        "sla": "between_confirm_and_delete:3",
        "notify": "mid_batch:20",
        "analytics": "after_commit_before_ack:3",
        "witness": "after_commit_before_ack:5",
    },
    "round 3": {
        "petition": "between_confirm_and_delete:10",
        "sla": "before_commit:3",
        "notify": "after_commit_before_ack:3",
        "analytics": "before_commit:3",
        "witness": "mid_batch:30",
    },
    "round 4": {
        "petition": "before_publish:20",
        "sla": "after_commit_before_relay:3",
        "notify": "before_publish:3",
        "analytics": "mid_batch:20",
        "witness": "after_commit_before_ack:5",
    },
}
LONG = [pytest.param(name, marks=pytest.mark.long) for name in POINTS if name != "short"]


@pytest.mark.parametrize("number", ["short", *LONG])
def test_invariant_01_every_accepted_commands_facts_reach_every_subscriber_once(town, number):
    checker, points = Checker(town), POINTS[number]
    town.arm(points)
    load = Load(town)
    until(lambda: town.deaths.keys() == points.keys(), "everybody to die")
    town.kill("identity")
    load.wait()
    report.add("kill -9 at a failpoint", len(points) + 1, checker.verdict())
    check_all(town)
