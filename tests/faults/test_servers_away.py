"""Invariant 4: broker and database stop, step down and cut connections; nobody lends a hand."""

import time
from dataclasses import replace

import eventlet
import pytest

from tests.faults import report
from tests.faults.checker import Checker, check_all
from tests.faults.load import Load
from tests.faults.town import until

LONGEST_STALL = 10
CUTS, MORE = 6, 6


def prove(town, fault, times, load, checker, recovered):
    """Nothing is lost, doubled or reordered, nothing needed a hand, and all went on soon after the recovery."""
    enough = len(load.accepted) + MORE
    until(lambda: len(load.accepted) > enough, "letters to be accepted again")
    load.wait()
    silent = next(at for at in load.accepted if at > recovered) - recovered
    verdict = checker.verdict(after=recovered)
    verdict = replace(verdict, stall=max(silent, verdict.stall))
    report.add(fault, times, verdict)
    assert verdict.stall < LONGEST_STALL
    assert not town.deaths
    check_all(town)


@pytest.mark.parametrize("server", [pytest.param("rabbitmq", marks=pytest.mark.long), "mongod"])
def test_invariant_04_a_killed_server_loses_nothing_and_needs_no_hand(town, server):
    checker, load = Checker(town), Load(town, people=4)
    until(lambda: len(load.written) > 4, "the first letters")
    town.servers[server].kill()
    eventlet.sleep(1)
    recovered = town.servers[server].start()
    prove(town, f"kill -9 of {server}", 1, load, checker, recovered)


@pytest.mark.long
def test_invariant_04_a_step_down_loses_nothing_and_needs_no_hand(town):
    checker, load = Checker(town), Load(town, people=4)
    until(lambda: len(load.written) > 4, "the first letters")
    step_down(town)
    recovered = town.servers["mongod"].serving()
    prove(town, "MongoDB steps down", 1, load, checker, recovered)


def step_down(town):
    """Make the primary give up its office for two seconds."""
    town.mongo.admin.command("replSetStepDown", 2, secondaryCatchUpPeriodSecs=0, force=True)


def test_invariant_04_a_connection_cut_in_mid_frame_loses_nothing(town):
    checker, load, before = Checker(town), Load(town, people=4), town.cutter.cuts
    for cut in range(1, CUTS + 1):
        town.cutter.cut()
        until(lambda: town.cutter.cuts - before == cut, "the cut")  # noqa: B023
    prove(town, "connection cut in mid-frame", CUTS, load, checker, time.time())
