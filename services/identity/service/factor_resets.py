"""For staff who lost their authenticator app and their recovery codes."""

from chassis.service import Group, Uses, http
from services.identity.domain.credential import NoSecondFactor
from services.identity.domain.office import require_appointer
from services.identity.domain.person import PersonNotFound
from services.identity.domain.region import OutsideScope
from services.identity.schemas import credentials as schemas
from services.identity.service.offices import APPOINTERS
from services.identity.service.sessions import SessionLifecycle
from services.identity.store.credentials import Credentials
from services.identity.store.people import People
from services.identity.store.regions import Regions

RESET = "/v1/people/{id}/second-factor-reset"


class FactorResets(Group):
    """One administrator asks, another agrees: whoever appoints to all of her offices."""

    credentials = Credentials()
    people = People()
    regions = Regions()
    lifecycle = Uses(SessionLifecycle)

    @http("POST", RESET, returns=schemas.FactorReset, status=202, roles=APPOINTERS, fresh=True)
    def ask_factor_reset(self, call, id):
        """Ask that somebody's second factor be reset; another administrator has three days to agree."""
        self._require_above(call, id)
        with self._credential(id) as credential:
            credential.ask_reset(call.person.id, call.at)
        return credential.reset

    @http("POST", f"{RESET}/agreement", status=204, roles=APPOINTERS, fresh=True)
    def agree_to_factor_reset(self, call, id):
        """Agree as a second: app and recovery codes are void, she is signed out everywhere and told by SMS."""
        self._require_above(call, id)
        with self._credential(id) as credential, self.people.edit(id) as person:
            asked_by = credential.agree_to_reset(call.person.id, call.at)
            person.lose_second_factor(asked_by, call.person.id, call.at)
        self.lifecycle.end_all(id, call.at)

    @http("GET", "/v1/second-factor-resets", returns=schemas.PendingResets, roles=APPOINTERS)
    def list_factor_resets(self, call):
        """What was asked for people one appoints, and waits for a second administrator."""
        asked = [each for each in self.credentials.asked(call.at) if self._is_above(call, each.id)]
        return {"items": [vars(each.reset) | {"person": each.id} for each in asked]}

    @http("DELETE", RESET, status=204, roles=APPOINTERS)
    def withdraw_factor_reset(self, call, id):
        """Withdraw what was asked, before another agreed."""
        self._require_above(call, id)
        with self._credential(id) as credential:
            credential.withdraw_reset(call.at)

    # parts of the above

    def _is_above(self, call, id):
        try:
            self._require_above(call, id)
        except (PersonNotFound, OutsideScope):
            return False
        return True

    def _require_above(self, call, id):
        """Raises PersonNotFound for who is nowhere, OutsideScope unless the caller appoints everywhere she serves."""
        places = self.people.get(id).places
        if not places:
            raise PersonNotFound()
        for place in places:
            require_appointer(call.person.scopes, self.regions.get(place))

    def _credential(self, id):
        """Somebody's Credential, to be changed. Raises NoSecondFactor."""
        if self.credentials.of(id) is None:
            raise NoSecondFactor()
        return self.credentials.edit(id)
