"""When water is cut."""

from dataclasses import dataclass
from datetime import datetime

from chassis.domain import Aggregate, new_id
from county_water.facts import SupplyCut


@dataclass(kw_only=True)
class Cut(Aggregate):
    """停水通知"""

    until: datetime

    @classmethod
    def announce(cls, village, until, at):
        """Tell everybody."""
        cut = cls(id=new_id(), region=village, until=until)
        cut.record(SupplyCut, at, village=village, until=until)
        return cut
