"""The envelope of every fact on the bus: structured CloudEvents 1.0 JSON."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from contracts.sdk import fact as facts
from contracts.sdk.kinds import rfc3339

CONTENT_TYPE = "application/cloudevents+json"


class Undecodable(Exception):
    """The bytes are not a fact this reader knows; `reason` names what is wrong, never the content."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Envelope:
    """One fact with its CloudEvents attributes; the fields of `data` can be read as attributes.

    `sequence` counts from 1 per (source, subject); `time` is aware, in UTC.
    """

    id: str
    source: str
    type: str
    subject: str
    sequence: int
    time: datetime
    regionid: str | None
    traceparent: str | None
    correlationid: str | None
    causationid: str | None
    data: dict[str, Any] = field(repr=False)

    def __getattr__(self, name: str) -> Any:
        try:
            return self.__dict__["data"][name]
        except KeyError:
            raise AttributeError(f"{self.__dict__.get('type')} has no {name}") from None


JSON = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
OPTIONAL = ("regionid", "traceparent", "correlationid", "causationid")


def render(fact: Envelope) -> bytes:
    """The wire bytes of an Envelope whose `data` is in wire form (as `contracts.sdk.fact.write` returns it)."""
    body = {
        "specversion": "1.0",
        "id": fact.id,
        "source": fact.source,
        "type": fact.type,
        "subject": fact.subject,
        "sequence": f"{fact.sequence:010d}",
        "time": rfc3339(fact.time),
        "datacontenttype": "application/json",
        **{name: value for name in OPTIONAL if (value := getattr(fact, name))},
        "data": fact.data,
    }
    return JSON.encode(body).encode()


def parse(body: bytes, known: Mapping[str, type[facts.Fact]]) -> Envelope:
    """Read wire bytes into an Envelope; `known` maps wire type to Fact class. Raises Undecodable."""
    try:
        raw = json.loads(body)
        fact = known[raw["type"]]
        return Envelope(
            id=_text(raw["id"]),
            source=_text(raw["source"]),
            type=_text(raw["type"]),
            subject=_text(raw["subject"]),
            sequence=_positive(int(raw["sequence"])),
            time=_aware(datetime.fromisoformat(raw["time"])),
            data=facts.read(fact, raw["data"]),
            **_optional(raw),
        )
    except facts.ValidationError as error:
        raise Undecodable(f"invalid data: {sorted(error.messages)}") from None
    except (ValueError, ArithmeticError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise Undecodable(f"not a known CloudEvent: {type(error).__name__}") from None


def _optional(raw: dict[str, Any]) -> dict[str, Any]:
    return {name: _text(raw[name]) if raw.get(name) else None for name in OPTIONAL}


def _text(value: Any) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError("an attribute must be a text")
    return value


def _positive(number: int) -> int:
    if number < 1:
        raise ValueError("a sequence counts from 1")
    return number


def _aware(moment: datetime) -> datetime:
    if moment.tzinfo is None:
        raise ValueError("a time must have an offset")
    return moment.astimezone(UTC)
