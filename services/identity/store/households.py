"""户."""

from collections.abc import Collection

from chassis.store import Page, Repository, index
from services.identity.domain.household import Household, HouseholdNotFound, LivesElsewhere, MarkNotFound

LIVED_IN = {"members.person": {"$type": "string"}}


class Households(Repository[Household]):
    aggregate, collection, missing = Household, "households", HouseholdNotFound
    indexes = [
        index("region", "_id"),
        index("members.person", unique=True, partialFilterExpression=LIVED_IN),
        index("contact"),
        index("marks.id"),
    ]

    def of(self, regions: Collection[str], cursor: str | None, limit: int) -> Page[Household]:
        """A Page of the households of these villages."""
        return self.page({"region": {"$in": list(regions)}, "dissolved_at": None}, cursor, limit)

    def home(self, person: str) -> Household:
        """The household somebody lives in. Raises HouseholdNotFound."""
        household = self.first({"members.person": person})
        if household is None:
            raise HouseholdNotFound()
        return household

    def around(self, person: str) -> list[Household]:
        """Households where somebody lives or keeps contact."""
        return self.find({"$or": [{"members.person": person}, {"contact": person}]})

    def require_free(self, persons: Collection[str], household: str | None) -> None:
        """Raises LivesElsewhere when one of these people (ids) lives in another household."""
        if self.first({"members.person": {"$in": persons}, "_id": {"$ne": household}}):
            raise LivesElsewhere()

    def require_in(self, regions: Collection[str], households: Collection[str]) -> None:
        """Raises HouseholdNotFound unless all these households (ids) are in these villages."""
        wanted = set(households)
        if len(self.find({"_id": {"$in": list(wanted)}, "region": {"$in": list(regions)}})) < len(wanted):
            raise HouseholdNotFound()

    def marked(self, mark: str) -> Household:
        """The household with this mark. Raises MarkNotFound."""
        household = self.first({"marks.id": mark})
        if household is None:
            raise MarkNotFound()
        return household
