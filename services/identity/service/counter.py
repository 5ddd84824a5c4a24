"""At the counter (窗口): people without a phone, and villagers who have gone."""

from chassis.service import Group, Uses, Vault, http
from services.identity.domain.person import Person
from services.identity.domain.privacy import Consent
from services.identity.domain.reach import binding_key, new_binding_code
from services.identity.schemas import counter as schemas
from services.identity.service.departures import Departures
from services.identity.service.disclosure import Disclosure
from services.identity.service.verification import Filing
from services.identity.store.people import People
from services.identity.store.privacy import Consents, privacy_policy
from services.identity.store.regions import Regions

ROLES = ["villageadmin", "townadmin"]
STAFF = {"roles": ROLES, "status": 201}


class VillageCounter(Group):
    """What administrators of a village enter for its people."""

    people = People()
    regions = Regions()
    consents = Consents()
    vault = Vault()
    filing = Uses(Filing)
    departures = Uses(Departures)
    disclosure = Uses(Disclosure)

    @http("POST", "/v1/counter/applications", body=schemas.CounterApplication, returns=schemas.CounterReceipt, **STAFF)
    def apply_at_counter(self, call):
        """Apply for somebody without a phone who is here with her document and has signed the consent text.

        Another cadre decides by re-typing.
        """
        village = self.regions.current(call.body["region"])
        village.require_within(call.person.scopes(*ROLES))
        by, text = call.person.id, privacy_policy().current["version"]
        with self.people.edit(call.body["person"] or self._newcomer()) as person:
            person.require_no_phone()
            application = self.filing.file(person, village, call.body, call.at, entered_by=by)
        self.consents.add(Consent.on_paper(application.person, text, by, call.at))
        return application

    @http("GET", "/v1/villagers", query=schemas.InVillages, returns=schemas.Villagers, roles=["villageadmin"])
    def list_villagers(self, call):
        """Verified villagers of this administrator's villages, names masked."""
        scopes, wanted = list(call.person.scopes("villageadmin")), call.query["region"]
        if wanted:
            self.regions.get(wanted).require_within(scopes)
        regions = list(self.regions.reach([wanted] if wanted else scopes))
        page = self.people.villagers(regions, call.query["cursor"], call.query["limit"])
        names = self.disclosure.listed_names(call, page.items)
        items = [vars(each) | {"name": name} for each, name in zip(page.items, names, strict=True)]
        return {"items": items, "next": page.next}

    @http("POST", "/v1/villagers/{id}/departure", body=schemas.Departure, status=204, roles=["villageadmin"])
    def record_departure(self, call, id):
        """Somebody has moved out or died."""
        with self._own_villager(call, id) as person:
            person.leave(call.body["reason"], call.at)
            self.departures.leave_household(id, call.at)
        if call.body["reason"] == "died":
            self.departures.end_memberships(id, call.at)

    @http("POST", "/v1/villagers/{id}/binding", returns=schemas.BindingCode, status=201, roles=["villageadmin"],
          kept=False, fresh=True)  # fmt: skip
    def invite_phone(self, call, id):
        """A code for a villager without a phone, who has one now: she signs in with it and gives the code."""
        code = new_binding_code()
        with self._own_villager(call, id) as person:
            person.invite(self.vault.digest(binding_key(code)), call.at)
        return {"code": code, "until": person.invitation.until}

    @http("POST", "/v1/bindings", body=schemas.Binding, status=204)
    def bind_phone(self, call):
        """Become the villager who was given this code; one signs in again afterwards."""
        invited = self.people.invited(self.vault.digest(binding_key(call.body["code"])), call.at)
        with self.people.edit(invited.id) as person, self.people.edit(call.person.id) as visitor:
            sealed, digest = visitor.give_phone_away()
            phone = self.vault.open(sealed, "identity", "绑定手机号")
            person.bind(self.vault.seal(person.id, phone), digest)

    # parts of the above

    def _newcomer(self):
        person = Person.at_the_counter()
        self.people.add(person)
        return person.id

    def _own_villager(self, call, id):
        """A villager of the administrator's own, to be changed. Raises PersonNotFound, NotVillager, OutsideScope."""
        village = self.people.get(id).require_village()
        self.regions.get(village).require_within(call.person.scopes("villageadmin"))
        return self.people.edit(id)
