"""Invariant 1 when the machine's clock is put forward and back: ids, sequences, leases and claims do not rest on it."""

import time
from dataclasses import replace
from pathlib import Path

import pytest

from tests.faults import report
from tests.faults.checker import Checker, check_all
from tests.faults.load import Load
from tests.faults.town import SERVICES, until

LIBRARY = "*/faketime/libfaketime.so.1"
AHEAD = 90  # seconds: less than the life of a token and of a signature
MORE = 12


class Clock:
    """The wall clock that processes with this `environment` see; their monotonic clock runs on."""

    def __init__(self, file):
        self.file = file
        self.environment = {
            "LD_PRELOAD": str(next(Path("/usr/lib").glob(LIBRARY))),
            "FAKETIME_TIMESTAMP_FILE": str(file),
            "FAKETIME_CACHE_DURATION": "1",
            "FAKETIME_DONT_FAKE_MONOTONIC": "1",
        }
        self.put(0)

    def put(self, seconds):
        """Make it so many seconds later than it is."""
        self.file.write_text(f"{seconds:+d}\n")


@pytest.fixture
def clock(town, tmp_path):
    """The clock of all services."""
    made = Clock(tmp_path / "clock")
    town.end(*SERVICES)
    town.start(*SERVICES, **made.environment)
    town.signed_in.clear()
    yield made
    town.end(*SERVICES)
    town.start(*SERVICES)


@pytest.mark.long
def test_invariant_01_a_clock_put_forward_and_back_loses_doubles_and_reorders_nothing(town, clock):
    checker, load = Checker(town), Load(town, people=4)
    for seconds in (0, AHEAD, 0):
        clock.put(seconds)
        enough = len(load.written) + MORE
        until(lambda: len(load.written) > enough, "more letters")  # noqa: B023
    load.wait()
    over = time.monotonic()
    verdict = checker.verdict(seconds=2 * AHEAD)  # what was due just before the clock was put back is so again later
    report.add("clock put 90 s forward and back", 2, replace(verdict, stall=time.monotonic() - over))
    check_all(town)
