"""Roles that two city administrators give: one nominates, another agrees."""

from chassis.service import Group, Uses, http
from services.identity.domain.office import require_appointer
from services.identity.schemas import nominations as schemas
from services.identity.service.risks import Traces
from services.identity.store.people import People
from services.identity.store.regions import Regions

BY_CITY = {"roles": ["cityadmin"]}
NOMINATION = "/v1/nominations/{id}"


class Nominations(Group):
    """提名 for the roles of BY_TWO."""

    people = People()
    regions = Regions()
    traces = Uses(Traces)

    @http("POST", "/v1/nominations", body=schemas.NewNomination, returns=schemas.Nomination, status=202,
          fresh=True, **BY_CITY)  # fmt: skip
    def nominate(self, call):
        """Nominate somebody for a role that takes two; another city administrator has three days to agree."""
        asked, region = call.body, self.regions.current(call.body["region"])
        require_appointer(call.person.scopes, region)
        with self.people.edit(asked["person"]) as person:
            made = person.nominate(asked["role"], region, asked["until"], call.person.id, call.at)
        self.traces.note_grant(call, person.id, made)
        return vars(made) | {"person": person.id}

    @http("GET", "/v1/nominations", returns=schemas.Nominations, **BY_CITY)
    def list_nominations(self, call):
        """What waits for a second administrator."""
        scopes = self.regions.reach(call.person.scopes("cityadmin"))
        open_now = [(person.id, each) for person in self.people.nominated(call.at) for each in person.nominations]
        return {"items": [vars(each) | {"person": id} for id, each in open_now if _waits(each, scopes, call.at)]}

    @http("POST", f"{NOMINATION}/agreement", returns=schemas.Role, status=201, fresh=True, **BY_CITY)
    def agree_to_nomination(self, call, id):
        """Agree as a second: the role is granted; she and all administrators of the city are told by SMS."""
        person, region = self._nominee(call, id)
        with self.people.edit(person.id) as person:
            granted = person.agree_to_nomination(id, region, call.person.id, call.at)
        self.traces.note_grant(call, person.id, granted)
        return granted

    @http("DELETE", NOMINATION, status=204, **BY_CITY)
    def withdraw_nomination(self, call, id):
        """Withdraw a nomination, before another agreed."""
        person, _ = self._nominee(call, id)
        with self.people.edit(person.id) as person:
            person.withdraw_nomination(id)

    # parts of the above

    def _nominee(self, call, id):
        """The Person with a nomination, and its Region. Raises NominationGone, OutsideScope."""
        person = self.people.with_nomination(id)
        region = self.regions.get(person.nomination(id).region)
        require_appointer(call.person.scopes, region)
        return person, region


def _waits(nomination, scopes, at):
    return nomination.region in scopes and at < nomination.until
