"""Delegation (代办): consent to act for another, tokens that name both, taking it back."""

from chassis.schemas import Paging
from chassis.service import AccessTokens, Group, http, on
from contracts.identity.access import RoleEnded
from contracts.identity.villagers import VillagerLeft
from services.identity.domain.mandate import Mandate, MandateNotFound
from services.identity.schemas import mandates as schemas
from services.identity.store.mandates import Mandates
from services.identity.store.people import People
from services.identity.store.regions import Regions

STAFF = ("villageadmin", "secretary")


class Delegation(Group):
    """Mandates (委托), and the tokens they give."""

    mandates = Mandates()
    people = People()
    regions = Regions()
    access = AccessTokens()

    @http("POST", "/v1/mandates", body=schemas.NewMandate, returns=schemas.Mandate, status=201, fresh=True)
    def give_mandate(self, call):
        """Let somebody act for oneself; or, as staff of her village, ask it for somebody without a phone."""
        asked = call.body
        person, helper = self.people.get(asked["person"] or call.person.id), self.people.get(asked["helper"])
        if person.id != call.person.id:
            self._require_staff(call, person.region)
        mandate = Mandate.ask(person, helper, asked["acts"], asked["until"], call.person.id, call.at)
        self.mandates.add(mandate)
        return mandate

    @http("POST", "/v1/mandates/{id}/agreement", status=204, roles=list(STAFF), fresh=True)
    def agree_to_mandate(self, call, id):
        """Confirm, as a second of her village's staff, that she has consented."""
        self._require_staff(call, self.mandates.get(id).region)
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
            self._require_staff(call, mandate.region)
        self._end_mandate(id, call.at)

    @http("POST", "/v1/sessions/acting", body=schemas.ActingFor, returns=schemas.ActingToken, status=201, kept=False)
    def act_for_another(self, call):
        """An access token to act for somebody: hers, with the helper in it, for the acts of the mandate only."""
        helper = self.people.get(call.person.id)
        mandate = self.mandates.lock(call.body["mandate"])
        person, at = self.people.lock(mandate.person), self.now()
        mandate.require_in_force(helper, at)
        shown = {"region": person.region, "acts": mandate.acts}
        bearer = shown | {"id": person.id, "roles": {"villager": [person.region]} if person.region else {}}
        token, life = self.access.issue(at, mandate.id, mandate.until, **bearer, helper=helper.id)
        return shown | {"person": person.id, "access_token": token, "expires_in": life}

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

    def _require_staff(self, call, region):
        """Raises MandateNotFound unless the caller is of the staff of this village: for others it does not exist."""
        if region is None or self.regions.reach([region]).isdisjoint(call.person.scopes(*STAFF)):
            raise MandateNotFound()
