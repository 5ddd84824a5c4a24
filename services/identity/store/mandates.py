"""Who acts for whom."""

from chassis.store import Page, Repository, index
from services.identity.domain.mandate import Mandate, MandateNotFound


class Mandates(Repository[Mandate]):
    aggregate, collection, missing = Mandate, "mandates", MandateNotFound
    indexes = [index("person"), index("helper")]

    def of(self, person: str, cursor: str | None, limit: int) -> Page[Mandate]:
        """A Page of the mandates that somebody gave or was given."""
        return self.page({"$or": [{"person": person}, {"helper": person}]}, cursor, limit)

    def helped_by(self, helper: str) -> list[Mandate]:
        """Those in which somebody helps and that were not ended."""
        return self.find({"helper": helper, "ended_at": None})

    def all_of(self, person: str) -> list[Mandate]:
        """All that somebody gave or was given, oldest first."""
        return self.find({"$or": [{"person": person}, {"helper": person}]}, [("_id", 1)])

    def forget(self, person: str) -> None:
        """Delete those that somebody gave or was given, at once."""
        self.rows.delete_many({"$or": [{"person": person}, {"helper": person}]})
