"""How a county verifies: time limits of each level, tries, how long a verification is valid."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

LADDER = ("village", "town", "city")


@dataclass(frozen=True, kw_only=True)
class Policy:
    """The county's own rules: `limits[level]` in `unit`s for deciding an application.

    After `tries` of re-typing that did not match, the next level decides.
    A verification is valid for `valid_years` and can be renewed in its last `renew_days`.
    Raises KeyError when made without a limit for each level.
    """

    unit: str
    limits: dict[str, int]
    tries: int
    valid_years: int
    renew_days: int

    def __post_init__(self) -> None:
        for level in LADDER:
            self.limit(level)

    def limit(self, level: str) -> dict[str, Any]:
        """期限 as clock orders carry it."""
        return {"amount": self.limits[level], "unit": self.unit}

    def valid_until(self, at: datetime) -> datetime:
        """When a verification of this moment ends; 29 February gives 28 February."""
        year = at.year + self.valid_years
        try:
            return at.replace(year=year)
        except ValueError:
            return at.replace(year=year, day=28)

    def renewable(self, until: datetime | None, at: datetime) -> bool:
        """Whether a verification that is valid `until` then (None: without end) may be renewed now."""
        return until is None or at >= until - timedelta(days=self.renew_days)


def clock_order(order: str, round: int, level: str, **more: Any) -> dict[str, Any]:
    """An order for the clock on one level's decision."""
    return {"order": order, "clock": "verify", "round": round, "level": level, **more}
