"""村民认证 without a server: ID numbers, blind decisions, climbing, conflicts, leaving."""

from dataclasses import asdict
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.domain import new_id
from contracts.words import LEAVING
from services.identity.domain.id_card import IdCard, check_digit, is_id_number
from services.identity.domain.person import Person
from services.identity.domain.rate import rates
from services.identity.domain.reach import PhoneBound, PhoneInUse
from services.identity.domain.region import Region
from services.identity.domain.terms import Policy
from services.identity.domain.verification import (
    CONFLICT,
    GRANTED,
    MISMATCH,
    REASONS,
    Application,
    ApplicationNotFound,
    DocumentNeeded,
    NotLeaving,
    NotReleased,
    NotYourApplication,
    OwnApplication,
    SameStaff,
    Typed,
    name_key,
)
from services.identity.domain.villager import AlreadyApplied, AlreadyVerified, NotVillager, VillageNeeded

pytestmark = pytest.mark.feature("I02")
AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
TODAY = AT.date()
CITY = Region.register("510183", "邛崃市", None, AT)
TOWN = Region.register("510183122", "大同镇", CITY, AT)
VILLAGE = Region.register("510183122211", "陶坝村", TOWN, AT)
NEXT = Region.register("510183122212", "曙光村", TOWN, AT)
LIMITS = {"village": 2, "town": 3, "city": 4}
POLICY = Policy(unit="working_days", limits=LIMITS, tries=3, valid_years=5, renew_days=90)
RIGHT, WRONG = Typed(name="n", number="d"), Typed(name="n", number="x")
ADMINS = {"villageadmin": (VILLAGE.id,), "townadmin": (), "cityadmin": ()}
TOWN_ADMINS = {"villageadmin": (), "townadmin": (TOWN.id,), "cityadmin": ()}


def later(**span):
    return AT + timedelta(**span)


def somebody():
    return Person(id=new_id(), phone=b"sealed", phone_digest="d1")


def applied(person=None, village=VILLAGE, at=AT, **how):
    """(application, person)."""
    person = person or somebody()
    how = how or {"picture": "p1"}
    return Application.file(new_id(), person, village, RIGHT, POLICY, at, **how), person


def villager(village=VILLAGE, at=AT):
    person = somebody()
    person.verify(village.id, b"name", POLICY.valid_until(at), [], at)
    person.recorded.clear()
    return person


def compared(application, person, typed=RIGHT, card=None, transfer=None):
    return application.compare(typed, card, transfer, person, POLICY, AT)


def told(aggregate):
    return [(fact.type.removesuffix(".v1"), fact.data) for fact in aggregate.recorded]


def names(aggregate):
    return [name for name, _ in told(aggregate)]


def orders(data):
    return [(each["order"], each["clock"], each["round"], each["level"]) for each in data["clocks"]]


# ID numbers


@given(st.dates(date(1900, 1, 1), TODAY), st.integers(0, 999))
def test_exactly_one_of_eleven_check_digits_makes_an_id_number(born, sequence):
    first = f"510183{born:%Y%m%d}{sequence:03d}"
    good = [check for check in "0123456789X" if is_id_number(first + check, TODAY)]
    assert good == [check_digit(first)]


