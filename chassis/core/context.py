"""What travels with a request or a fact through one greenlet: W3C trace context, correlation and causation."""

import re
import secrets
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass

TRACEPARENT = re.compile(r"00-(?!0{32})[0-9a-f]{32}-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}")


@dataclass(frozen=True)
class Trail:
    """Where the work in hand comes from: `correlationid` names the story, `causationid` the fact that led here."""

    traceparent: str
    correlationid: str
    causationid: str | None = None


_trail = ContextVar("trail", default=None)


def current():
    """The Trail of this greenlet, or None."""
    return _trail.get()


def of_fact():
    """The three attributes that a fact recorded now carries."""
    trail = current() or begin()
    return {
        "traceparent": trail.traceparent,
        "correlationid": trail.correlationid,
        "causationid": trail.causationid,
    }


def outgoing():
    """Headers by which the next service continues this trail."""
    trail = current()
    return {"traceparent": trail.traceparent} if trail else {}


def begin(traceparent=None):
    """A Trail that continues a valid traceparent, or starts a new story."""
    trace = traceparent.split("-")[1] if traceparent and TRACEPARENT.fullmatch(traceparent) else secrets.token_hex(16)
    return Trail(f"00-{trace}-{secrets.token_hex(8)}-01", trace)


def after(fact):
    """The Trail of work caused by a fact."""
    trail = begin(fact.traceparent)
    return Trail(trail.traceparent, fact.correlationid or trail.correlationid, fact.id)


@contextmanager
def following(trail):
    """Make a Trail the current one for a block."""
    token = _trail.set(trail)
    try:
        yield trail
    finally:
        _trail.reset(token)
