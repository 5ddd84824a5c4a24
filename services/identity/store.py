"""How regions, people, challenges and sessions are kept and found."""

from chassis.regions import UnknownRegion
from chassis.store import Repository, index
from services.identity.domain import (
    ATTEMPTS,
    ApplicationNotFound,
    Challenge,
    ChallengeGone,
    Person,
    PersonNotFound,
    Quota,
    Region,
    RoleNotFound,
    Session,
    SignInAgain,
)

DAY = 86_400


class Regions(Repository):
    aggregate, collection, missing = Region, "regions", UnknownRegion
    indexes = [index("parent"), index("path")]

    def children(self, parent):
        """Regions right under one (None: the city), by id."""
        return self.find({"parent": parent}, [("_id", 1)])


class People(Repository):
    aggregate, collection, missing = Person, "people", PersonNotFound
    indexes = [
        index("phone_digest", unique=True),
        index("application.id", sparse=True),
        index("application.region", sparse=True),
        index("roles.id"),
        index("roles.region", "roles.role"),
    ]

    def with_phone(self, digest):
        """The person with this phone, by its keyed hash, or None."""
        return self.first({"phone_digest": digest})

    def applicants(self, regions, cursor, limit):
        """A Page of people whose application waits in one of these regions."""
        return self.page({"application.region": {"$in": regions}}, cursor, limit)

    def applicant(self, application):
        """The person behind an application id. Raises ApplicationNotFound."""
        return self._only({"application.id": application}, ApplicationNotFound)

    def with_role(self, role):
        """The person who holds a role id. Raises RoleNotFound."""
        return self._only({"roles.id": role}, RoleNotFound)

    def in_office(self, role, region, at):
        """Everyone who holds a role for exactly this region now."""
        office = {"role": role, "region": region}
        people = self.find({"roles": {"$elemMatch": office}}, [("_id", 1)])
        return [person for person in people if region in person.held(at).get(role, ())]

    def _only(self, query, missing):
        person = self.first(query)
        if person is None:
            raise missing()
        return person


class Challenges(Repository):
    aggregate, collection, missing = Challenge, "challenges", ChallengeGone
    indexes = [index("expires_at", expireAfterSeconds=DAY)]

    def attempt(self, id):
        """Count one attempt, at once and whatever becomes of it; False when there is none left."""
        left = {"_id": id, "attempts": {"$lt": ATTEMPTS}}
        return self.rows.update_one(left, {"$inc": {"attempts": 1}}).matched_count == 1

    def over(self, at):
        """Ids of challenges used or past their time that still hold a phone and a code."""
        over = [{"used": True}, {"expires_at": {"$lte": at}}]
        return self.ids({"sealed": {"$ne": None}, "$or": over}, [("expires_at", 1)])


class Quotas(Repository):
    aggregate, collection = Quota, "quotas"
    indexes = [index("last", expireAfterSeconds=DAY)]

    def take(self, phone_digest, at):
        """Count one more code for a phone. Raises CodesTooOften."""
        if self.first({"_id": phone_digest}) is None:
            self.add(Quota(id=phone_digest))
        with self.edit(phone_digest) as quota:
            quota.take(at)


class Sessions(Repository):
    aggregate, collection, missing = Session, "sessions", SignInAgain
    indexes = [index("person"), index("expires_at", expireAfterSeconds=DAY)]

    def end(self, id, at):
        """End a session at once, even if the command in hand is refused."""
        self.rows.update_one({"_id": id}, {"$set": {"ended_at": at}, "$inc": {"version": 1}})
