"""The rules of regions, verification, roles and sign-in, without a server."""

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chassis.domain import new_id
from contracts.words import LEVELS
from services.identity.domain.challenge import Challenge, ChallengeGone, CodesTooOften, Quota, SignInFailed, code_for
from services.identity.domain.office import ROLES, AlreadyHeld, RoleNotForLevel, RoleNotFound, TermAlreadyOver
from services.identity.domain.person import Person, masked
from services.identity.domain.policy import CODES
from services.identity.domain.region import OutsideScope, Region
from services.identity.domain.session import Session, SignInAgain

AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
CITY = Region.register("510183", "邛崃市", None, AT)
TOWN = Region.register("510183122", "大同镇", CITY, AT)
VILLAGE = Region.register("510183122211", "陶坝村", TOWN, AT)
REGIONS = {"city": CITY, "town": TOWN, "village": VILLAGE}


def later(**span):
    return AT + timedelta(**span)


def somebody():
    return Person(id=new_id(), phone=b"sealed phone", phone_digest="d1")


def challenge(**changed):
    values = {"id": "c1", "phone_digest": "d1", "code_digest": "right", "sealed": b"phone and code"}
    return Challenge.issue(at=AT, **(values | changed))


def told(aggregate):
    return [(fact.type, fact.data) for fact in aggregate.recorded]


@pytest.mark.feature("I01")
class TestRegion:
    def test_a_village_knows_its_level_its_path_and_its_12_digit_code(self):
        assert (VILLAGE.level, VILLAGE.path) == ("village", ["510183122211", "510183122", "510183"])
        assert (CITY.code, TOWN.code, VILLAGE.code) == ("510183000000", "510183122000", "510183122211")

    def test_its_registration_is_told_under_its_own_id(self):
        (fact,) = VILLAGE.recorded
        assert (fact.subject, fact.regionid) == ("510183122211", "510183122211")
        assert fact.data == {"code": "510183122211", "place": "陶坝村", "parent": "510183122", "level": "village"}

    @pytest.mark.parametrize("scope", ["510183122211", "510183122", "510183"])
    def test_lies_within_every_region_above_it(self, scope):
        VILLAGE.require_within(["510183003", scope])

    @pytest.mark.parametrize("scopes", [[], ["510183121"], ["5101"], ["510183122212"]])
    def test_lies_within_nothing_else(self, scopes):
        with pytest.raises(OutsideScope):
            VILLAGE.require_within(scopes)


@pytest.mark.feature("I08")
@pytest.mark.parametrize(("name", "shown"), [("王秀英", "王*"), ("李四", "李*"), ("王", "王*")])
def test_a_masked_name_shows_the_first_character(name, shown):
    assert masked(name) == shown


@pytest.mark.feature("I04")
class TestRoles:
    @pytest.mark.parametrize("level", LEVELS)
    @pytest.mark.parametrize("role", ROLES)
    def test_a_role_is_granted_for_its_levels_only(self, role, level):
        person = somebody()
        if level in ROLES[role]:
            person.grant(role, REGIONS[level], None, "admin", AT)
            assert person.held(AT) == {role: [REGIONS[level].id]}
        else:
            with pytest.raises(RoleNotForLevel):
                person.grant(role, REGIONS[level], None, "admin", AT)

    def test_a_villager_is_verified_never_granted(self):
        assert "villager" not in ROLES

    @given(st.timedeltas(min_value=timedelta(seconds=1), max_value=timedelta(days=4000)), st.timedeltas(timedelta(0)))
    def test_a_role_is_held_until_its_term_is_over(self, term, after):
        person = somebody()
        person.grant("secretary", VILLAGE, AT + term, "admin", AT)
        moment = AT + min(after, timedelta(days=5000))
        assert bool(person.held(moment)) == (moment < AT + term)

    def test_a_term_ends_in_the_future(self):
        with pytest.raises(TermAlreadyOver):
            somebody().grant("secretary", VILLAGE, AT, "admin", AT)

    def test_a_role_is_held_once_and_can_be_granted_again_after_its_term(self):
        person = somebody()
        person.grant("secretary", VILLAGE, later(days=1), "admin", AT)
        with pytest.raises(AlreadyHeld):
            person.grant("secretary", VILLAGE, None, "admin", AT)
        person.grant("secretary", VILLAGE, None, "admin", later(days=1))

    def test_an_ended_role_is_gone_and_told(self):
        person = somebody()
        role = person.grant("secretary", TOWN, None, "admin", AT)
        person.end(role.id, AT)
        assert person.held(AT) == {}
        _, ended, revoked = told(person)
        assert ended == ("identity.role_ended.v1", {"role": "secretary", "region": TOWN.id})
        assert revoked == ("identity.access_revoked.v1", {"before": "2026-11-22T08:00:00.000Z", "session": None})
        with pytest.raises(RoleNotFound):
            person.end(role.id, AT)

    def test_a_term_is_told_with_the_grant(self):
        person = somebody()
        person.grant("secretary", TOWN, later(days=365), "admin", AT)
        assert told(person)[0][1]["until"] == "2027-11-22T08:00:00.000Z"


