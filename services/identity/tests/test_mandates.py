"""Acting for another: the rules without a server, then consent, token and its end on the real broker and database."""

from datetime import UTC, datetime, timedelta

import jwt
import pytest

from chassis.domain import new_id, now
from chassis.testing import wait_until
from contracts.identity.access import AccessRevoked, MandateEnded, MandateGranted
from services.identity.domain.mandate import Mandate, MandateNotFound, MandateOver, MandateTooLong, NotOneself
from services.identity.domain.mandate import SecondPersonNeeded as OtherNeeded
from services.identity.domain.person import Person
from services.identity.domain.region import Region
from services.identity.tests.conftest import NEXT_VILLAGE, TOWN, VILLAGE
from services.identity.tests.test_service import refused

AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
UNTIL = AT + timedelta(days=30)
TOWN_ABOVE = Region.register("510183122", "大同镇", Region.register("510183", "邛崃市", None, AT), AT)

pytestmark = pytest.mark.feature("I07")


def somebody(region=VILLAGE):
    return Person(id=new_id(), region=region, phone=b"sealed", phone_digest=new_id())


@pytest.fixture
def two():
    return somebody(), somebody()


def ask(two, by=None, until=UNTIL, at=AT):
    person, helper = two
    return Mandate.ask(person, helper, ["letters"], until, by or person.id, at)


class TestRules:
    def test_her_own_consent_puts_it_in_force_until_its_end(self, two):
        mandate = ask(two)
        mandate.require_in_force(two[1], UNTIL - timedelta(seconds=1))
        with pytest.raises(MandateOver):
            mandate.require_in_force(two[1], UNTIL)
        with pytest.raises(MandateNotFound):
            mandate.require_in_force(two[0], AT)

    def test_without_a_phone_it_takes_two_of_the_staff_and_the_helper_is_none_of_them(self, two):
        mandate = ask(two, by="staff-1")
        with pytest.raises(MandateOver):
            mandate.require_in_force(two[1], AT)
        for same in ("staff-1", two[1].id):
            with pytest.raises(OtherNeeded):
                mandate.agree(same, AT)
        mandate.agree("staff-2", AT)
        mandate.require_in_force(two[1], AT)
        with pytest.raises(MandateOver):
            mandate.agree("staff-3", AT)

    def test_the_helper_is_somebody_else_of_standing(self, two):
        for helper in (two[0], somebody(region=None)):
            with pytest.raises(NotOneself):
                ask((two[0], helper))

    @pytest.mark.parametrize("days", [0, -1, 366])
    def test_it_ends_within_a_year(self, two, days):
        with pytest.raises(MandateTooLong):
            ask(two, until=AT + timedelta(days=days))

    def test_what_was_ended_neither_serves_nor_ends_nor_is_agreed_to_again(self, two):
        for mandate in (ask(two), ask(two, by="staff-1")):
            mandate.end(AT)
            for again in (lambda: mandate.end(AT), lambda: mandate.agree("staff-2", AT)):  # noqa: B023
                with pytest.raises(MandateOver):
                    again()

    def test_it_is_over_when_the_helper_neither_lives_nor_serves_where_she_was_trusted(self, two):
        her, helper = two
        mandate = ask(two)
        helper.region = NEXT_VILLAGE
        assert mandate.outlived(helper, AT)
        with pytest.raises(MandateOver):
            mandate.require_in_force(helper, AT)
        helper.grant("secretary", Region.register(VILLAGE, "陶坝村", TOWN_ABOVE, AT), None, "admin", AT)
        assert not mandate.outlived(helper, AT)
        mandate.require_in_force(helper, AT)


@pytest.fixture
def neighbours(here):
    """A villager without a phone of her own and her neighbour, both verified; and the village's path."""
    made = somebody(), somebody()
    for each in made:
        here.service.people.add(each)
    assert isinstance(here.service.regions.get(VILLAGE), Region)
    return made


