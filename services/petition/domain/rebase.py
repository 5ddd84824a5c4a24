"""期限调整: the county's limits have changed, and what is open is counted by the new ones, on an order."""

from dataclasses import dataclass
from datetime import datetime

from chassis.domain import Aggregate, Missing
from services.petition.domain.policy import CLOCKS, LADDER, Limit, Policy


class RebaseNotFound(Missing):
    """没有找到这次期限调整"""


@dataclass(kw_only=True)
class Rebase(Aggregate):
    """Letters of a category (None: all), their clocks of a level (None: all), to `limits[level][clock]`.

    It goes through them in order of their ids: all up to `after` are looked at, `letters` of them were changed.
    """

    by: str
    at: datetime
    reason: str
    category: str | None
    level: str | None
    limits: dict[str, dict[str, Limit]]
    after: str = ""
    letters: int = 0
    done: bool = False

    def take(self, keys: list[str], changed: int) -> None:
        """A page of letters was looked at; an empty one is the end."""
        self.done = not keys
        self.after = keys[-1] if keys else self.after
        self.letters += changed


def limits_of(policy: Policy) -> dict[str, dict[str, Limit]]:
    """What a policy says now, as a Rebase keeps it."""
    return {level: {clock: policy.limit(level, clock) for clock in CLOCKS} for level in LADDER}