@pytest.mark.feature("I05")
class TestSignIn:
    def test_the_fact_of_a_challenge_says_only_when_it_ends(self):
        assert told(challenge()) == [("identity.challenge_issued.v1", {"expires_at": "2026-11-22T08:05:00.000Z"})]

    def test_the_right_code_is_accepted_once(self):
        issued = challenge()
        assert issued.use("right", AT) == b"phone and code"
        with pytest.raises(SignInFailed):
            issued.use("right", AT)

    def test_a_client_that_lost_the_answer_repeats_with_its_key_while_the_code_lives(self):
        issued = challenge()
        for _ in range(2):
            issued.use("right", AT, key="k")
        issued.wipe()
        issued.use("right", later(minutes=4), key="k")
        for key, at in ((None, AT), ("other", AT), ("k", later(minutes=5))):
            with pytest.raises(SignInFailed):
                issued.use("right", at, key=key)

    def test_a_code_confirms_the_person_it_was_sent_to_or_signs_in_and_never_the_other(self):
        confirming = challenge(person="p1")
        assert told(confirming)[0][0] == "identity.confirmation_issued.v1"
        for person in (None, "p2"):
            with pytest.raises(SignInFailed):
                confirming.use("right", AT, person)
        confirming.use("right", AT, "p1")
        with pytest.raises(SignInFailed):
            challenge().use("right", AT, "p1")

    def test_a_wrong_code_is_refused(self):
        with pytest.raises(SignInFailed):
            challenge().use("wrong", AT)

    def test_a_code_lives_five_minutes(self):
        challenge().open(later(minutes=4, seconds=59))
        challenge().use("right", later(minutes=4, seconds=59))
        with pytest.raises(SignInFailed):
            challenge().use("right", later(minutes=5))
        with pytest.raises(ChallengeGone):
            challenge().open(later(minutes=5))

    def test_nobody_reads_a_challenge_that_was_used_or_wiped(self):
        used, wiped = challenge(), challenge()
        used.use("right", AT)
        wiped.wipe()
        for gone in (used, wiped):
            with pytest.raises(ChallengeGone):
                gone.open(AT)
            with pytest.raises(SignInFailed):
                gone.use("right", AT)

    def test_a_fixed_code_is_for_sample_phones_only(self):
        assert code_for("+8619900000007", "fixed") == "fixed"
        for phone, fixed in [("+8613900000007", "fixed"), ("+8619900000007", "")]:
            assert re.fullmatch("[0-9]{6}", code_for(phone, fixed))
            assert re.fullmatch("[0-9]{8}", code_for(phone, fixed, 8))

    def test_a_phone_waits_a_minute_between_codes(self):
        quota = Quota(id="d1")
        quota.take(CODES["phone"], AT)
        with pytest.raises(CodesTooOften):
            quota.take(CODES["phone"], later(seconds=59))
        quota.take(CODES["phone"], later(seconds=60))

    @given(st.lists(st.integers(0, 900), min_size=1, max_size=80))
    def test_no_phone_gets_more_than_five_codes_in_any_hour(self, pauses):
        quota, moment, sent = Quota(id="d1"), AT, []
        for pause in pauses:
            moment += timedelta(seconds=pause)
            try:
                quota.take(CODES["phone"], moment)
            except CodesTooOften:
                continue
            sent.append(moment)
        for first in sent:
            assert sum(first <= time < first + timedelta(hours=1) for time in sent) <= 5


@pytest.mark.feature("I05")
class TestSession:
    def test_every_renewal_gives_the_next_number(self):
        session = Session.start("p1", AT)
        for turn in (1, 2, 3):
            session.renew(turn, None, later(minutes=9 * turn))
        assert session.turn == 4

    def test_a_token_serves_once(self):
        session = Session.start("p1", AT)
        session.renew(1, None, AT)
        for turn in (1, 3):
            with pytest.raises(SignInAgain):
                session.renew(turn, None, AT)

    def test_the_one_before_the_last_comes_back_to_be_repeated_by_its_key_or_as_a_twin_and_is_stolen_otherwise(self):
        session = Session.start("p1", AT)
        session.renew(1, "key", AT)
        for key, twin, stolen in (("key", False, False), (None, True, False), (None, False, True), ("x", False, True)):
            assert session.stolen(1, key, twin, AT) == stolen
        session.renew(1, "key", later(days=3))
        assert session.turn == 2
        with pytest.raises(SignInAgain):
            session.renew(1, "another", AT)

    def test_an_older_one_is_stolen_however_it_comes_back(self):
        session = Session.start("p1", AT)
        for turn in (1, 2):
            session.renew(turn, "key", AT)
        assert session.stolen(1, "key", True, AT)
        assert not session.stolen(3, None, False, AT)
        assert not session.stolen(4, None, False, AT)  # a backup older than the token was restored
        session.end(AT)
        assert not session.stolen(1, None, False, AT)

    def test_a_session_ends_by_signing_out_or_by_30_days_of_silence(self):
        session = Session.start("p1", AT)
        session.end(AT)
        with pytest.raises(SignInAgain):
            session.renew(1, None, AT)
        session = Session.start("p1", AT)
        with pytest.raises(SignInAgain):
            session.renew(1, None, later(days=30))

    def test_when_it_was_used_is_known_to_the_hour_only(self):
        session = Session.start("p1", AT)
        session.renew(1, None, later(minutes=119, seconds=7))
        assert (session.renewed_at, session.expires_at) == (later(hours=1), later(hours=1, days=30))
