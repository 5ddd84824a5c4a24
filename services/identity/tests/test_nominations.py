"""Nobody grants herself an office, and the strongest take two city administrators."""

from datetime import timedelta

import pytest

from chassis.domain import new_id, now
from contracts.identity.access import RiskRaised, RoleGranted
from contracts.identity.offices import NominationAgreed, RoleNominated
from services.identity.domain.nomination import NominationByTwo, NominationGone
from services.identity.domain.office import BY_TWO, AlreadyHeld, NotLent, OwnOffice, TwoNeeded
from services.identity.domain.person import Person
from services.identity.domain.region import Region
from services.identity.tests.conftest import CITY, TOWN, VILLAGE
from services.identity.tests.test_service import refused

AT = now()
REGION = Region.register(CITY, "邛崃市", None, AT)

pytestmark = pytest.mark.feature("I04")


@pytest.fixture
def her():
    return Person(id=new_id(), phone=b"sealed", phone_digest=new_id())


class TestRules:
    def test_nobody_appoints_herself_and_the_strongest_roles_take_two(self, her):
        with pytest.raises(OwnOffice):
            her.appoint("secretary", REGION, None, her.id, AT)
        for role in BY_TWO:
            with pytest.raises(TwoNeeded):
                her.appoint(role, REGION, None, "first", AT)
        assert her.appoint("secretary", REGION, None, "first", AT).role == "secretary"

    def test_one_nominates_another_agrees_and_neither_is_the_nominee(self, her):
        with pytest.raises(NominationByTwo):
            her.nominate("intake", REGION, None, her.id, AT)
        made = her.nominate("intake", REGION, None, "first", AT)
        for same in ("first", her.id):
            with pytest.raises(NominationByTwo):
                her.agree_to_nomination(made.id, REGION, same, AT)
        granted = her.agree_to_nomination(made.id, REGION, "second", AT)
        assert (her.held(AT), granted.granted_by) == ({"intake": [CITY]}, "first")
        with pytest.raises(NominationGone):
            her.agree_to_nomination(made.id, REGION, "second", AT)
        with pytest.raises(NominationGone):
            her.withdraw_nomination(made.id)
        with pytest.raises(AlreadyHeld):
            her.nominate("intake", REGION, None, "first", AT)

    def test_after_three_days_nobody_agrees_any_more(self, her):
        made = her.nominate("operator", REGION, None, "first", AT)
        with pytest.raises(NominationGone):
            her.agree_to_nomination(made.id, REGION, "second", AT + timedelta(days=3))

    def test_what_two_have_given_is_not_lent(self, her):
        deputy = Person(id=new_id(), phone=b"sealed", phone_digest=new_id())
        deputy.grant("secretary", REGION, None, "admin", AT)
        for role in BY_TWO:
            office = her.grant(role, REGION, None, "seed", AT)
            with pytest.raises(NotLent):
                her.lend(office.id, deputy, REGION, AT + timedelta(days=1), AT)


def test_two_city_administrators_give_intake_and_all_administrators_and_she_are_told(here, person, somebody):
    her, first, second = somebody(), *(person("cityadmin", CITY, fresh=True) for _ in range(2))
    asked = {"person": her.id, "role": "intake", "region": CITY}
    assert refused(here.http.post("/v1/roles", json=asked, person=first), 409, "two_needed")
    herself = person("cityadmin", CITY, her.id, fresh=True)
    assert refused(here.http.post("/v1/nominations", json=asked, person=herself), 409, "nomination_by_two")
    other = asked | {"role": "secretary"}
    assert refused(here.http.post("/v1/nominations", json=other, person=first), 422, "invalid_body")
    made = here.http.post("/v1/nominations", json=asked, person=first).json()
    assert (made["asked_by"], made["until"]) == (first.id, None)
    assert here.http.get("/v1/nominations", person=second).json()["items"] == [made]
    agreement = f"/v1/nominations/{made['id']}/agreement"
    for same in (first, herself):
        assert refused(here.http.post(agreement, person=same), 409, "nomination_by_two")
    assert refused(here.http.post(agreement, person=person("cityadmin", "510184", fresh=True)), 403, "outside_scope")
    assert here.http.post(agreement, person=second).json()["role"] == "intake"
    assert refused(here.http.post(agreement, person=second), 404, "nomination_gone")
    (nominated,), (agreed,), (granted,) = (here.facts(fact) for fact in (RoleNominated, NominationAgreed, RoleGranted))
    assert (nominated.by, nominated.region) == (first.id, CITY)
    assert (agreed.subject, agreed.role, agreed.asked_by, agreed.agreed_by) == (her.id, "intake", first.id, second.id)
    assert granted.subject == her.id


def test_a_nomination_is_withdrawn_by_any_administrator_of_the_city(here, person, somebody):
    first, second = (person("cityadmin", CITY, fresh=True) for _ in range(2))
    asked = {"person": somebody().id, "role": "discipline", "region": CITY}
    path = f"/v1/nominations/{here.http.post('/v1/nominations', json=asked, person=first).json()['id']}"
    assert here.http.delete(path, person=second).status_code == 204
    assert refused(here.http.post(f"{path}/agreement", person=second), 404, "nomination_gone")
    assert here.facts(RoleGranted) == []


def test_a_towns_administrator_does_not_make_herself_secretary_of_her_villages(here, person, somebody):
    town = person("townadmin", TOWN, somebody().id, fresh=True)
    asked = {"person": town.id, "role": "secretary", "region": VILLAGE}
    assert refused(here.http.post("/v1/roles", json=asked, person=town), 409, "own_office")
    assert here.facts(RoleGranted) == []


def test_an_administrator_who_gives_many_or_strong_roles_is_told_of(here, person, somebody):
    first = person("cityadmin", CITY, fresh=True)
    for number, role in enumerate(("intake", "discipline", "operator")):
        asked = {"person": somebody(f"+861380013810{number}").id, "role": role, "region": CITY}
        assert here.http.post("/v1/nominations", json=asked, person=first).status_code == 202
    here.service.people.add(Person(id=first.id, phone=b"sealed", phone_digest=new_id()))
    here.tick("watch")
    (raised,) = here.facts(RiskRaised)
    assert (raised.rule, raised.about, raised.count) == ("strong_grants", first.id, 3)
