"""People, their applications and offices."""

from chassis.store import Repository, index
from services.identity.domain import ApplicationNotFound, Person, PersonNotFound, RoleNotFound


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

    def in_office(self, role, regions, at):
        """Everyone who holds a role for one of exactly these regions now."""
        office = {"role": role, "region": {"$in": list(regions)}}
        people = self.find({"roles": {"$elemMatch": office}}, [("_id", 1)])
        return [person for person in people if regions & {*person.held(at).get(role, ())}]

    def _only(self, query, missing):
        person = self.first(query)
        if person is None:
            raise missing()
        return person
