"""党员."""

from collections.abc import Collection, Iterator
from datetime import datetime

from chassis.store import Page, Repository, index
from services.identity.domain.member import ENDED, AlreadyMember, Member, MemberNotFound

STANDING = {"ended_at": None}


class Members(Repository[Member]):
    aggregate, collection, missing = Member, "members", MemberNotFound
    indexes = [
        index("person", unique=True, partialFilterExpression=STANDING),
        index("person", "_id"),
        index("region", "state"),
        index("branch", "state"),
        index("away.region"),
        index("transfer.region"),
        index("transfer.until"),
    ]

    def of(self, person: str) -> list[Member]:
        """All of a person, oldest first."""
        return self.find({"person": person}, [("_id", 1)])

    def standing(self, person: str) -> Member:
        """The membership of somebody that has not ended. Raises MemberNotFound."""
        member = self.first({"person": person, **STANDING})
        if member is None:
            raise MemberNotFound()
        return member

    def require_none(self, person: str) -> None:
        """Raises AlreadyMember when somebody is a member, or proposed."""
        if self.first({"person": person, **STANDING}):
            raise AlreadyMember()

    def roster(self, regions: Collection[str], state: str | None, cursor: str | None, limit: int) -> Page[Member]:
        """A Page of members of branches of these regions, of migrants who live there and of those who are to come."""
        places = [{place: {"$in": list(regions)}} for place in ("region", "away.region", "transfer.region")]
        return self.page({"$or": places, "state": state or {"$ne": ENDED}, "person": {"$ne": None}}, cursor, limit)

    def in_branch(self, branch: str, state: str | None, cursor: str | None, limit: int) -> Page[Member]:
        """A Page of those of a branch in one state."""
        return self.page({"branch": branch, "state": state}, cursor, limit)

    def lapsing(self, at: datetime) -> Iterator[str]:
        """Ids of members whose transfer was not confirmed in time."""
        return self.ids({"transfer.until": {"$lte": at}, "state": "member"}, [("transfer.until", 1)])
