"""组织."""

from collections.abc import Collection

from chassis.store import Page, Repository, index
from services.identity.domain.organisation import Organisation, OrganisationNotFound, StaffNotFound


class Organisations(Repository[Organisation]):
    aggregate, collection, missing = Organisation, "organisations", OrganisationNotFound
    indexes = [index("region", "kind", "_id"), index("staff.id"), index("staff.person")]

    def of(self, regions: Collection[str], kind: str | None, cursor: str | None, limit: int) -> Page[Organisation]:
        """A Page of the organisations of these regions, of one kind or (None) of all."""
        return self.page({"region": {"$in": list(regions)}} | ({"kind": kind} if kind else {}), cursor, limit)

    def with_staff(self, staff: str) -> Organisation:
        """The organisation with this line of its directory. Raises StaffNotFound."""
        organisation = self.first({"staff.id": staff})
        if organisation is None:
            raise StaffNotFound()
        return organisation

    def employing(self, person: str) -> list[Organisation]:
        """Organisations with somebody on their staff."""
        return self.find({"staff.person": person})

    def employ_elsewhere(self, person: str, organisation: Organisation) -> bool:
        """Whether somebody is on the staff of another organisation of the same kind in the same region."""
        alike = {"kind": organisation.kind, "region": organisation.region, "_id": {"$ne": organisation.id}}
        return self.first({"staff.person": person} | alike) is not None
