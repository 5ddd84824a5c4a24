"""I03: party members are certified by two secretaries, transferred on record, and seen by their secretaries only."""

from datetime import UTC, date, datetime, timedelta

import pytest

from chassis.domain import new_id, now
from contracts.identity.members import (
    MemberCertified,
    MemberLeft,
    MemberMigrated,
    MemberProposed,
    MemberTransferAsked,
    MemberTransferEnded,
    MemberTransferred,
)
from services.identity.domain.member import (
    AlreadyFull,
    DatesWrong,
    Member,
    NotMember,
    OtherPersonDecides,
    ProbationRuns,
)
from services.identity.domain.organisation import Organisation
from services.identity.domain.person import Person
from services.identity.domain.transfer import BranchNeeded, NoTransfer, SameBranch, TransferRuns
from services.identity.domain.villager import NotVillager
from services.identity.service import IdentityService
from services.identity.tests.test_privacy import NEXT_VILLAGE, TOWN, VILLAGE, Office

pytestmark = pytest.mark.feature("I03")
AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
JOINED, FULLY = date(2020, 2, 29), date(2021, 3, 1)


def branch(region=VILLAGE, kind="party_branch"):
    return Organisation.register(f"branch-{region}", region, kind, "党支部", AT)


def villager(**fields):
    return Person(**{"id": "ann", "region": VILLAGE, "phone_digest": "d"} | fields)


def proposed(standing="probationary", joined_on=JOINED, full_on=None, letter=None):
    return Member.propose(villager(), branch(), standing, joined_on, full_on, letter, "first", AT)


def member(**fields):
    made = proposed(**fields)
    made.decide(True, "second", AT)
    return made


def told(made):
    return [fact.type for fact in made.recorded]


def test_two_people_certify_and_neither_is_the_member():
    made = proposed()
    for by in ("first", "ann"):
        with pytest.raises(OtherPersonDecides):
            made.decide(True, by, AT)
    made.decide(True, "second", AT)
    assert (made.state, told(made)) == ("member", [MemberProposed.wire(), MemberCertified.wire()])
    turned_down = proposed()
    turned_down.decide(False, "second", AT)
    assert (turned_down.state, turned_down.reason, told(turned_down)) == ("ended", "refused", [MemberProposed.wire()])


def test_only_a_verified_villager_is_certified_and_only_in_a_party_branch():
    with pytest.raises(NotVillager):
        Member.propose(villager(region=None), branch(), "full", JOINED, FULLY, None, "first", AT)
    with pytest.raises(BranchNeeded):
        Member.propose(villager(), branch(kind="shop"), "full", JOINED, FULLY, None, "first", AT)


@pytest.mark.parametrize(
    ("standing", "joined_on", "full_on"),
    [
        ("full", JOINED, None),
        ("full", FULLY, JOINED),
        ("probationary", JOINED, FULLY),
        ("probationary", date(2027, 1, 1), None),
    ],
)
def test_dates_fit_the_standing(standing, joined_on, full_on):
    with pytest.raises(DatesWrong):
        proposed(standing, joined_on, full_on)


def test_a_probationary_member_becomes_a_full_one_after_a_year():
    made = member()
    with pytest.raises(ProbationRuns):
        made.convert(date(2021, 2, 28), AT)
    made.convert(FULLY, AT)
    assert (made.standing, made.full_on) == ("full", FULLY)
    with pytest.raises(AlreadyFull):
        made.convert(FULLY, AT)


def test_a_transfer_is_asked_by_one_branch_and_confirmed_by_the_other():
    made = member()
    with pytest.raises(SameBranch):
        made.move(branch(), None, "first", AT)
    made.go(b"sealed", branch(NEXT_VILLAGE), AT)
    made.move(branch(NEXT_VILLAGE), None, "first", AT)
    assert made.regions == {VILLAGE, NEXT_VILLAGE}
    with pytest.raises(TransferRuns):
        made.move(branch(NEXT_VILLAGE), None, "first", AT)
    with pytest.raises(OtherPersonDecides):
        made.receive(True, "first", AT)
    made.receive(True, "receiver", AT)
    (record,) = made.transfers
    assert (made.branch, made.region, made.away) == (branch(NEXT_VILLAGE).id, NEXT_VILLAGE, None)
    assert (record.origin, record.asked_by, record.settled_by) == (branch().id, "first", "receiver")
    assert told(made)[2:] == [MemberMigrated.wire(), MemberTransferAsked.wire(), MemberTransferred.wire()]


def test_a_transfer_that_is_declined_or_not_confirmed_in_time_changes_nothing():
    made = member()
    made.move(branch(NEXT_VILLAGE), None, "first", AT)
    made.receive(False, "receiver", AT)
    made.move(branch(NEXT_VILLAGE), None, "first", AT)
    made.lapse(AT + timedelta(days=89))
    assert made.transfer
    made.lapse(AT + timedelta(days=90))
    assert ([each.outcome for each in made.transfers], made.branch) == (["declined", "lapsed"], branch().id)
    assert told(made).count(MemberTransferEnded.wire()) == 2
    with pytest.raises(NoTransfer):
        made.receive(True, "receiver", AT)


def test_a_relation_comes_from_outside_and_goes_there_by_letter():
    made = member(letter="CYXX-2026-7")
    assert [(each.origin, each.target, each.outcome) for each in made.transfers] == [(None, branch().id, "confirmed")]
    made.move(None, "CYXX-2026-8", "first", AT)
    made.receive(True, "second", AT)
    assert (made.state, made.reason, made.transfers[1].target) == ("ended", "transferred", None)