@given(st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_is_noticed(place, by):
    right = "11010519491231002X"
    wrong = f"{right[:place]}{(int(right[place]) + by) % 10}{right[place + 1 :]}"
    assert is_id_number(right, TODAY)
    assert not is_id_number(wrong, TODAY)


@given(st.integers(0, 15))
def test_two_neighbours_in_the_wrong_order_are_noticed(place):
    right = "11010519491231002X"
    swapped = right[:place] + right[place + 1] + right[place] + right[place + 2 :]
    assert is_id_number(swapped, TODAY) == (swapped == right)


@pytest.mark.parametrize(
    "first",
    ["51018319000229001", "51018319990431001", "51018318991231001", "51018320261123001", "99018319900101001"],
    ids=["no leap year", "31 April", "19th century", "tomorrow", "no province"],
)
def test_an_impossible_birth_or_place_is_refused_whatever_its_check_digit(first):
    assert not any(is_id_number(first + check, TODAY) for check in "0123456789X")


@pytest.mark.parametrize("text", ["", "1" * 17, "11010519491231002x", "１１010519491231002X", "11010519491231002X "])
def test_what_has_not_eighteen_characters_of_its_alphabet_is_none(text):
    assert not is_id_number(text, TODAY)


@pytest.mark.parametrize("other", ["阿依·古丽 ", "阿依•古丽", "阿依・古丽", "阿依.古丽"])
def test_a_name_is_the_same_however_its_dot_is_written(other):
    assert name_key("a", other) == name_key("a", "阿依·古丽")
    assert name_key("b", other) != name_key("a", other)


# applying


def test_an_application_starts_the_clock_of_its_village():
    application, person = applied()
    ((name, data),) = told(person)
    assert (name, data["region"]) == ("identity.villager_applied", VILLAGE.id)
    assert orders(data) == [("start", "verify", 1, "village")]
    assert data["clocks"][0]["limit"] == {"amount": 2, "unit": "working_days"}
    assert (application.office, person.application, person.held(AT)) == (VILLAGE.id, application.id, {})


def test_one_application_at_a_time():
    _, person = applied()
    with pytest.raises(AlreadyApplied):
        applied(person)


def test_a_picture_is_needed_except_at_the_counter():
    with pytest.raises(DocumentNeeded):
        applied(picture=None)
    assert applied(entered_by="cadre")[0].entered_by == "cadre"


@pytest.mark.parametrize("region", [CITY, TOWN])
def test_only_a_village_has_villagers(region):
    with pytest.raises(VillageNeeded):
        applied(village=region)


# deciding


def test_nothing_that_was_typed_can_be_read():
    application, _ = applied()
    assert asdict(application.typed) == {"name": "n", "number": "d"}


@pytest.mark.parametrize("level", LIMITS)
def test_only_the_office_that_has_it_decides(level):
    application, _ = applied()
    application.level = level
    scopes = {"villageadmin": (VILLAGE.id,), "townadmin": (TOWN.id,), "cityadmin": (CITY.id,)}
    application.permit("admin", scopes)
    for others in (scopes | {f"{level}admin": ()}, scopes | {f"{level}admin": (NEXT.id, "510184")}):
        with pytest.raises(NotYourApplication):
            application.permit("admin", others)


def test_nobody_decides_her_own_application_or_what_she_entered():
    application, person = applied(entered_by="cadre")
    with pytest.raises(OwnApplication):
        application.permit(person.id, ADMINS)
    with pytest.raises(SameStaff):
        application.permit("cadre", ADMINS)
    application.permit("second cadre", ADMINS)


def test_a_match_makes_her_a_villager_for_five_years_and_forgets_what_she_gave():
    application, person = applied()
    assert compared(application, person) == GRANTED
    application.grant(person, b"retyped", POLICY, "admin", AT)
    assert (person.region, person.name, person.application) == (VILLAGE.id, b"retyped", None)
    assert (application.typed, application.picture, application.decided_by) == (None, None, "admin")
    assert orders(told(person)[-1][1]) == [("stop", "verify", 1, "village")]
    end = AT.replace(year=2031)
    assert (person.held(end - timedelta(seconds=1)), person.held(end)) == ({"villager": [VILLAGE.id]}, {})
    with pytest.raises(ApplicationNotFound):
        application.permit("admin", ADMINS)


@pytest.mark.parametrize("reason", REASONS)
def test_the_refused_may_apply_again_in_the_next_round(reason):
    application, person = applied()
    application.refuse(person, reason, "admin", AT)
    name, data = told(person)[-1]
    assert (name, data["reason"], orders(data)) == (
        "identity.villager_refused",
        reason,
        [("stop", "verify", 1, "village")],
    )
    assert (application.typed, application.picture, person.held(AT)) == (None, None, {})
    again, _ = applied(person)
    assert (again.round, orders(told(person)[-1][1])) == (2, [("start", "verify", 2, "village")])


@pytest.mark.parametrize(
    "typed", [Typed(name="n", number="x"), Typed(name="x", number="d"), Typed(name="x", number="x")]
)
def test_what_does_not_match_grants_nothing_and_the_third_time_the_town_decides(typed):
    application, person = applied()
    for _ in range(2):
        assert compared(application, person, typed) == MISMATCH
        assert application.office == VILLAGE.id
    assert compared(application, person, typed) == MISMATCH
    name, data = told(person)[-1]
    assert (name, data["reason"], data["office"]) == ("identity.verification_raised", "mismatch", TOWN.id)
    assert orders(data) == [("stop", "verify", 1, "village"), ("start", "verify", 1, "town")]
    with pytest.raises(NotYourApplication):
        application.permit("admin", ADMINS)
    application.permit("town admin", TOWN_ADMINS)
    assert compared(application, person) == GRANTED


# conflicts


def card_of(holder):
    return IdCard(id="c1", digest="d", person=holder)


def test_a_number_that_is_anothers_is_counted_told_and_left_where_it_is():
    card, (application, person) = card_of("first"), applied()
    for time in (1, 2):
        assert compared(application, person, card=card, transfer="换人" if time == 1 else None) == CONFLICT
        card.dispute(application, AT)
    assert (card.person, card.conflicts, names(person)[-1]) == ("first", 2, "identity.verification_raised")
    assert told(card)[-1] == (
        "identity.conflict_found",
        {"region": VILLAGE.id, "office": TOWN.id, "level": "town", "person": person.id, "holder": "first", "count": 2},
    )
    assert person.held(AT) == {}


def test_the_town_transfers_a_number_with_a_reason_and_it_is_kept_who_did():
    card, (application, person) = card_of("first"), applied()
    compared(application, person, card=card)
    assert compared(application, person, card=card, transfer="旧账号的手机号已停用") == GRANTED
    card.transfer(person.id, "town admin", b"sealed", AT)
    (kept,) = card.transfers
    assert (card.person, kept.holder, kept.to, kept.by) == (person.id, "first", person.id, "town admin")


def test_a_wrong_number_is_a_mismatch_even_if_it_is_anothers():
    card, (application, person) = card_of("first"), applied()
    assert compared(application, person, WRONG, card) == MISMATCH
    assert card.recorded == []


# clocks


def elapsed(application, level="village", round=1):
    return SimpleNamespace(matter=application.person, round=round, level=level)


def test_what_is_overdue_climbs_level_by_level_and_stays_at_the_city():
    application, person = applied()
    for level, office, started in [("village", TOWN, ["town"]), ("town", CITY, ["city"]), ("city", CITY, [])]:
        application.judge(elapsed(application, level), person, POLICY, AT)
        name, data = told(person)[-1]
        assert (name, data["office"]) == ("identity.verification_overdue", office.id)
        assert [order[3] for order in orders(data) if order[0] == "start"] == started


@pytest.mark.parametrize("late", [{"level": "town"}, {"round": 2}])
def test_another_clock_changes_nothing(late):
    application, person = applied()
    application.judge(elapsed(application, **late), person, POLICY, AT)
    assert (application.level, len(person.recorded)) == ("village", 1)


def test_a_clock_that_speaks_after_the_decision_changes_nothing():
    application, person = applied()
    application.refuse(person, "incomplete", "admin", AT)
    application.judge(elapsed(application), person, POLICY, AT)
    assert names(person)[-1] == "identity.villager_refused"


# renewing, moving, leaving


def test_a_verification_is_renewed_in_its_last_ninety_days_only():
    person = villager()
    end = person.verified_until
    with pytest.raises(AlreadyVerified):
        applied(person, at=end - timedelta(days=91))
    application, _ = applied(person, at=end - timedelta(days=90))
    application.grant(person, b"name", POLICY, "admin", end - timedelta(days=80))
    assert person.verified_until == (end - timedelta(days=80)).replace(year=end.year + 5)
    assert names(person) == ["identity.villager_applied", "identity.villager_verified"]


def test_a_verification_of_29_february_ends_on_28_february():
    assert POLICY.valid_until(datetime(2028, 2, 29, tzinfo=UTC)) == datetime(2033, 2, 28, tzinfo=UTC)


def test_moving_takes_both_villages():
    person = villager(NEXT)
    application, _ = applied(person)
    with pytest.raises(NotReleased):
        compared(application, person)
    with pytest.raises(NotLeaving):
        application.release("elsewhere", [VILLAGE.id])
    application.release("next", [NEXT.id])
    assert compared(application, person) == GRANTED
    assert person.held(AT) == {"villager": [NEXT.id]}
    application.grant(person, b"name", POLICY, "admin", AT)
    assert person.held(AT) == {"villager": [VILLAGE.id]}
    assert told(person)[-3] == ("identity.villager_left", {"region": NEXT.id, "reason": "transferred"})
    assert names(person)[-2:] == ["identity.access_revoked", "identity.villager_verified"]


def test_a_village_that_does_not_let_go_is_overruled_from_above():
    person = villager(NEXT)
    application, _ = applied(person)
    application.judge(elapsed(application), person, POLICY, AT)
    assert compared(application, person) == GRANTED


@pytest.mark.parametrize("reason", LEAVING)
def test_who_leaves_is_no_villager_from_now_on(reason):
    person = villager()
    person.leave(reason, AT)
    assert told(person)[0] == ("identity.villager_left", {"region": VILLAGE.id, "reason": reason})
    assert names(person) == ["identity.villager_left", "identity.access_revoked"]
    assert (person.recorded[0].regionid, person.region, person.held(AT)) == (VILLAGE.id, None, {})
    with pytest.raises(NotVillager):
        person.leave(reason, AT)


@pytest.mark.feature("I04")
@pytest.mark.parametrize(
    ("reason", "kept"), [("moved_out", ["townadmin"]), ("died", []), ("expired", ["secretary", "townadmin"])]
)
def test_who_moves_out_loses_the_villages_offices_and_the_dead_all(reason, kept):
    person = villager()
    person.grant("secretary", VILLAGE, None, "admin", AT)
    person.grant("townadmin", TOWN, None, "admin", AT)
    person.leave(reason, AT)
    assert [role.role for role in person.roles] == kept
    assert bool(person.phone) == (reason != "died")


# rates


def test_a_rate_is_of_what_is_verified_and_of_what_living_villages_have_registered():
    merged = Region.register("510183122213", "原样例村", TOWN, AT)
    merged.heir, merged.path = VILLAGE.id, [merged.id, *VILLAGE.path]
    verified, registered = {VILLAGE.id: 70, merged.id: 10, NEXT.id: 5}, {VILLAGE.id: 160, merged.id: 40}
    found = rates(TOWN, [TOWN, VILLAGE, NEXT, merged], verified, registered)
    assert [(each.region, each.verified, each.registered, each.rate) for each in found] == [
        (VILLAGE.id, 80, 160, 0.5),
        (NEXT.id, 5, None, None),
        (TOWN.id, 85, 160, 0.5312),
    ]


# without a phone


def test_somebody_entered_at_the_counter_binds_a_phone_later():
    person, visitor = Person.at_the_counter(), somebody()
    assert (person.counter, person.phone, person.phone_digest) == (True, None, person.id)
    person.invite("hash of the code", AT)
    assert person.invitation.until == later(days=1)
    sealed, digest = visitor.give_phone_away()
    person.bind(sealed, digest)
    assert (person.phone_digest, visitor.phone_digest, person.invitation) == ("d1", visitor.id, None)
    for again in (person.require_no_phone, lambda: person.invite("x", AT), lambda: person.bind(b"", "d2")):
        with pytest.raises(PhoneBound):
            again()


def test_a_phone_of_a_villager_an_applicant_or_an_officer_is_not_taken_from_her():
    officer = somebody()
    officer.grant("secretary", TOWN, None, "admin", AT)
    for person in (villager(), applied()[1], officer, Person.at_the_counter()):
        with pytest.raises(PhoneInUse):
            person.give_phone_away()
