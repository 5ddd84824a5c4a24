"""Something of somebody's in each service, in 陶坝村, for tests that ask everything of every service."""

from datetime import UTC, datetime

from chassis.auth.people import Person
from chassis.domain import new_id, now
from chassis.parts.collections import CHASSIS
from chassis.registry import services
from chassis.testing import wait_until
from contracts.identity.villagers import VillagerVerified
from contracts.petition.letters import PetitionSubmitted
from deploy.local.county import DEMONSTRATION
from services.petition import sealing

CITY, TOWN, VILLAGE = "510183", "510183122", "510183122211"
NEXT_VILLAGE = "510183122212"
MOST = 6
NAMES = ("_id", "id", "number")
LATER = datetime(2040, 1, 1, tzinfo=UTC)
AUTHOR = new_id()
LETTER = {"text": "河边垃圾成堆，请派人清理。", "category": "environment", "recipient": "village", "anonymity": 1}
REPORT = {"text": "路灯不亮。", "category": "street_light", "place": "村口"}
QUESTION = {"text": "低保怎样申请？", "category": "relief"}
WHISTLE = {"region": VILLAGE, "text": "请一起清河道。", "offices": [TOWN], "lead": TOWN}
LIMIT = {"amount": 3, "unit": "working_days"}
CLUE = {"size": 6, "claim": "hash", "reply_key": sealing.public_key(sealing.new_key())}
OWN = {
    "identity": {"FIXED_CODE": "246810"},
    "petition": {"CLUE_SEAL": sealing.public_key(sealing.new_key())},
}
CLOCK = {"order": "start", "clock": "sign", "round": 1, "level": "village", "limit": LIMIT}


def lived_in(running, regions, name):
    """A service with something in it that is 陶坝村's or its villager AUTHOR's."""
    own = DEMONSTRATION.get(name, {}) | OWN.get(name, {})
    service = running(services()[name], **own)
    service.config["PEERS"][name] = service.url  # who asks all services asks itself too
    if name != "identity":
        regions(service)
    FILL.get(name, lambda _: None)(service)
    return service


def owned(service):
    """Ids and numbers of what is there, except the regions, which are everybody's."""
    rows = [row for name in owned_collections(service) for row in service.database[name].find().limit(MOST)]
    return sorted({text for row in rows for text in names_in(row)})


def names_in(value, key=None):
    """Texts anywhere in a document that name something."""
    if isinstance(value, dict):
        yield from (text for each, inner in value.items() for text in names_in(inner, each))
    if isinstance(value, list):
        yield from (text for inner in value for text in names_in(inner))
    if key in NAMES and isinstance(value, str):
        yield value


def owned_collections(service):
    return [name for name in service.database.list_collection_names() if name not in CHASSIS and name != "regions"]


def _identity(service):
    from services.identity.domain.person import Person as Kept
    from services.identity.domain.region import Region
    from services.identity.domain.risk import RULES, Risk
    from services.identity.domain.verification import Application, Typed

    parent, desk = None, service.service
    for id, place in [(CITY, "邛崃市"), (TOWN, "大同镇"), (VILLAGE, "陶坝村")]:
        parent = Region.register(id, place, parent, now())
        desk.regions.add(parent)
    desk.regions.add(Region.register(NEXT_VILLAGE, "样例村", desk.regions.get(TOWN), now()))
    author = Kept(id=AUTHOR, phone=desk.vault.seal(AUTHOR, "+8613800138000"), phone_digest=desk.vault.digest("phone:1"))
    village, typed = desk.regions.get(VILLAGE), Typed(name="n", number="d")
    desk.applications.add(Application.file(new_id(), author, village, typed, desk.policy, now(), entered_by="admin"))
    author.grant("secretary", desk.regions.get(VILLAGE), None, "test", now())
    desk.people.add(author)
    desk.risks.add(Risk.raise_(RULES[0], 1, now(), about=AUTHOR, place=VILLAGE, city=CITY, count=50))
    _village(desk)


def _village(desk):
    """A household, a grid, a department and a party branch of 陶坝村, each with AUTHOR in it."""
    from services.identity.domain.grid import Grid, Member
    from services.identity.domain.household import Household, Resident
    from services.identity.domain.member import Member as PartyMember
    from services.identity.domain.organisation import Organisation

    house = Household.register(new_id(), VILLAGE, [Resident(person=AUTHOR, relation="head")], AUTHOR, None, now())
    house.mark(AUTHOR, desk.vault.seal(AUTHOR, "disabled"), now())
    team = [Member(person=AUTHOR, duty=duty) for duty in ("gridworker", "contact")]
    boundary = {"households": [house.id], "polygon": None}
    department = Organisation.register(new_id(), VILLAGE, "department", "水务站", now())
    department.employ(AUTHOR, "站长", "admin", now())
    branch = Organisation.register(new_id(), VILLAGE, "party_branch", "陶坝村党支部", now())
    who = {"person": AUTHOR, "region": VILLAGE, "branch": branch.id, "proposed_by": "admin", "proposed_at": now()}
    member = PartyMember(id=new_id(), standing="probationary", joined_on=None, full_on=None, **who)
    member.decide(True, "second", now())
    desk.households.add(house)
    desk.grids.add(Grid.open(new_id(), VILLAGE, "grid", "第1网格", None, team, boundary, now()))
    desk.organisations.add(department)
    desk.organisations.add(branch)
    desk.members.add(member)


def _petition(service):
    from services.petition.domain.clue import RULES as CLUES
    from services.petition.domain.clue import Clue

    answer = service.http.post("/v1/petitions", json=LETTER, person=Person(AUTHOR, VILLAGE, {"villager": (VILLAGE,)}))
    assert answer.status_code == 201, answer.text
    _of_other_kinds(service)
    clue = Clue.file(CLUES, now(), region=CITY, place=VILLAGE, category="other", **CLUE)
    service.service.clues.add(clue)
    service.service.enclosures.keep(clue.enclosure, b"sealed")


def _of_other_kinds(service):
    """A report and a question of AUTHOR's, waiting in 陶坝村, and a whistle that 陶坝村 blew."""
    villager, secretary = (Person(AUTHOR, VILLAGE, {role: (VILLAGE,)}) for role in ("villager", "secretary"))
    for path, body, who in (
        ("/v1/reports", REPORT, villager),
        ("/v1/questions", QUESTION, villager),
        ("/v1/whistles", WHISTLE, secretary),
    ):
        answer = service.http.post(path, json=body, person=who)
        assert answer.status_code == 201, answer.text


def _notify(service):
    service.tell(VillagerVerified, subject=AUTHOR, region=VILLAGE)
    wait_until(lambda: _nobody_sends(service.database.messages), "messages at rest")


def _nobody_sends(messages):
    messages.update_many({"state": "queued"}, {"$set": {"due_at": LATER}})
    return messages.count_documents({"state": {"$in": ["sending", "checking"]}}) == 0


def _sla(service):
    where = {"village": VILLAGE, "office": VILLAGE, "level": "village", "category": "river", "round": 1}
    said = {"urgency": "normal", "anonymity": 1, "photos": 0}
    service.tell(PetitionSubmitted, subject="m1", regionid=VILLAGE, number="QL-1", **where, **said, clocks=[CLOCK])


FILL = {"identity": _identity, "petition": _petition, "notify": _notify, "sla": _sla}