def test_what_has_ended_is_changed_no_more_and_of_the_erased_nothing_is_left():
    made = member()
    made.move(branch(NEXT_VILLAGE), None, "first", AT)
    made.end("expelled", "first", AT)
    for change in (made.come_home, lambda at: made.end("died", "first", at), lambda at: made.convert(FULLY, at)):
        with pytest.raises(NotMember):
            change(AT)
    assert (made.transfers[0].outcome, told(made)[-1]) == ("ended", MemberLeft.wire())
    erased, waiting = member(), proposed(letter="CYXX-2026-7")
    for each in (made, erased, waiting):
        each.forget(AT)
        assert (each.person, each.joined_on, each.transfer, each.transfers, each.away) == (None, None, None, [], None)
        assert each.state == "ended"
    assert erased.recorded[-1].data["reason"] == "erased"


# the service


class Party:
    """Secretaries of two villages and their town; Ann is certified in the first village's branch."""

    def __init__(self, office, person):
        self.office, self.http, self.ann = office, office.http, office.ann
        self.here, self.there = person("secretary", VILLAGE), person("secretary", NEXT_VILLAGE)
        self.town = person("secretary", TOWN)
        self.home, self.next = (self.branch(region) for region in (VILLAGE, NEXT_VILLAGE))

    def branch(self, region):
        made = Organisation.register(new_id(), region, "party_branch", "党支部", now())
        self.office.store.organisations.add(made)
        return made.id

    def ask(self, method, path, who, **body):
        """(status, answer)."""
        answer = self.http.request(method, f"/v1{path}", person=who, **({"json": body} if body else {}))
        return answer.status_code, answer.json() if answer.content else None

    def certified(self):
        asked = {"person": self.ann.id, "standing": "probationary", "joined_on": "2020-02-29"}
        status, made = self.ask("POST", f"/branches/{self.home}/members", self.here, **asked)
        assert (status, made["state"]) == (201, "proposed")
        assert self.ask("POST", f"/branches/{self.home}/members", self.here, **asked)[1]["code"] == "already_member"
        assert self.ask("POST", f"/members/{made['id']}/decision", self.here, granted=True)[0] == 403
        assert self.ask("POST", f"/members/{made['id']}/decision", self.there, granted=True)[0] == 403
        assert self.ask("POST", f"/members/{made['id']}/decision", self.town, granted=True)[1]["state"] == "member"
        return f"/members/{made['id']}"

    def roster(self, who, region):
        answer = self.http.get("/v1/members", params={"region": region}, person=who)
        return answer.json()["items"] if answer.status_code == 200 else answer.status_code


@pytest.fixture
def party(running, person):
    return Party(Office(running(IdentityService, STRONG_LEVELS=""), person), person)


def test_a_member_is_certified_away_transferred_and_seen_by_her_secretaries_only(party):
    ann = party.certified()
    assert [(row["name"], row["standing"]) for row in party.roster(party.town, TOWN)] == [("王*", "probationary")]
    assert (party.roster(party.there, VILLAGE), party.roster(party.office.admin, VILLAGE)) == (403, 403)
    look = {"reason": "handle"}
    assert party.ask("POST", f"{ann}/looks", party.there, **look)[0] == 403

    where = {"place": "浙江省义乌市，义亭镇党支部", "host": party.next}
    assert party.ask("PUT", f"{ann}/whereabouts", party.here, **where)[1]["away"] is True
    assert [row["host"] for row in party.roster(party.there, NEXT_VILLAGE)] == [party.next]
    seen = party.ask("POST", f"{ann}/looks", party.there, **look)[1]
    assert (seen["name"], seen["place"]) == ("王秀英", where["place"])
    assert "义乌" not in repr(list(party.office.service.database.members.find()))
    own = party.ask("GET", "/me/membership", party.ann)[1]
    assert (own["branch"], own["place"], own["joined_on"]) == (party.home, where["place"], "2020-02-29")
    inside = party.office.service.internal("notify").get(f"/internal/v1/members/{party.ann.id}")
    assert inside.status_code == 403

    assert party.ask("POST", f"{ann}/conversion", party.here, on="2021-03-01")[1]["standing"] == "full"
    assert party.ask("POST", f"{ann}/transfer", party.here)[0] in (400, 415, 422)
    moving = party.ask("POST", f"{ann}/transfer", party.here, target=party.next)[1]
    assert moving["transfer"]["target"] == party.next
    assert party.ask("POST", f"{ann}/transfer/decision", party.here, confirmed=True)[0] == 403
    received = party.ask("POST", f"{ann}/transfer/decision", party.there, confirmed=True)[1]
    assert (received["branch"], received["region"], received["away"]) == (party.next, NEXT_VILLAGE, False)
    assert (party.roster(party.here, VILLAGE), len(party.roster(party.there, NEXT_VILLAGE))) == ([], 1)

    reason = {"reason": "died"}
    assert party.ask("POST", f"/villagers/{party.ann.id}/departure", party.office.admin, **reason)[0] == 204
    (left,) = party.office.service.facts(MemberLeft)
    assert (left.person, left.branch, left.reason) == (party.ann.id, party.next, "died")


def test_a_transfer_nobody_confirms_lapses_by_itself(party):
    ann = party.certified()
    assert party.ask("POST", f"{ann}/transfer", party.here, target=party.next)[0] == 201
    party.office.service.database.members.update_many({}, {"$set": {"transfer.until": now()}})
    party.office.service.tick("lapse_transfer")
    assert [fact.outcome for fact in party.office.service.facts(MemberTransferEnded)] == ["lapsed"]
    assert party.ask("GET", "/me/membership", party.ann)[1]["branch"] == party.home
