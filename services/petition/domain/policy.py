"""How a county answers letters: categories, time limits of each level, and what anonymity means."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Protocol

from services.petition.domain.refusals import UnknownCategory

LADDER = ("village", "town", "city")
CLOCKS = SIGN, ANSWER, RESOLVE = "sign", "answer", "resolve"
SUPERVISE = "supervise"
NAMED, HIDDEN_FROM_OFFICE, ANONYMOUS = 1, 2, 3
Limit = dict[str, int | str]  # `amount` and `unit` of contracts.clocks.Limit


class Limiting(Protocol):
    """Whatever knows the limit of a clock at a level."""

    def limit(self, level: str, clock: str) -> Limit: ...


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The county's own rules: `limits[level][clock]` in `unit`s; categories and anonymity with their Chinese words;
    letters written within `similar_days` of each other may be about the same.

    `supervise` (督办答复) and `extend` (the longest extension, 延期) are in `unit`s too. An author is asked for more
    `asks` times in a round at most, and waited for `supply_days`; a matter is suspended (挂账) for `suspend_days` at
    most; one is urged (催办) every `urge_hours` at most. An author who has not rated after `call_days` is called
    (回访), of the others `call_share` percent, by lot. Of anonymous letters all are told each whole `tell_seconds`.

    Raises KeyError when made without a limit for each clock of each level.
    """

    unit: str
    limits: dict[str, dict[str, int]]
    reopen_days: int
    supervise: int
    extend: int
    supply_days: int
    suspend_days: int
    urge_hours: int
    call_days: int
    categories: list[dict[str, Any]]
    anonymity: list[dict[str, Any]]
    similar_days: int = 30
    asks: int = 2
    call_share: int = 10
    tell_seconds: int = 900
    routing: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for level in LADDER:
            for clock in CLOCKS:
                self.limit(level, clock)

    def limit(self, level: str, clock: str) -> Limit:
        """期限 as clock orders carry it."""
        return self.units(self.supervise if clock == SUPERVISE else self.limits[level][clock])

    def units(self, amount: int) -> Limit:
        """So much time as clock orders carry it."""
        return {"amount": amount, "unit": self.unit}

    def told_at(self, at: datetime) -> datetime:
        """When it is told of an anonymous letter that is written now: at a moment that many letters share."""
        return datetime.fromtimestamp((at.timestamp() // self.tell_seconds + 1) * self.tell_seconds, UTC)

    def require(self, category: str) -> None:
        """Raises UnknownCategory."""
        if category not in {known["code"] for known in self.categories}:
            raise UnknownCategory()
