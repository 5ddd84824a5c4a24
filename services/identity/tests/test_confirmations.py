"""What outlives a session asks again: a thief with ten minutes of an access token goes no further."""

from dataclasses import replace
from datetime import timedelta

import jwt
import pytest

from chassis.domain import now
from chassis.pages.routes import routes
from contracts.identity.access import ChallengeIssued
from contracts.identity.sign_in import AuthenticatorEnrolled, ConfirmationIssued, DataExported, PasswordSet
from services.identity.service import IdentityService
from services.identity.tests.conftest import CITY, TOWN
from services.identity.tests.test_credentials import PASSWORD, by_password
from services.identity.tests.test_service import PHONE, confirm, refused, request_code, reveal, sign_in

pytestmark = pytest.mark.feature("I05")
ALONE = [route for route in routes(IdentityService) if route.fresh and "{" not in route.url]


@pytest.mark.parametrize("route", ALONE, ids=lambda route: route.url)
def test_an_access_token_alone_does_not_do(here, person, route):
    answer = here.http.request(route.method, route.url, json={}, person=person("cityadmin", CITY))
    assert refused(answer, 403, "fresh_code_needed")


def test_a_thief_of_an_access_token_enrols_no_app_on_an_office_that_needs_a_second_factor(here, somebody):
    somebody(PHONE, "secretary", TOWN)
    here.config["STRONG_LEVELS"] = "city,town"
    stolen = sign_in(here).json()["access_token"]
    for path, body in (("/v1/me/authenticator", None), ("/v1/me/authenticator/confirmation", {"code": "123456"})):
        assert refused(here.http.post(path, json=body, token=stolen), 403, "fresh_code_needed")
    assert here.database.credentials.count_documents({}) == 0


def test_a_confirmed_token_says_when_and_lives_five_minutes(here):
    token = sign_in(here).json()["access_token"]
    claims, before = (jwt.decode(each, options={"verify_signature": False}) for each in (confirm(here, token), token))
    assert claims["exp"] - claims["iat"] <= 300
    assert abs(claims["fresh"] - claims["iat"]) < 0.01
    assert (claims["sub"], claims["sid"], "fresh" in before) == (before["sub"], before["sid"], False)


def test_a_code_that_confirms_signs_nobody_in_and_one_that_signs_in_confirms_nothing(here):
    tokens = sign_in(here).json()
    here.database.quotas.delete_many({})
    signing = request_code(here).json()["challenge"]
    here.database.quotas.delete_many({})
    mine = here.http.post("/v1/me/confirmations", token=tokens["access_token"]).json()["challenge"]
    given = {each: {"challenge": each, "code": reveal(here, each).json()["code"]} for each in (signing, mine)}
    path, token = "/v1/sessions/current/confirmation", tokens["access_token"]
    assert refused(here.http.post(path, json=given[signing], token=token), 401, "sign_in_failed")
    assert refused(here.http.post("/v1/sessions", json=given[mine]), 401, "sign_in_failed")
    other = sign_in(here, "+8613700137000").json()["access_token"]
    assert refused(here.http.post(path, json=given[mine], token=other), 401, "sign_in_failed")
    assert here.http.post(path, json=given[mine], token=token).status_code == 201
    assert refused(here.http.post(path, json=given[mine], token=token), 401, "sign_in_failed")
    assert [len(here.facts(fact)) for fact in (ChallengeIssued, ConfirmationIssued)] == [3, 1]


def test_a_client_that_lost_the_confirmed_token_repeats_with_its_key(here):
    token = sign_in(here).json()["access_token"]
    here.database.quotas.delete_many({})
    challenge = here.http.post("/v1/me/confirmations", token=token).json()["challenge"]
    given = {"challenge": challenge, "code": reveal(here, challenge).json()["code"]}
    for _ in range(2):
        again = here.http.post("/v1/sessions/current/confirmation", json=given, token=token, key="k1")
        assert again.status_code == 201
    assert here.database.idempotency.count_documents({}) == 0


def test_codes_that_confirm_count_among_the_codes_of_the_phone(here):
    token = sign_in(here).json()["access_token"]
    assert refused(here.http.post("/v1/me/confirmations", token=token), 429, "codes_too_often")


def test_who_has_no_phone_is_sent_to_the_counter(here, person, somebody):
    her = somebody()
    here.database.people.update_one({"_id": her.id}, {"$set": {"phone": None}})
    assert refused(here.http.post("/v1/me/confirmations", person=person(None, id=her.id)), 409, "no_phone")


def test_a_new_password_ends_the_other_sessions_and_she_is_told_of_all_that_outlives_this_one(here):
    thief = sign_in(here).json()
    here.database.quotas.delete_many({})
    tokens = sign_in(here).json()
    mine = confirm(here, tokens["access_token"])
    assert here.http.put("/v1/me/password", json={"password": PASSWORD}, token=mine).status_code == 204
    assert refused(here.http.get("/v1/sessions", token=thief["access_token"]), 401, "token_expired")
    renewed = here.http.post("/v1/sessions/refresh", json={"refresh_token": thief["refresh_token"]})
    assert refused(renewed, 401, "sign_in_again")
    assert here.http.get("/v1/sessions", token=tokens["access_token"]).ok
    assert by_password(here, PASSWORD).ok
    assert here.http.get("/v1/me/export", token=mine).ok
    told = [here.facts(fact) for fact in (PasswordSet, DataExported, AuthenticatorEnrolled)]
    assert [[fact.subject for fact in each] for each in told] == [[tokens["person"]], [tokens["person"]], []]


def test_an_old_confirmation_does_not_do(here, person, somebody):
    her = person(None, id=somebody().id, fresh=True)
    assert here.http.get("/v1/me/export", person=her).ok
    old = replace(her, fresh=now() - timedelta(minutes=5))
    assert refused(here.http.get("/v1/me/export", person=old), 403, "fresh_code_needed")
