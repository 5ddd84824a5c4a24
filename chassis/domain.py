"""What a service's domain is made of: aggregates that record facts, and refusals. No computer in sight.

A domain imports this, `contracts` and the standard library only.
"""

import re
import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Self
from uuid import UUID

from uuid_utils import uuid7

from contracts.sdk.envelope import Envelope
from contracts.sdk.fact import Fact, write

Sealed = bytes  # a text or picture encrypted in its owner's store; a domain passes it on and never reads it


class Refusal(Exception):
    """The domain says no. A subclass is named after the rule broken; its docstring is the Chinese sentence shown.

    `status` is the HTTP status it is answered with; `code` is the stable code, the class name in snake_case.
    """

    status = 409

    def __init__(self, **details: Any) -> None:
        super().__init__(self.code())
        self.details = details

    @classmethod
    def code(cls) -> str:
        """`already_voted` for AlreadyVoted."""
        return re.sub(r"(?<=[a-z0-9])(?=[A-Z])|(?<=[A-Z])(?=[A-Z][a-z])", "_", cls.__name__).lower()

    @classmethod
    def sentence(cls) -> str:
        """The Chinese sentence a person reads."""
        return (cls.__doc__ or "").strip()


class Missing(Refusal):
    """没有找到"""

    status = 404


class NotAllowed(Refusal):
    """您没有办理这件事的权限"""

    status = 403


class Unacceptable(Refusal):
    """提交的内容不符合要求"""

    status = 422


class TooOften(Refusal):
    """操作太频繁，请稍后再试"""

    status = 429


BACK = "back"
"""As the target of a transition: the state it was in before it waited."""


@dataclass(frozen=True)
class Transition:
    """A row of a table of moves: `part`, and `also` others, may make it in `sources`.

    It leads to `target`, without one the state stays; it tells `fact`, and `needs` must be said with it; `refuted` is
    the row when it is not confirmed. An aggregate has its table as `moves` (name → row), which its page is made from.
    """

    part: str
    sources: tuple[str, ...]
    target: str | None
    fact: type[Fact] | None = None
    needs: set[str] = field(default_factory=set)
    also: tuple[str, ...] = field(default=(), kw_only=True)
    refuted: Self | None = field(default=None, kw_only=True)


class NotYet(Exception):
    """A handler depends on another producer's fact that has not arrived: retried shortly, no alarm."""


@dataclass(kw_only=True)
class Aggregate:
    """A thing with an id, saved as one document, that records the facts of its own life.

    Saving it publishes what it recorded; nobody calls "publish". `region` is the region its facts belong to.
    `version` guards the save (0 = never saved); `sequence`, `told_id` and `told_at` are of its last fact.
    """

    id: str
    region: str | None = None
    version: int = 0
    sequence: int = 0
    told_id: str = ""
    told_at: datetime | None = None

    def __post_init__(self) -> None:
        self.recorded: list[Envelope] = []

    def record(self, fact: type[Fact], at: datetime, **data: Any) -> None:
        """Record a `fact` (class) that happened at `at` (aware datetime). Raises ValidationError if data do not fit."""
        self.sequence += 1
        self.told_id = id_after(self.told_id)
        self.told_at = max(at, self.told_at or at)
        self.recorded.append(
            Envelope(
                id=self.told_id,
                source=f"/{fact.producer()}",
                type=fact.wire(),
                subject=self.id,
                sequence=self.sequence,
                time=self.told_at,
                regionid=self.region,
                traceparent=None,
                correlationid=None,
                causationid=None,
                data=write(fact, data),
            )
        )


def new_id() -> str:
    """A fresh UUIDv7: sorts by time of creation."""
    return str(uuid7())


def id_at(moment: datetime) -> str:
    """A UUIDv7 of a moment that is random below it, so that those of one moment have no order."""
    low = secrets.randbits(74)
    stamp = int(moment.timestamp() * 1000) << 80 | 7 << 76 | 2 << 62
    return str(UUID(int=stamp | low >> 62 << 64 | low & (1 << 62) - 1))


def id_after(previous: str) -> str:
    """A UUIDv7 greater than `previous` even if this machine's clock is behind the one that made it."""
    fresh = new_id()
    if fresh > previous:
        return fresh
    return str(uuid7(nanoseconds=(_milliseconds(previous) + 1) * 1_000_000))


def age(key: str) -> float:
    """Seconds since a UUIDv7 was made."""
    return max(0, time.time() - _milliseconds(key) / 1000)


def time_of(key: str) -> datetime:
    """When a UUIDv7 was made."""
    return datetime.fromtimestamp(_milliseconds(key) / 1000, UTC)


def earlier(key: str, milliseconds: int) -> str:
    """The beginning of a UUIDv7 made so much earlier: less than every id made from then on."""
    if not key:
        return ""
    stamp = f"{_milliseconds(key) - milliseconds:012x}"
    return f"{stamp[:8]}-{stamp[8:]}"


def _milliseconds(key: str) -> int:
    return int(key.replace("-", "")[:12], 16)


def now() -> datetime:
    """The present moment in UTC, to the millisecond (what the store keeps)."""
    return datetime.fromtimestamp(int(time.time() * 1000) / 1000, UTC)
