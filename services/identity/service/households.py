"""Households and who in them needs special care."""

from chassis.domain import new_id
from chassis.service import Group, Uses, Vault, http
from contracts.words import CARE_REASONS
from services.identity.domain.household import Household, Resident
from services.identity.schemas import households as schemas
from services.identity.service.disclosure import Disclosure
from services.identity.service.scope import ADMINS, Scope
from services.identity.store.households import Households
from services.identity.store.people import People
from services.identity.store.regions import Regions

OWN = "查看本户信息"
CHANGES = {"returns": schemas.Household, "roles": ADMINS}


class HouseholdRegister(Group):
    """户: members, representative, contact person, and marks that only administrators read, with a reason."""

    households = Households()
    people = People()
    regions = Regions()
    vault = Vault()
    scope = Uses(Scope)
    disclosure = Uses(Disclosure)

    @http("POST", "/v1/households", body=schemas.NewHousehold, status=201, again="show_household", **CHANGES)
    def register_household(self, call):
        """Register a household of a village."""
        village, id = self.scope.administered(call, call.body["region"]), new_id()
        household = Household.register(id, village.id, **self._composed(call, id), at=call.at)
        self.households.add(household)
        return household

    @http("PUT", "/v1/households/{id}", body=schemas.Composition, **CHANGES)
    def compose_household(self, call, id):
        """Other members, representative or contact person."""
        self._household(call, id)
        composed = self._composed(call, id)
        with self.households.edit(id) as household:
            household.compose(**composed)
        return household

    @http("DELETE", "/v1/households/{id}", status=204, roles=ADMINS)
    def dissolve_household(self, call, id):
        """Dissolve it (注销): nobody lives there any more."""
        self._household(call, id)
        with self.households.edit(id) as household:
            household.dissolve(call.at)

    @http("GET", "/v1/me/household", returns=schemas.OwnHousehold)
    def show_own_household(self, call):
        """One's own household, names masked; marks of special care of oneself and of the whole household only."""
        household = self.households.home(call.person.id)
        marks = self.disclosure.marks(household.marks_for(call.person.id), call.person.id, OWN)
        return vars(household) | {"members": self._with_names(household.members), "marks": marks}

    @http("GET", "/v1/households", query=schemas.HouseholdQuery, returns=schemas.Households, roles=ADMINS)
    def list_households(self, call):
        """The households of a village, people by id."""
        village = self.scope.administered(call, call.query["region"])
        return self.households.of(self.regions.reach([village.id]), call.query["cursor"], call.query["limit"])

    @http("GET", "/v1/households/{id}", returns=schemas.Household, roles=ADMINS)
    def show_household(self, call, id):
        """A household of one's own villages, people by id."""
        return self._household(call, id)

    @http("POST", "/v1/households/{id}/marks", body=schemas.NewMark, returns=schemas.MarkMade, status=201, roles=ADMINS)
    def mark_household(self, call, id):
        """Mark a member or the whole household for special care (五保、残疾、独居老人、留守儿童 …)."""
        person = call.body["person"]
        self._household(call, id).require_member(person)
        with self.households.edit(id) as household:
            return household.mark(person, self.vault.seal(person or id, call.body["code"]), call.at)

    @http("DELETE", "/v1/marks/{id}", status=204, roles=ADMINS)
    def unmark_household(self, call, id):
        """Take a mark away."""
        household = self._household(call, self.households.marked(id).id)
        with self.households.edit(household.id) as household:
            household.unmark(id)

    @http("POST", "/v1/households/{id}/looks", body=schemas.Look, returns=schemas.Marks, kept=False, roles=ADMINS)
    def look_at_marks(self, call, id):
        """The marks of a household; who looks and why is logged."""
        marks, reason = self._household(call, id).marks, CARE_REASONS[call.body["reason"]]
        return {"marks": self.disclosure.marks(marks, call.person.id, reason)}

    # parts of the above

    def _household(self, call, id):
        """A household in the caller's scope. Raises HouseholdNotFound, HouseholdGone, OutsideScope."""
        household = self.households.get(id)
        self.scope.administered(call, household.region)
        return household.require_standing()

    def _with_names(self, members):
        """Members, each with a masked name."""
        names = self.disclosure.masked_names([self.people.get(each.person) for each in members])
        return [vars(each) | {"name": name} for each, name in zip(members, names, strict=True)]

    def _composed(self, call, id):
        """Members, representative and contact for the domain: they are there and live in no other household."""
        members = [Resident(**member) for member in call.body["members"]]
        persons = [member.person for member in members]
        for person in {*persons, call.body["contact"] or persons[0]}:
            self.people.get(person)
        self.households.require_free(persons, id)
        return {"members": members, "representative": call.body["representative"], "contact": call.body["contact"]}
