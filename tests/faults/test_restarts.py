"""Invariant 5: SIGTERM and rolling restarts under load."""

import pytest

from tests.faults import report
from tests.faults.checker import Checker, check_all
from tests.faults.load import Load
from tests.faults.town import REPLICAS, SERVICES

PATIENCE = 2  # how often a client tries


@pytest.mark.long
def test_invariant_05_a_rolling_restart_doubles_and_reorders_nothing_and_a_client_retries_once(town):
    checker, load = Checker(town), Load(town, people=4)
    town.start(*REPLICAS)
    town.end(*SERVICES)
    town.start(*SERVICES)
    town.end(*REPLICAS)
    load.wait()
    report.add("rolling restart under load", len(SERVICES) + len(REPLICAS), checker.verdict())
    assert max(town.tries) <= PATIENCE
    check_all(town)
