"""Fixtures of the chassis's own tests."""

import io
import json
import logging
from contextlib import redirect_stdout

import pytest
import structlog

from chassis.core import logs
from chassis.tests.operate import operated


@pytest.fixture
def lines():
    """`lines()`: what was logged on stdout so far, as JSON objects."""
    root, out = logging.getLogger(), io.StringIO()
    before = root.handlers[:], root.level
    with redirect_stdout(out):
        logs.configure("example")
    yield lambda: [json.loads(line) for line in out.getvalue().splitlines()]
    structlog.reset_defaults()
    root.handlers[:], root.level = before


@pytest.fixture
def clock_of(monkeypatch):
    """`clock_of(module)`: a clock in place of the module's `time`; its `now` is the time in seconds."""

    class Clock:
        now = 1000.0

        def monotonic(self):
            return self.now

    def put(module):
        monkeypatch.setattr(module, "time", Clock())
        return module.time

    return put


@pytest.fixture
def operator(county):
    """The test's county as its operator sees it."""
    with operated(county) as made:
        yield made
