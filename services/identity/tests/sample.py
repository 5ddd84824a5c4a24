"""What the tests that ask everything of every service know of this one."""

from chassis.domain import new_id, now
from services.identity.domain.grid import Grid, Member
from services.identity.domain.household import Household, Resident
from services.identity.domain.member import Member as PartyMember
from services.identity.domain.organisation import Organisation
from services.identity.domain.person import Person as Kept
from services.identity.domain.region import Region
from services.identity.domain.risk import RULES, Risk
from services.identity.domain.verification import Application, Typed
from services.identity.service.verification import Filing
from tests.matters import AUTHOR, CITY, NEXT_VILLAGE, TOWN, VILLAGE

SETTINGS = {"FIXED_CODE": "246810"}
GUESTS = {
    "me": "oneself",
    "sessions": "one's sign-ins",
    "applications": "asking to be verified",
    "roles": "giving back or lending what one holds",
    "bindings": "a phone of one's own",
    "pictures": "of one's document",
    "mandates": "letting somebody act for oneself",
}
"""What a guest reaches of a guest's own: first word of the path → whose it is."""

LASTING = {
    "PUT /v1/me/password": "another way in",
    "POST /v1/me/wechat": "another way in",
    "POST /v1/me/authenticator": "a second factor",
    "POST /v1/me/authenticator/confirmation": "recovery codes",
    "POST /v1/villagers/{id}/binding": "another way into a villager's account",
    "POST /v1/people/{id}/second-factor-reset": "somebody's second factor",
    "POST /v1/people/{id}/second-factor-reset/agreement": "the same",
    "POST /v1/mandates": "somebody may act for her for a year",
    "POST /v1/mandates/{id}/agreement": "the same, of a villager",
    "POST /v1/roles": "an office",
    "POST /v1/roles/{id}/loans": "an office",
    "POST /v1/nominations": "an office",
    "POST /v1/nominations/{id}/agreement": "an office",
    "POST /v1/organisations/{id}/staff": "an office",
    "GET /v1/me/export": "all that is known of her",
    "POST /v1/me/erasure": "nothing is left",
    "POST /v1/people/{id}/erasure": "nothing is left of somebody",
}
"""What outlives the session, and so asks for a fresh code: route → what lasts."""

SHOWS = {
    "households": "/v1/households/{id}",
    "grids": "/v1/grids/{id}",
    "members": "/v1/members/{id}",
    "risks": "/v1/risks/{id}",
}
"""Collection → the route that gives one of its things to whoever may see it."""


def fill(service):
    """Regions, people, and a village of theirs."""
    parent, identity = None, service.service
    for id, place in [(CITY, "邛崃市"), (TOWN, "大同镇"), (VILLAGE, "陶坝村")]:
        parent = Region.register(id, place, parent, now())
        identity.regions.add(parent)
    identity.regions.add(Region.register(NEXT_VILLAGE, "样例村", identity.regions.get(TOWN), now()))
    author = Kept(
        id=AUTHOR, phone=identity.vault.seal(AUTHOR, "+8613800138000"), phone_digest=identity.vault.digest("phone:1")
    )
    village, typed = identity.regions.get(VILLAGE), Typed(name="n", number="d")
    identity.applications.add(
        Application.file(new_id(), author, village, typed, identity.part(Filing).policy, now(), entered_by="admin")
    )
    author.grant("secretary", identity.regions.get(VILLAGE), None, "test", now())
    identity.people.add(author)
    identity.risks.add(Risk.raise_(RULES[0], 1, now(), about=AUTHOR, place=VILLAGE, city=CITY, count=50))
    _village(identity)


def _village(identity):
    """A household, a grid, a department and a party branch of 陶坝村, each with AUTHOR in it."""
    house = Household.register(new_id(), VILLAGE, [Resident(person=AUTHOR, relation="head")], AUTHOR, None, now())
    house.mark(AUTHOR, identity.vault.seal(AUTHOR, "disabled"), now())
    team = [Member(person=AUTHOR, duty=duty) for duty in ("gridworker", "contact")]
    boundary = {"households": [house.id], "polygon": None}
    department = Organisation.register(new_id(), VILLAGE, "department", "水务站", now())
    department.employ(AUTHOR, "站长", "admin", now())
    branch = Organisation.register(new_id(), VILLAGE, "party_branch", "陶坝村党支部", now())
    who = {"person": AUTHOR, "region": VILLAGE, "branch": branch.id, "proposed_by": "admin", "proposed_at": now()}
    member = PartyMember(id=new_id(), standing="probationary", joined_on=None, full_on=None, **who)
    member.decide(True, "second", now())
    identity.households.add(house)
    identity.grids.add(Grid.open(new_id(), VILLAGE, "grid", "第1网格", None, team, boundary, now()))
    identity.organisations.add(department)
    identity.organisations.add(branch)
    identity.members.add(member)
