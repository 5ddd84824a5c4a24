"""How identity's things are kept and found, on a real MongoDB."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from chassis.auth.revocations import Revocations
from chassis.data.unit import Clash, Duplicate, command
from chassis.domain import new_id
from services.identity.domain.challenge import Challenge, CodesTooOften
from services.identity.domain.office import RoleNotFound
from services.identity.domain.person import Person
from services.identity.domain.policy import CODES
from services.identity.domain.region import Region
from services.identity.domain.session import Session, SignInAgain
from services.identity.domain.terms import Policy
from services.identity.domain.verification import Application, ApplicationNotFound, DocumentNeeded, Typed
from services.identity.store.people import People
from services.identity.store.regions import Regions
from services.identity.store.sign_in import Challenges, Quotas, Sessions
from services.identity.store.verification import Applications, Pictures

AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
CITY = Region.register("510183", "邛崃市", None, AT)
TOWN = Region.register("510183122", "大同镇", CITY, AT)
VILLAGE = Region.register("510183122211", "陶坝村", TOWN, AT)
NEXT_VILLAGE = Region.register("510183122212", "曙光村", TOWN, AT)


def later(**span):
    return AT + timedelta(**span)


def person(number):
    return Person(id=new_id(), phone=b"sealed \x00", phone_digest=f"digest-{number}")


def challenge(id):
    return Challenge.issue(id=id, phone_digest="d", code_digest="right", sealed=b"sealed", at=AT)


@pytest.mark.feature("I01")
def test_regions_come_back_under_their_parent_in_order_of_their_ids(store):
    regions = store(Regions)
    for region in (CITY, TOWN, NEXT_VILLAGE, VILLAGE):
        regions.add(region)
    assert [region.id for region in regions.children(None)] == [CITY.id]
    assert [region.place for region in regions.children(TOWN.id)] == ["陶坝村", "曙光村"]
    assert regions.get(VILLAGE.id).path == [VILLAGE.id, TOWN.id, CITY.id]


@pytest.fixture
def people(store):
    return store(People)


def test_a_person_comes_back_whole(people):
    made = person(1)
    made.verify(VILLAGE.id, b"sealed name", later(days=1), [], AT)
    made.grant("secretary", TOWN, later(days=1), "admin", AT)
    people.add(made)
    assert people.get(made.id) == made
    assert people.with_phone("digest-1") == made
    assert people.with_phone("digest-2") is None


def test_a_phone_belongs_to_one_person(people):
    people.add(person(1))
    with pytest.raises(Duplicate):
        people.add(person(1))


@pytest.mark.feature("I02")
def test_an_administrator_finds_what_waits_for_her_and_who_wants_to_leave(store):
    policy = Policy(unit="days", limits={"village": 1, "town": 1, "city": 1}, tries=1, valid_years=1, renew_days=1)
    applications, typed = store(Applications), Typed(name="n", number="d")
    filed = []
    for number, village in enumerate([VILLAGE, NEXT_VILLAGE, VILLAGE, NEXT_VILLAGE, VILLAGE]):
        filed.append(Application.file(new_id(), person(number), village, typed, policy, AT, picture="p"))
    filed[1].leaving, filed[2].level, filed[4].state = VILLAGE.id, "town", "refused"
    for each in filed:
        applications.add(each)
    village, town = {"village": [VILLAGE.id], "town": []}, {"village": [], "town": [TOWN.id]}
    page = applications.waiting(village, [VILLAGE.id], None, None, 1)
    rest = applications.waiting(village, [VILLAGE.id], None, page.next, 9)
    assert (page.items + rest.items, rest.next) == ([filed[1], filed[0]], None)
    assert applications.waiting(village, [VILLAGE.id], NEXT_VILLAGE.id, None, 9).items == [filed[1]]
    assert applications.waiting(town, [], None, None, 9).items == [filed[2]]
    assert applications.last_of(filed[4].person) == filed[4]
    with pytest.raises(ApplicationNotFound):
        applications.last_of("nobody")


@pytest.mark.feature("I02")
def test_a_picture_is_claimed_once_by_its_owner_and_outlived_when_used_or_a_day_old(store):
    pictures = store(Pictures)
    for key in ("p1", "p2"):
        pictures.insert(
            {"_id": key, "person": "a", "uploaded_at": AT, "application": None, "over": False, "sealed": b"s"}
        )
    pictures.claim("p1", "a", "application")
    for key, owner in [("p1", "a"), ("p2", "b"), ("p3", "a")]:
        with pytest.raises(DocumentNeeded):
            pictures.claim(key, owner, "another")
    assert pictures.outlived(later(hours=24)) == []
    assert pictures.outlived(later(hours=25)) == ["p2"]
    pictures.forget("p1")
    assert (pictures.outlived(AT), pictures.row("p1")["sealed"]) == (["p1"], None)


@pytest.mark.feature("I02")
def test_of_the_pictures_that_a_person_uses_for_nothing_only_the_last_are_kept(store):
    pictures = store(Pictures)
    for number in range(8):
        for person in ("a", "b"):
            pictures.make_room(person)
            row = {"_id": f"{person}{number}", "person": person, "uploaded_at": AT, "application": None, "over": False}
            pictures.insert(row | {"sealed": b"s"})
        if number == 0:
            pictures.claim("a0", "a", "application")
    assert sorted(pictures.outlived(AT)) == ["a1", "a2", "b0", "b1", "b2"]
    assert {row["sealed"] for row in pictures.find({"over": True})} == {None}
    with pytest.raises(DocumentNeeded):
        pictures.claim("a1", "a", "another")


@pytest.mark.feature("I04")
def test_an_office_is_held_by_role_and_exact_region_until_its_term_is_over(people):
    offices = [("secretary", TOWN, None), ("secretary", VILLAGE, None), ("townadmin", TOWN, None)]
    offices.append(("secretary", TOWN, later(days=1)))
    ids = []
    for number, (role, region, until) in enumerate(offices):
        holder = person(number)
        granted = holder.grant(role, region, until, "admin", AT)
        people.add(holder)
        ids.append(holder.id)
    assert [each.id for each in people.in_office("secretary", {TOWN.id}, AT)] == [ids[0], ids[3]]
    assert [each.id for each in people.in_office("secretary", {TOWN.id}, later(days=1))] == [ids[0]]
    assert people.with_role(granted.id).id == ids[3]
    with pytest.raises(RoleNotFound):
        people.with_role("unknown")


@pytest.mark.feature("I05")
def test_five_attempts_count_even_when_the_command_is_refused(store):
    challenges = store(Challenges)
    challenges.add(challenge("c1"))

    def refused():
        assert challenges.attempt("c1")
        raise CodesTooOften()

    for _ in range(5):
        with pytest.raises(CodesTooOften):
            command(challenges.database, refused)
    assert not challenges.attempt("c1")
    assert not challenges.attempt("unknown")


@pytest.mark.feature("I05")
def test_challenges_used_or_past_their_time_are_found_until_wiped(store):
    challenges = store(Challenges)
    for id in ("used", "open", "wiped"):
        challenges.add(challenge(id))
    with challenges.edit("used") as used:
        used.use("right", AT)
    with challenges.edit("wiped") as wiped:
        wiped.wipe()
    assert list(challenges.over(AT)) == ["used"]
    assert set(challenges.over(later(minutes=5))) == {"used", "open"}


@pytest.mark.feature("I05")
def test_two_codes_for_one_phone_at_the_same_time_are_one(store):
    quotas = store(Quotas)
    quotas.take({"phone": CODES["phone"]}, AT)
    with pytest.raises(CodesTooOften):
        quotas.take({"phone": CODES["phone"]}, later(seconds=59))
    loaded = threading.Barrier(2)

    def take():
        with quotas.edit("phone") as mine:
            loaded.wait(5)
            mine.take(CODES["phone"], later(minutes=2))

    with ThreadPoolExecutor(2) as pool:
        outcomes = [future.exception() for future in [pool.submit(take), pool.submit(take)]]
    assert sorted(type(outcome) for outcome in outcomes if outcome) == [Clash]


@pytest.mark.feature("I05")
def test_only_sessions_that_go_on_are_listed(store):
    sessions = store(Sessions)
    made = [Session.start("p1", later(minutes=minute)) for minute in range(3)]
    for session in (*made, Session.start("p2", AT)):
        sessions.add(session)
    with sessions.edit(made[1].id) as ended:
        ended.end(AT)
    assert [each.id for each in sessions.running("p1", later(minutes=5))] == [made[2].id, made[0].id]
    assert sessions.running("p1", later(days=31)) == []


@pytest.mark.feature("I04")
def test_offices_that_are_over_are_found_also_those_lent_by_somebody_who_left(people):
    lender, borrower, other = person(1), person(2), person(3)
    own = lender.grant("secretary", TOWN, None, "admin", AT)
    borrower.grant("operator", CITY, None, "admin", AT)
    other.grant("secretary", VILLAGE, later(days=1), "admin", AT)
    lender.lend(own.id, borrower, TOWN, later(days=9), AT)
    for each in (lender, borrower, other):
        people.add(each)
    assert list(people.offices_over(AT)) == []
    assert list(people.offices_over(later(days=1))) == [other.id]
    with people.edit(lender.id) as left:
        left.end(own.id, AT)
    assert list(people.offices_over(AT)) == [borrower.id]


@pytest.mark.feature("I05")
def test_a_revocation_is_on_our_own_list_in_the_same_transaction(people, store):
    revocations, made = store(Revocations), person(1)
    people.add(made)
    with people.edit(made.id) as holder:
        holder.revoke(AT)
        holder.revoke(later(minutes=1), "s1")
    assert revocations.void([made.id], later(seconds=-1))
    assert not revocations.void([made.id], AT)
    assert revocations.void(["p9", "s1"], AT)
    assert not revocations.void(["p9", None], AT)

    def refused():
        with people.edit(made.id) as holder:
            holder.revoke(later(hours=1))
            raise SignInAgain()

    with pytest.raises(SignInAgain):
        command(people.database, refused)
    assert not revocations.void([made.id], AT)
