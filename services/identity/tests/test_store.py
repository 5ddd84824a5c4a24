"""How identity's things are kept and found, on a real MongoDB."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest

from chassis.domain import new_id
from chassis.unit import Clash, Duplicate, command
from services.identity.domain import (
    ApplicationNotFound,
    Challenge,
    CodesTooOften,
    Person,
    Region,
    RoleNotFound,
    Session,
    SignInAgain,
)
from services.identity.store.people import People
from services.identity.store.regions import Regions
from services.identity.store.sign_in import Challenges, Quotas, Sessions

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
    made.apply(VILLAGE, b"sealed name", AT)
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
def test_an_administrator_finds_the_applications_of_her_villages_only(people):
    for number, village in enumerate([VILLAGE, NEXT_VILLAGE, VILLAGE]):
        applicant = person(number)
        applicant.apply(village, b"name", AT)
        people.add(applicant)
    people.add(person(9))
    first = people.applicants([VILLAGE.id], None, 1)
    second = people.applicants([VILLAGE.id], first.next, 1)
    assert [each.phone_digest for each in first.items + second.items] == ["digest-2", "digest-0"]
    assert second.next is None
    assert people.applicant(first.items[0].application.id) == first.items[0]
    with pytest.raises(ApplicationNotFound):
        people.applicant("unknown")


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
    quotas.take("phone", AT)
    with pytest.raises(CodesTooOften):
        quotas.take("phone", later(seconds=59))
    loaded = threading.Barrier(2)

    def take():
        with quotas.edit("phone") as mine:
            loaded.wait(5)
            mine.take(later(minutes=2))

    with ThreadPoolExecutor(2) as pool:
        outcomes = [future.exception() for future in [pool.submit(take), pool.submit(take)]]
    assert sorted(type(outcome) for outcome in outcomes if outcome) == [Clash]


@pytest.mark.feature("I05")
def test_a_session_ends_at_once_even_when_the_command_is_refused(store):
    sessions = store(Sessions)
    session, token = Session.start("p1", AT)
    sessions.add(session)

    def refused():
        sessions.end(session.id, AT)
        raise SignInAgain()

    with pytest.raises(SignInAgain):
        command(sessions.database, refused)
    with pytest.raises(SignInAgain):
        sessions.get(session.id).renew(token, AT)
