"""Which regions were moved or merged, until all that is theirs has followed."""

from datetime import datetime

from chassis.store import Rows


class Displaced(Rows):
    """Rows {_id: region, at}."""

    collection = "displaced"

    def before(self, at: datetime) -> list[str]:
        """Regions noted before a moment."""
        return [row["_id"] for row in self.find({"at": {"$lt": at}}, [("at", 1)])]
