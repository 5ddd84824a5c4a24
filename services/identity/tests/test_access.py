"""How access begins and ends: sessions, offices, revocation; on a real broker and database."""

from datetime import timedelta

import pytest

from chassis.domain import now
from chassis.testing import wait_until
from contracts.identity.access import AccessRevoked, RoleEnded
from services.identity.tests.conftest import CITY, TOWN, VILLAGE
from services.identity.tests.test_service import PHONE, confirm, refused, sign_in


def get(here, path, tokens):
    return here.http.get(path, token=tokens["access_token"])


def refresh(here, tokens):
    return here.http.post("/v1/sessions/refresh", json={"refresh_token": tokens["refresh_token"]})


@pytest.fixture
def twice(here):
    """The tokens of one person on a phone and on a computer."""
    first = sign_in(here).json()
    here.database.quotas.delete_many({})
    return first, sign_in(here).json()


@pytest.mark.feature("I05")
class TestSessions:
    def test_one_sees_where_one_is_signed_in_and_ends_it_there(self, here, twice):
        phone, computer = twice
        here.database.sessions.update_many({}, {"$set": {"device": "微信", "network": "118.112.*.*"}})
        listed = get(here, "/v1/sessions", computer).json()["items"]
        assert [each["current"] for each in listed] == [True, False]
        assert listed[1].keys() == {"id", "device", "network", "started_at", "used_at", "current"}
        ended = here.http.delete(f"/v1/sessions/{listed[1]['id']}", token=computer["access_token"])
        assert ended.status_code == 204
        assert refused(get(here, "/v1/sessions", phone), 401, "token_expired")
        assert refused(refresh(here, phone), 401, "sign_in_again")
        assert len(get(here, "/v1/sessions", computer).json()["items"]) == 1
        again = here.http.delete(f"/v1/sessions/{listed[1]['id']}", token=computer["access_token"])
        assert refused(again, 404, "session_not_found")
        (fact,) = here.facts(AccessRevoked)
        assert (fact.subject, fact.session) == (phone["person"], listed[1]["id"])

    def test_signing_out_everywhere_ends_every_device_at_once(self, here, twice):
        phone, computer = twice
        assert here.http.delete("/v1/sessions", token=phone["access_token"]).status_code == 204
        for tokens in twice:
            assert refused(get(here, "/v1/sessions", tokens), 401, "token_expired")
            assert refused(refresh(here, tokens), 401, "sign_in_again")
        here.database.quotas.delete_many({})
        assert get(here, "/v1/sessions", sign_in(here).json()).ok

    def test_nobody_ends_a_session_of_somebody_else(self, here, person, twice):
        id = get(here, "/v1/sessions", twice[0]).json()["items"][0]["id"]
        assert refused(here.http.delete(f"/v1/sessions/{id}", person=person()), 404, "session_not_found")
        assert get(here, "/v1/sessions", twice[1]).ok

    def test_a_copied_refresh_token_voids_the_access_tokens_too(self, here, twice):
        stolen, _ = twice
        renewed = refresh(here, stolen).json()
        here.database.turns.update_many({}, {"$set": {"at": now() - timedelta(minutes=1)}})
        assert refused(refresh(here, stolen), 401, "sign_in_again")
        assert refused(get(here, "/v1/sessions", renewed), 401, "token_expired")
        assert get(here, "/v1/sessions", twice[1]).ok


@pytest.mark.feature("I04")
class TestOffices:
    def test_the_end_of_an_office_is_in_force_at_once(self, here, person, somebody):
        holder = somebody(PHONE, "townadmin", TOWN)
        tokens = sign_in(here).json()
        assert get(here, f"/v1/roles?region={TOWN}", tokens).ok
        here.http.delete(f"/v1/roles/{holder.roles[0].id}", person=person("cityadmin", CITY))
        assert refused(get(here, f"/v1/roles?region={TOWN}", tokens), 401, "token_expired")
        assert refused(get(here, f"/v1/roles?region={TOWN}", refresh(here, tokens).json()), 403, "not_allowed")

    def test_terms_and_loans_end_by_themselves(self, here, somebody):
        lender, until = somebody(PHONE, "secretary", TOWN), (now() + timedelta(days=9)).isoformat()
        borrower = somebody("+8613700137000", "villageadmin", VILLAGE)
        asked = {"person": borrower.id, "until": until}
        loans = f"/v1/roles/{lender.roles[0].id}/loans"
        token = sign_in(here).json()["access_token"]
        assert refused(here.http.post(loans, json=asked, token=token), 403, "fresh_code_needed")
        lent = here.http.post(loans, json=asked, token=confirm(here, token))
        assert lent.status_code == 201
        tokens = sign_in(here, "+8613700137000").json()
        assert tokens["roles"] == {"villageadmin": [VILLAGE], "secretary": [TOWN]}
        yesterday = {"$set": {"roles.0.until": now() - timedelta(days=1)}}
        here.database.people.update_one({"_id": lender.id}, yesterday)
        wait_until(lambda: len(here.facts(RoleEnded)) == 2, "the ends of both")
        assert {fact.subject for fact in here.facts(RoleEnded)} == {lender.id, borrower.id}
        assert refresh(here, tokens).json()["roles"] == {"villageadmin": [VILLAGE]}

    def test_who_lent_an_office_takes_it_back(self, here, person, somebody):
        lender, borrower = somebody(PHONE, "secretary", TOWN), somebody("+8613700137000", "villageadmin", VILLAGE)
        asked = {"person": borrower.id, "until": (now() + timedelta(days=9)).isoformat()}
        mine = person("secretary", TOWN, lender.id, fresh=True)
        lent = here.http.post(f"/v1/roles/{lender.roles[0].id}/loans", json=asked, person=mine).json()
        stranger = person("secretary", TOWN)
        assert refused(here.http.delete(f"/v1/roles/{lent['id']}", person=stranger), 403, "outside_scope")
        assert refused(here.http.delete(f"/v1/roles/{lender.roles[0].id}", person=mine), 403, "outside_scope")
        assert here.http.delete(f"/v1/roles/{lent['id']}", person=mine).status_code == 204

    def test_an_administrator_lists_the_offices_of_the_own_scope(self, here, person, somebody):
        holder = somebody(PHONE, "secretary", VILLAGE)
        town = person("townadmin", TOWN)
        (office,) = here.http.get(f"/v1/roles?region={VILLAGE}", person=town).json()["items"]
        assert (office["person"], office["role"], office["name"]) == (holder.id, "secretary", None)
        assert refused(here.http.get(f"/v1/roles?region={CITY}", person=town), 403, "outside_scope")
