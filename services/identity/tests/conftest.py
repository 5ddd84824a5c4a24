"""identity on real servers, with a city, a town and two villages."""

import pytest

from chassis.domain import new_id, now
from services.identity.domain.person import Person
from services.identity.domain.region import Region
from services.identity.service import IdentityService

CITY, TOWN, VILLAGE, NEXT_VILLAGE = "510183", "510183122", "510183122211", "510183122212"


@pytest.fixture
def here(running):
    """identity with a city, a town and two villages."""
    service = running(IdentityService, FIXED_CODE="246810", STRONG_LEVELS="")
    parent = None
    for id, place in [(CITY, "邛崃市"), (TOWN, "大同镇"), (VILLAGE, "陶坝村")]:
        parent = Region.register(id, place, parent, now())
        service.service.regions.add(parent)
    service.service.regions.add(Region.register(NEXT_VILLAGE, "曙光村", service.service.regions.get(TOWN), now()))
    return service


@pytest.fixture
def somebody(here):
    """`somebody(phone, role=None, region=CITY)`: a Person of the store, in an office if a role is given."""

    def add(phone="+8613900139000", role=None, region=CITY, until=None):
        vault, id = here.service.vault, new_id()
        made = Person(id=id, phone=vault.seal(id, phone), phone_digest=vault.digest(f"phone:{phone}"))
        if role:
            made.grant(role, here.service.regions.get(region), until, "test", now())
        here.service.people.add(made)
        return made

    return add
