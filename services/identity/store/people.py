"""People, their villages and offices."""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime

from chassis.service import Revocations
from chassis.store import Page, Repository, Row, index
from contracts.identity.access import AccessRevoked
from contracts.sdk.fact import read
from services.identity.domain.nomination import NominationGone
from services.identity.domain.office import RoleNotFound
from services.identity.domain.person import Person, PersonNotFound
from services.identity.domain.reach import BindingGone

LOAN = {"roles.lender": {"$type": "string"}}


class People(Repository[Person]):
    aggregate, collection, missing = Person, "people", PersonNotFound
    indexes = [
        index("phone_digest", unique=True),
        index("wechat_digest", unique=True, partialFilterExpression={"wechat_digest": {"$type": "string"}}),
        index("region"),
        index("verified_until"),
        index("invitation.digest", sparse=True),
        index("roles.id"),
        index("roles.region", "roles.role"),
        index("roles.until"),
        index("roles.lender", partialFilterExpression=LOAN),
        index("nominations.id", sparse=True),
        index("nominations.until", sparse=True),
    ]

    @contextmanager
    def edit(self, key: str) -> Iterator[Person]:
        """As every repository; whose access is revoked is on our own list in the same transaction."""
        with super().edit(key) as person:
            yield person
            for fact in person.recorded:
                if fact.type == AccessRevoked.wire():
                    self._revoke(person.id, **read(AccessRevoked, fact.data))

    def with_phone(self, digest: str) -> Person | None:
        """The person with this phone, by its keyed hash, or None."""
        return self.first({"phone_digest": digest})

    def with_wechat(self, digest: str) -> Person | None:
        """The person with this WeChat account, by its keyed hash, or None."""
        return self.first({"wechat_digest": digest})

    def among(self, ids: Collection[str]) -> list[Person]:
        """Those of these people who exist."""
        return self.find({"_id": {"$in": list(ids)}})

    def not_erased(self, ids: Collection[str]) -> Iterator[str]:
        """Those of these ids whose person still has a row that is not empty."""
        return self.ids({"_id": {"$in": list(ids)}, "erased_at": None})

    def invited(self, digest: str, at: datetime) -> Person:
        """The person a binding code was given to, by its keyed hash. Raises BindingGone."""
        person = self.first({"invitation.digest": digest, "invitation.until": {"$gt": at}})
        if person is None:
            raise BindingGone()
        return person

    def villagers(self, regions: Collection[str], cursor: str | None, limit: int) -> Page[Person]:
        """A Page of verified villagers of these regions."""
        return self.page({"region": {"$in": regions}}, cursor, limit)

    def expired(self, at: datetime) -> Iterator[str]:
        """Ids of villagers whose verification is over."""
        return self.ids({"verified_until": {"$lte": at}}, [("verified_until", 1)])

    def verified_in(self, regions: Collection[str]) -> dict[str, int]:
        """Region id → how many are verified there."""
        counted: list[Row] = [
            {"$match": {"region": {"$in": regions}}},
            {"$group": {"_id": "$region", "count": {"$sum": 1}}},
        ]
        return {row["_id"]: row["count"] for row in self.rows.aggregate(counted)}

    def with_role(self, role: str) -> Person:
        """The person who holds a role id. Raises RoleNotFound."""
        person = self.first({"roles.id": role})
        if person is None:
            raise RoleNotFound()
        return person

    def with_nomination(self, nomination: str) -> Person:
        """The person who was nominated, by the nomination's id. Raises NominationGone."""
        person = self.first({"nominations.id": nomination})
        if person is None:
            raise NominationGone()
        return person

    def nominated(self, at: datetime) -> list[Person]:
        """Everybody whose nomination waits for a second administrator."""
        return self.find({"nominations.until": {"$gt": at}}, [("nominations.until", 1)])

    def in_office(self, role: str, regions: set[str], at: datetime) -> list[Person]:
        """Everyone who holds a role for one of exactly these regions now."""
        office = {"role": role, "region": {"$in": list(regions)}}
        people = self.find({"roles": {"$elemMatch": office}}, [("_id", 1)])
        return [person for person in people if regions & {*person.held(at).get(role, ())}]

    def appointed(self, regions: Collection[str], cursor: str | None, limit: int) -> Page[Person]:
        """A Page of people with an office in one of exactly these regions."""
        return self.page({"roles.region": {"$in": list(regions)}}, cursor, limit)

    def offices_over(self, at: datetime) -> Iterator[str]:
        """Ids of people with an office whose term has run out, or whose lender holds it no more."""
        yield from self.ids({"roles.until": {"$lte": at}})
        borrowers = self.find(LOAN)
        lenders = self.lenders(borrowers)
        yield from (person.id for person in borrowers if person.over(at, lenders))

    def lenders(self, people: list[Person]) -> dict[str, Person]:
        """Id → Person of everyone who lent one of these people an office."""
        ids = {role.lender for person in people for role in person.roles if role.lender}
        return {lender.id: lender for lender in self.find({"_id": {"$in": list(ids)}})} if ids else {}

    def _revoke(self, person: str, before: datetime, session: str | None) -> None:
        Revocations.on(self.database).keep(session or person, before)
