"""A guest is somebody signed in without a role: a buyer, a visitor, a villager not verified yet. Least rights.

Beside what is open to anyone (docs/roles.md, 任何人) a guest reaches routes about the guest's own things only, each of
which asks whose the thing is; `tests/test_roles.py` asks them all for what belongs to others.
"""

import pytest

from chassis.pages.routes import public
from chassis.registry import services
from chassis.web.http import SIGNED_IN
from tests.matters import known


@pytest.mark.feature("I09")
@pytest.mark.parametrize("service", services())
def test_a_guest_reaches_only_the_guests_own_things(service):
    reached = [r.url for r in public(services()[service]) if r.roles == SIGNED_IN]
    assert [url for url in reached if url.split("/")[2] not in known(service, "GUESTS", {})] == []
