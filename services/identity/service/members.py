"""党员: certification by two secretaries, rosters, transfers, migrants."""

from chassis.service import Group, Uses, Vault, every, http, internal
from contracts.words import LOOK_REASONS
from services.identity.domain.member import MEMBER, Member
from services.identity.domain.region import OutsideScope
from services.identity.schemas import members as schemas
from services.identity.schemas.people import Look
from services.identity.service.disclosure import Disclosure
from services.identity.store.members import Members
from services.identity.store.organisations import Organisations
from services.identity.store.people import People
from services.identity.store.regions import Regions

SECRETARY = {"roles": ["secretary"]}
CHANGES = {"returns": schemas.Member, "again": "show_member", "roles": ["secretary"]}
OWN = "查看本人党员信息"


class MemberRegister(Group):
    """Party members of the county's branches; only secretaries of the branch's region and those above see them."""

    members = Members()
    organisations = Organisations()
    people = People()
    regions = Regions()
    vault = Vault()
    disclosure = Uses(Disclosure)

    @http("POST", "/v1/branches/{id}/members", body=schemas.NewMember, status=201, **CHANGES)
    def propose_member(self, call, id):
        """Say that a verified villager is a member of a branch (党员实名认证); another secretary decides."""
        branch = self.organisations.get(id)
        self._require_secretary(call, branch.region)
        person = self.people.get(call.body["person"])
        self.members.require_none(person.id)
        asked = {name: call.body[name] for name in ("standing", "joined_on", "full_on", "letter")}
        member = Member.propose(person, branch, **asked, by=call.person.id, at=call.at)
        self.members.add(member)
        return member

    @http("POST", "/v1/members/{id}/decision", body=schemas.Granted, **CHANGES)
    def decide_member(self, call, id):
        """Certify, or not, what another secretary has proposed."""
        with self._own_member(call, id) as member:
            member.decide(call.body["granted"], call.person.id, call.at)
        return member

    @http("POST", "/v1/members/{id}/conversion", body=schemas.Conversion, **CHANGES)
    def convert_member(self, call, id):
        """Make a probationary member a full one (转正), a year after she joined or later."""
        with self._own_member(call, id) as member:
            member.convert(call.body["on"], call.at)
        return member

    @http("POST", "/v1/members/{id}/transfer", body=schemas.NewTransfer, status=201, **CHANGES)
    def move_member(self, call, id):
        """Transfer her relation (组织关系转接) to another branch, which confirms within 90 days, or outside."""
        target = call.body["target"] and self.organisations.get(call.body["target"])
        with self._own_member(call, id) as member:
            member.move(target, call.body["letter"], call.person.id, call.at)
        return member

    @http("POST", "/v1/members/{id}/transfer/decision", body=schemas.Received, **CHANGES)
    def receive_member(self, call, id):
        """Receive her or not, as secretary of the receiving branch; outside, a second secretary enters the 回执."""
        member = self.members.get(id)
        self._require_secretary(call, member.transfer and member.transfer.region or member.region)
        with self.members.edit(id) as member:
            member.receive(call.body["confirmed"], call.person.id, call.at)
        return member

    @http("PUT", "/v1/members/{id}/whereabouts", body=schemas.Whereabouts, returns=schemas.Member, **SECRETARY)
    def send_member_away(self, call, id):
        """Note that a member lives elsewhere (流动党员), and which branch looks after her there."""
        host = call.body["host"] and self.organisations.get(call.body["host"])
        with self._own_member(call, id) as member:
            member.go(self.vault.seal(member.require_member().person, call.body["place"]), host, call.at)
        return member

    @http("DELETE", "/v1/members/{id}/whereabouts", status=204, **SECRETARY)
    def welcome_member_home(self, call, id):
        """Note that a migrant member has come home."""
        with self._own_member(call, id) as member:
            member.come_home(call.at)

    @http("POST", "/v1/members/{id}/ending", body=schemas.Ending, status=204, **SECRETARY)
    def end_member(self, call, id):
        """End a membership: 退党、除名、开除党籍、去世."""
        with self._own_member(call, id) as member:
            member.end(call.body["reason"], call.person.id, call.at)

    @http("GET", "/v1/members", query=schemas.RosterQuery, returns=schemas.Roster, **SECRETARY)
    def list_members(self, call):
        """The roster of a region's branches, names masked: members, migrants who live there, those who are to come."""
        query = dict(call.query)
        region = self.regions.get(query.pop("region"))
        region.require_within(call.person.scopes("secretary"))
        page = self.members.roster(self.regions.below(region.id), **query)
        persons = [member.person or "" for member in page.items]
        people = {person.id: person for person in self.people.among(set(persons))}
        names = self.disclosure.listed_names(call, [people[person] for person in persons])
        items = [vars(each) | {"name": name} for each, name in zip(page.items, names, strict=True)]
        return {"items": items, "next": page.next}

    @http("GET", "/v1/members/{id}", returns=schemas.Member, **SECRETARY)
    def show_member(self, call, id):
        """A member, for secretaries of her branch, of the one that looks after her and of the one she is to go to."""
        member = self.members.get(id)
        self._require_secretary(call, *member.regions)
        return member

    @http("POST", "/v1/members/{id}/looks", body=Look, returns=schemas.MemberContact, kept=False, **SECRETARY)
    def look_at_member(self, call, id):
        """Name, phone and place of a member, for her secretaries; the look is in the access log, where she sees it."""
        member, reason = self.members.get(id), LOOK_REASONS[call.body["reason"]]
        self._require_secretary(call, *member.regions)
        contact = self.disclosure.contact(self.people.get(member.person or ""), call.person.id, reason)
        return contact | {"place": self.disclosure.place(member, call.person.id, reason)}

    @http("GET", "/v1/me/membership", returns=schemas.OwnMember)
    def show_own_membership(self, call):
        """One's own membership and its transfers."""
        member = self.members.standing(call.person.id)
        return vars(member) | {"place": self.disclosure.place(member, call.person.id, OWN)}

    # due

    @every(seconds=60, each=lambda self: self.members.lapsing(self.now()))
    def lapse_transfer(self, id):
        """End a transfer that was not confirmed in time."""
        with self.members.edit(id) as member:
            member.lapse(self.now())

    # asked by services

    @internal("GET", "/internal/v1/members", callers=["party"], query=schemas.BranchQuery, returns=schemas.Colleagues)
    def serve_members(self, call):
        """The members of a branch."""
        return self.members.in_branch(state=MEMBER, **call.query)

    @internal("GET", "/internal/v1/members/{person}", callers=["party"], returns=schemas.Colleague)
    def serve_member(self, call, person):
        """Somebody's membership."""
        return self.members.standing(person).require_member()

    # parts of the above

    def _own_member(self, call, id):
        """A member of a branch in the secretary's scope, to be changed. Raises MemberNotFound, OutsideScope."""
        self._require_secretary(call, self.members.get(id).region)
        return self.members.edit(id)

    def _require_secretary(self, call, *regions):
        """Raises OutsideScope unless the caller is secretary of, or above, one of these regions."""
        scopes = call.person.scopes("secretary")
        if not any(self.regions.current(region).within(scopes) for region in regions):
            raise OutsideScope()
