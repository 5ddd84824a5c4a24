"""Scope: what an administrator of whichever level may touch."""

from chassis.domain import NotAllowed
from chassis.service import Group
from services.identity.domain.person import PersonNotFound
from services.identity.store.regions import Regions

ADMINS = ["villageadmin", "townadmin", "cityadmin"]
ABOVE = ["townadmin", "cityadmin"]


class Scope(Group):
    """Whether a region or a person lies within what an administrator answers for."""

    regions = Regions()

    def administered(self, call, region, roles=ADMINS):
        """The Region that answers for this one now. Raises UnknownRegion, OutsideScope."""
        found = self.regions.current(region)
        found.require_within(call.person.scopes(*roles))
        return found

    def require_over(self, call, person):
        """Raises PersonNotFound for who is nowhere, NotAllowed unless the caller answers for one of their regions."""
        if not person.places:
            raise PersonNotFound()
        if not any(self.regions.get(place).within(call.person.scopes(*ADMINS)) for place in person.places):
            raise NotAllowed()
