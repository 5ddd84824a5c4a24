"""Invariants 6, 7 and 8: subscribers and handlers that come late, and queues that are not as they should be."""

import subprocess
import sys
import time

import pytest
import requests

from tests.faults import report
from tests.faults.checker import Checker
from tests.faults.load import Load
from tests.faults.town import LATE, service_of

NEXT = "tests.faults.latecomer_next.service:LatecomerService"


@pytest.fixture
def latecomer(town):
    """Its queue, account and data go with the test."""
    yield
    town.end(*(name for name in list(town.processes) if service_of(name) == LATE))
    town.forget(LATE)


@pytest.mark.usefixtures("latecomer")
def test_invariant_06_a_subscriber_deployed_late_gets_all_history_once(town):
    load = Load(town, people=3)
    town.prepare(LATE)
    deployed = time.time()
    town.start(LATE, FAILPOINT="mid_history:1")
    load.wait()
    everything = Checker(town, LATE, since="")
    report.add("subscriber deployed late, killed in mid-history", 1, everything.verdict(deployed))


@pytest.mark.long
@pytest.mark.usefixtures("latecomer")
def test_invariant_06_a_new_handler_of_a_subscriber_gets_all_history_once(town):
    load = Load(town, people=3)
    town.prepare(LATE)
    town.start(LATE)
    town.guests[LATE] = NEXT
    town.prepare(LATE)
    deployed = time.time()
    town.start(f"{LATE}-2")
    town.end(LATE)
    load.wait()
    again = Checker(town, LATE, since="", collection="more_effects")
    report.add("new handler deployed late", 1, again.verdict(deployed))


@pytest.mark.long
@pytest.mark.usefixtures("latecomer")
def test_invariant_07_a_consumer_deployed_after_its_producer_loses_nothing(town):
    town.prepare(LATE)
    checker = Checker(town, LATE)
    Load(town, 8).wait()
    deployed = time.time()
    town.start(LATE)
    report.add("consumer deployed after its producer", 1, checker.verdict(deployed))


@pytest.mark.usefixtures("latecomer")
def test_invariant_08_changed_queue_arguments_fail_fast_and_say_so(town):
    queue = f"{town.admins['AMQP_ADMIN']}/api/queues/{town.name}/{LATE}.inbox"
    requests.put(queue, json={"durable": True, "arguments": {"x-queue-type": "classic"}}, timeout=20).raise_for_status()
    command = [sys.executable, "-m", "chassis.provision", LATE]
    env = town.environment(LATE) | town.admins
    done = subprocess.run(command, env=env, capture_output=True, text=True, timeout=20, check=False)
    assert done.returncode == 1
    assert f"{LATE}.inbox with other properties" in done.stderr


def test_invariant_08_a_service_whose_queue_is_bound_to_other_facts_fails_fast_and_says_so(town):
    process = town.process("witness-2")
    town.database("witness").topology.update_one({"_id": "inbox"}, {"$pop": {"types": 1}})
    try:
        process.start()
        assert process.child.wait(20) == 1
    finally:
        town.prepare("witness")
    assert "chassis.provision" in process.log.read_text().splitlines()[-1]
