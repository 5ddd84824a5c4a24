"""People for their administrators: masked by default, in the clear for a reason."""

from chassis.domain import NotAllowed
from chassis.service import http
from contracts.words import LOOK_REASONS
from services.identity.domain.person import PersonNotFound, masked, masked_phone
from services.identity.schemas import contacts
from services.identity.schemas import people as schemas

ADMINISTRATORS = ["villageadmin", "townadmin", "cityadmin"]


class PeopleDesk:
    """The villagers of a region."""

    @http("GET", "/v1/people", query=schemas.InRegion, returns=schemas.People, roles=ADMINISTRATORS)
    def list_people(self, call):
        """Villagers of a region in one's scope, newest first, masked."""
        region = self.regions.get(call.query["region"])
        region.demand_within(self._administers(call.person))
        page = self.people.villagers(self._reach(region), call.query["cursor"], call.query["limit"])
        self.note_list(call, [each.id for each in page.items])
        names = self.vault.masked([each.name for each in page.items], masked)
        phones = self.vault.masked([each.phone for each in page.items], masked_phone)
        rows = zip(page.items, names, phones, strict=True)
        items = [{"id": each.id, "region": each.region, "name": name, "phone": phone} for each, name, phone in rows]
        return {"items": items, "next": page.next}

    @http(
        "POST", "/v1/people/{id}/looks", body=schemas.Look, returns=contacts.Contact, kept=False, roles=ADMINISTRATORS
    )
    def look_at_person(self, call, id):
        """Name and phone of somebody in one's scope; the look is in the access log, where she can see it."""
        person = self.people.get(id)
        self._demand_in_scope(person, call.person)
        return self._contact(person, call.person.id, LOOK_REASONS[call.body["reason"]])

    def _demand_in_scope(self, person, administrator):
        """Raises PersonNotFound for who is nowhere, OutsideScope or NotAllowed."""
        places = self._places(person)
        if not places:
            raise PersonNotFound()
        scopes, regions = set(self._administers(administrator)), map(self.regions.get, places)
        if not any(scopes & {*region.path, *region.merged} for region in regions):
            raise NotAllowed()

    def _places(self, person):
        """Region ids a person belongs to or serves."""
        return {person.region, *(role.region for role in person.roles)} - {None}

    def _reach(self, region):
        """Ids of a region, all below it and all that was merged into those."""
        return list(self.regions.reach(self.regions.under(region.id)))

    def _administers(self, person):
        return [scope for role in ADMINISTRATORS for scope in person.scopes(role)]
