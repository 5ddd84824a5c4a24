"""Acting for another: consent, tokens that name both, taking it back."""

from chassis.auth import people
from chassis.schemas import Paging
from chassis.service import http, on
from contracts.identity.access import RoleEnded
from contracts.identity.villagers import VillagerLeft
from services.identity.domain.mandate import Mandate, MandateNotFound
from services.identity.schemas import mandates as schemas

STAFF = ("villageadmin", "secretary")


class MandateDesk:
    """Mandates and the tokens they give."""

    @http("POST", "/v1/mandates", body=schemas.NewMandate, returns=schemas.Mandate, status=201, fresh=True)
    def give_mandate(self, call):
        """Let somebody act for oneself; or, as staff of her village, ask it for somebody without a phone."""
        asked = call.body
        person, helper = self.people.get(asked["person"] or call.person.id), self.people.get(asked["helper"])
        if person.id != call.person.id:
            self._demand_staff(call, person.region)
        mandate = Mandate.ask(person, helper, asked["acts"], asked["until"], call.person.id, call.at)
        self.mandates.add(mandate)
        return mandate

    @http("POST", "/v1/mandates/{id}/agreement", status=204, roles=list(STAFF), fresh=True)
    def agree_to_mandate(self, call, id):
        """Confirm, as a second of her village's staff, that she has consented."""
        self._demand_staff(call, self.mandates.get(id).region)
        with self.mandates.edit(id) as mandate:
            mandate.agree(call.person.id, call.at)

    @http("GET", "/v1/mandates", query=Paging, returns=schemas.Mandates)
    def list_mandates(self, call):
        """Mandates that one gave or was given."""
        return self.mandates.of(call.person.id, **call.query)

    @http("DELETE", "/v1/mandates/{id}", status=204)
    def end_mandate(self, call, id):
        """Take it back, give it back, or end it as staff of her village; its tokens are void at once."""
        mandate = self.mandates.get(id)
        if call.person.id not in (mandate.person, mandate.helper):
            self._demand_staff(call, mandate.region)
        self._end_mandate(id, call.at)

    @http("POST", "/v1/sessions/acting", body=schemas.ActingFor, returns=schemas.ActingToken, status=201, kept=False)
    def act_for_another(self, call):
        """An access token to act for somebody: hers, with the helper in it, for the acts of the mandate only."""
        helper = self.people.get(call.person.id)
        with self.mandates.edit(call.body["mandate"]) as mandate, self.people.edit(mandate.person) as person:
            mandate.demand_in_force(helper, self.now())
            at = self.now()
        roles = {"villager": [person.region]} if person.region else {}
        acting = people.Person(person.id, person.region, roles, helper=call.person.id, acts=tuple(mandate.acts))
        life = min(people.LIFE, int((mandate.until - at).total_seconds()))
        token = people.issue(acting, self._keys()[0], self.settings["COUNTY"], at, mandate.id, life)
        shown = {"person": person.id, "region": person.region, "acts": mandate.acts}
        return shown | {"access_token": token, "expires_in": life}

    # told

    @on(VillagerLeft, RoleEnded, since="now")
    def end_outlived(self, fact):
        """A helper who has left the village or the office she was trusted for helps no more."""
        helper = self.people.first({"_id": fact.subject})
        for mandate in self.mandates.helped_by(fact.subject):
            if helper is None or mandate.outlived(helper, self.now()):
                self._end_mandate(mandate.id, self.now())

    # parts of the above

    def _end_mandate(self, id, at):
        with self.mandates.edit(id) as mandate, self.people.edit(mandate.person) as person:
            mandate.end(at)
            person.revoke(self.now(), mandate.id)

    def _demand_staff(self, call, region):
        """Raises MandateNotFound unless the caller is of the staff of this village: for others it does not exist."""
        scopes = {scope for role in STAFF for scope in call.person.scopes(role)}
        if region is None or not scopes & self.regions.reach([region]):
            raise MandateNotFound()
