"""Rounds begin some time apart under load, and at once where it is quiet."""

import time

import pytest

from chassis.bus.pace import BURST, Pace


@pytest.fixture
def clock(monkeypatch):
    """`clock.now` moves when something sleeps."""
    moved = Clock()
    monkeypatch.setattr(time, "monotonic", lambda: moved.now)
    monkeypatch.setattr(time, "sleep", moved.sleep)
    return moved


class Clock:
    def __init__(self):
        self.now, self.slept = 1_000.0, 0

    def sleep(self, seconds):
        self.now += seconds
        self.slept += 1


def test_a_quiet_service_is_never_held_up(clock):
    pace = Pace(0.1)
    for _ in range(10 * BURST):
        pace.wait()
        clock.now += 0.1
    assert clock.slept == 0


def test_a_burst_begins_at_once_and_what_goes_on_begins_some_time_apart(clock):
    pace = Pace(0.1)
    for _ in range(BURST):
        pace.wait()
    assert clock.slept == 0
    for _ in range(50):
        pace.wait()
    assert clock.now - 1_000 == pytest.approx(5, abs=0.11)


def test_a_rest_earns_no_more_than_one_burst(clock):
    pace = Pace(0.1)
    pace.wait()
    clock.now += 3_600
    for _ in range(2 * BURST):
        pace.wait()
    assert clock.slept >= BURST - 1
