"""A guest is somebody signed in without a role: a buyer, a visitor, a villager not verified yet. Least rights.

Beside what is open to anyone (docs/roles.md, 任何人) a guest reaches routes about the guest's own things only, each of
which asks whose the thing is; `tests/test_roles.py` asks them all for what belongs to others.
"""

import pytest

from chassis.pages.routes import public
from chassis.registry import services
from chassis.web.http import SIGNED_IN

OWN = {
    "identity": {"me": "oneself", "sessions": "one's sign-ins", "applications": "asking to be verified",
                 "roles": "giving back or lending what one holds",
                 "bindings": "a phone of one's own", "pictures": "of one's document",
                 "mandates": "letting somebody act for oneself"},
    "notify": {"inbox": "one's messages"},
    "petition": {"petitions": "one's letters", "me": "oneself",
                 "reports": "one's reports", "questions": "one's questions"},
    "sla": {"clocks": "the clocks of a matter whose id one knows"},
}  # fmt: skip


@pytest.mark.feature("I09")
@pytest.mark.parametrize("service", services())
def test_a_guest_reaches_only_the_guests_own_things(service):
    reached = [r.url for r in public(services()[service]) if r.roles == SIGNED_IN]
    assert [url for url in reached if url.split("/")[2] not in OWN.get(service, {})] == []
