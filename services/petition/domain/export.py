"""Taking one's own letters along."""

from dataclasses import dataclass
from datetime import datetime

from chassis.domain import Aggregate
from contracts.petition.exports import LettersExported


@dataclass(kw_only=True)
class Exports(Aggregate):
    """导出记录 of the person with the same id: when she last took her letters along, which she is told of."""

    last: datetime | None = None

    def take(self, at: datetime) -> None:
        """导出."""
        self.last = at
        self.record(LettersExported, at)
