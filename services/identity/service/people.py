"""People for their administrators: masked by default, in the clear for a reason."""

from chassis.service import Group, Uses, Vault, http
from contracts.words import LOOK_REASONS
from services.identity.domain.person import masked_phone
from services.identity.schemas import contacts
from services.identity.schemas import people as schemas
from services.identity.service.disclosure import Disclosure
from services.identity.service.scope import ADMINS, Scope
from services.identity.store.people import People
from services.identity.store.regions import Regions

LOOK = {"body": schemas.Look, "returns": contacts.Contact, "kept": False, "roles": ADMINS}


class PersonLookup(Group):
    """The villagers of a region."""

    people = People()
    regions = Regions()
    vault = Vault()
    scope = Uses(Scope)
    disclosure = Uses(Disclosure)

    @http("GET", "/v1/people", query=schemas.InRegion, returns=schemas.People, roles=ADMINS)
    def list_people(self, call):
        """Villagers of a region in one's scope, newest first, masked."""
        region = self.regions.get(call.query["region"])
        region.require_within(call.person.scopes(*ADMINS))
        page = self.people.villagers(self.regions.below(region.id), call.query["cursor"], call.query["limit"])
        names = self.disclosure.listed_names(call, page.items)
        phones = self.vault.masked([each.phone for each in page.items], masked_phone)
        rows = zip(page.items, names, phones, strict=True)
        items = [{"id": each.id, "region": each.region, "name": name, "phone": phone} for each, name, phone in rows]
        return {"items": items, "next": page.next}

    @http("POST", "/v1/people/{id}/looks", **LOOK)
    def look_at_person(self, call, id):
        """Name and phone of somebody in one's scope; the look is in the access log, where she can see it."""
        person = self.people.get(id)
        self.scope.require_over(call, person)
        return self.disclosure.contact(person, call.person.id, LOOK_REASONS[call.body["reason"]])
