"""Households and who in them needs special care."""

from chassis.domain import new_id
from chassis.service import http
from contracts.words import CARE_REASONS
from services.identity.domain.household import Household, Resident
from services.identity.domain.person import masked
from services.identity.schemas import households as schemas
from services.identity.service.administrators import ADMINS

OWN = "查看本户信息"


class HouseholdDesk:
    """户: members, representative, contact person, and marks that only administrators read, with a reason."""

    @http(
        "POST",
        "/v1/households",
        body=schemas.NewHousehold,
        returns=schemas.Household,
        status=201,
        again="show_household",
        roles=ADMINS,
    )
    def register_household(self, call):
        """Register a household of a village."""
        village, id = self._administered(call, call.body["region"]), new_id()
        household = Household.register(id, village.id, **self._composed(call, id), at=call.at)
        self.households.add(household)
        return household

    @http("PUT", "/v1/households/{id}", body=schemas.Composition, returns=schemas.Household, roles=ADMINS)
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
        shown = household.marks_for(call.person.id)
        return vars(household) | {"members": self._with_names(household.members), "marks": self._read(shown, call)}

    @http("GET", "/v1/households", query=schemas.HouseholdQuery, returns=schemas.Households, roles=ADMINS)
    def list_households(self, call):
        """The households of a village, people by id."""
        village = self._administered(call, call.query["region"])
        return self.households.of(self.regions.reach([village.id]), call.query["cursor"], call.query["limit"])

    @http("GET", "/v1/households/{id}", returns=schemas.Household, roles=ADMINS)
    def show_household(self, call, id):
        """A household of one's own villages, people by id."""
        return self._household(call, id)

    @http("POST", "/v1/households/{id}/marks", body=schemas.NewMark, returns=schemas.MarkMade, status=201, roles=ADMINS)
    def mark_household(self, call, id):
        """Mark a member or the whole household for special care (五保、残疾、独居老人、留守儿童 …)."""
        person = call.body["person"]
        self._household(call, id).demand_member(person)
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
        return {"marks": self._read(self._household(call, id).marks, call, CARE_REASONS[call.body["reason"]])}

    # parts of the above

    def _household(self, call, id):
        """A household in the caller's scope. Raises HouseholdNotFound, HouseholdGone, OutsideScope."""
        household = self.households.get(id)
        self._administered(call, household.region)
        return household.demand_standing()

    def _read(self, marks, call, reason=OWN):
        """Marks in the clear, those that still open."""
        codes = self.vault.open_many([mark.sealed for mark in marks], call.person.id, reason)
        return [vars(mark) | {"code": code} for mark, code in zip(marks, codes, strict=True) if code]

    def _with_names(self, members):
        """Members, each with a masked name."""
        names = self.vault.masked([self.people.get(each.person).name for each in members], masked)
        return [vars(each) | {"name": name} for each, name in zip(members, names, strict=True)]

    def _composed(self, call, id):
        """Members, representative and contact for the domain: they are there and live in no other household."""
        members = [Resident(**member) for member in call.body["members"]]
        persons = [member.person for member in members]
        for person in {*persons, call.body["contact"] or persons[0]}:
            self.people.get(person)
        self.households.demand_free(persons, id)
        return {"members": members, "representative": call.body["representative"], "contact": call.body["contact"]}