def test_a_helper_acts_for_her_with_a_token_of_both_until_she_takes_it_back(here, person, neighbours):
    her, helper = (person("villager", VILLAGE, each.id, fresh=True) for each in neighbours)
    until = (now() + timedelta(days=30)).isoformat()
    asked = {"helper": helper.id, "acts": ["letters"], "until": until}
    mandate = here.http.post("/v1/mandates", json=asked, person=her).json()
    acting = here.http.post("/v1/sessions/acting", json={"mandate": mandate["id"]}, person=helper).json()
    claims = jwt.decode(acting["access_token"], options={"verify_signature": False})
    assert (claims["sub"], claims["act"], claims["acts"]) == (her.id, {"sub": helper.id}, ["letters"])
    assert refused(here.http.get("/v1/sessions", token=acting["access_token"]), 403, "not_allowed")
    assert refused(here.http.post("/v1/sessions/acting", json={"mandate": mandate["id"]}, person=her), 404, GONE)
    assert [each["id"] for each in here.http.get("/v1/mandates", person=helper).json()["items"]] == [mandate["id"]]
    assert here.http.delete(f"/v1/mandates/{mandate['id']}", person=her).status_code == 204
    assert refused(here.http.get("/v1/sessions", token=acting["access_token"]), 401, "token_expired")
    assert refused(
        here.http.post("/v1/sessions/acting", json={"mandate": mandate["id"]}, person=helper), 403, "mandate_over"
    )
    facts = [here.facts(each)[0] for each in (MandateGranted, MandateEnded)]
    assert {(fact.person, fact.helper) for fact in facts} == {(her.id, helper.id)}
    assert here.facts(AccessRevoked)[0].session == mandate["id"]


def test_a_helper_who_moves_out_or_loses_her_office_helps_no_more(here, person, neighbours, somebody):
    her, (neighbour, clerk) = neighbours[0], (neighbours[1], somebody("+8613800138009", "villageadmin", VILLAGE))
    author = person("villager", VILLAGE, her.id, fresh=True)
    until, acting = (now() + timedelta(days=30)).isoformat(), {}
    for helper in (neighbour, clerk):
        asked = {"helper": helper.id, "acts": ["letters"], "until": until}
        mandate = here.http.post("/v1/mandates", json=asked, person=author).json()["id"]
        given = here.http.post("/v1/sessions/acting", json={"mandate": mandate}, person=person(None, id=helper.id))
        acting[helper.id] = (mandate, given.json()["access_token"])
    admin = person("villageadmin", VILLAGE)
    moved = here.http.post(f"/v1/villagers/{neighbour.id}/departure", json={"reason": "moved_out"}, person=admin)
    ended = here.http.delete(f"/v1/roles/{clerk.roles[0].id}", person=person("townadmin", TOWN))
    assert (moved.status_code, ended.status_code) == (204, 204)
    for helper, (mandate, token) in acting.items():
        asked = {"json": {"mandate": mandate}, "person": person(None, id=helper)}
        assert refused(here.http.get("/v1/sessions", token=token), 401, "token_expired")
        assert refused(here.http.post("/v1/sessions/acting", **asked), 403, "mandate_over")
    wait_until(lambda: len(here.facts(MandateEnded)) == 2, "the ends of both")


GONE = "mandate_not_found"


def test_two_of_her_own_villages_staff_consent_for_somebody_without_a_phone(here, person, neighbours):
    her, helper = neighbours
    asked = {"helper": helper.id, "acts": ["letters"], "until": (now() + timedelta(days=30)).isoformat()}
    asked["person"] = her.id
    first, second = (person(role, VILLAGE, fresh=True) for role in ("villageadmin", "secretary"))
    for stranger in (person("villageadmin", NEXT_VILLAGE, fresh=True), person("villager", VILLAGE, fresh=True)):
        assert refused(here.http.post("/v1/mandates", json=asked, person=stranger), 404, GONE)
    mandate = here.http.post("/v1/mandates", json=asked, person=first).json()
    assert mandate["agreed_by"] is None
    agreement = f"/v1/mandates/{mandate['id']}/agreement"
    assert refused(here.http.post(agreement, person=first), 409, "second_person_needed")
    elsewhere = person("secretary", NEXT_VILLAGE, fresh=True)
    assert refused(here.http.post(agreement, person=elsewhere), 404, GONE)
    assert here.http.post(agreement, person=second).status_code == 204
    mine = person("villager", VILLAGE, helper.id)
    assert here.http.post("/v1/sessions/acting", json={"mandate": mandate["id"]}, person=mine).status_code == 201
