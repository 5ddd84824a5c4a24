"""A lost second factor: two administrators above its owner reset it, and she is signed out and told."""

from datetime import UTC, datetime, timedelta

import pyotp
import pytest

from chassis.domain import now
from contracts.identity.access import AccessRevoked
from contracts.identity.sign_in import SecondFactorReset
from services.identity import factors
from services.identity.domain.credential import (
    Credential,
    NoSecondFactor,
    ResetBySomebodyElse,
    ResetNotAsked,
    SecondFactorWrong,
)
from services.identity.tests.conftest import CITY, TOWN, VILLAGE
from services.identity.tests.test_service import PHONE, confirm, refused, sign_in

AT = datetime(2026, 11, 22, 8, tzinfo=UTC)

pytestmark = pytest.mark.feature("I05")


@pytest.fixture
def credential():
    """Of somebody with an app and two recovery codes."""
    made = Credential(id="owner", totp=b"sealed", password="a hash")
    made.confirm(7, ["a", "b"], AT)
    return made


class TestRules:
    def test_it_takes_two_others_and_leaves_the_password(self, credential):
        with pytest.raises(ResetNotAsked):
            credential.agree_to_reset("second", AT)
        with pytest.raises(ResetBySomebodyElse):
            credential.ask_reset("owner", AT)
        credential.ask_reset("first", AT)
        for same in ("first", "owner"):
            with pytest.raises(ResetBySomebodyElse):
                credential.agree_to_reset(same, AT)
        assert credential.agree_to_reset("second", AT) == "first"
        assert [each["kind"] for each in credential.kinds()] == ["password"]
        for use in (lambda: credential.use_step(99), lambda: credential.use_recovery("a")):
            with pytest.raises(SecondFactorWrong):
                use()
        credential.require_strong(strong=False)
        with pytest.raises(NoSecondFactor):
            credential.ask_reset("first", AT)
        with pytest.raises(ResetNotAsked):
            credential.agree_to_reset("second", AT)

    def test_after_three_days_or_once_she_has_found_it_nobody_agrees_any_more(self, credential):
        credential.ask_reset("first", AT)
        with pytest.raises(ResetNotAsked):
            credential.agree_to_reset("second", AT + timedelta(days=3))
        for found in (lambda: credential.use_step(99), lambda: credential.use_recovery("a")):
            credential.ask_reset("first", AT)
            found()
            with pytest.raises(ResetNotAsked):
                credential.agree_to_reset("second", AT)


def test_two_administrators_above_a_town_secretary_reset_what_she_lost(here, somebody, person):
    her, service = somebody(PHONE, "secretary", TOWN), here.service
    path = f"/v1/people/{her.id}/second-factor-reset"
    first, second = (person("cityadmin", CITY, fresh=True) for _ in range(2))
    below = person("townadmin", TOWN, fresh=True)
    assert refused(here.http.post(path, person=first), 409, "no_second_factor")
    secret = factors.new_secret()
    made = Credential(id=her.id, totp=service.vault.seal(her.id, secret))
    made.confirm(1, ["digest of a recovery code"], now())
    service.credentials.add(made)
    tokens = sign_in(here).json()

    assert refused(here.http.post(path, person=below), 403, "outside_scope")
    herself = person("cityadmin", CITY, her.id, fresh=True)
    assert refused(here.http.post(path, person=herself), 409, "reset_by_somebody_else")
    assert refused(here.http.post(f"{path}/agreement", person=second), 404, "reset_not_asked")
    pending, asked = "/v1/second-factor-resets", here.http.post(path, person=first).json()
    assert here.http.get(pending, person=second).json() == {"items": [asked | {"person": her.id, "asked_by": first.id}]}
    assert here.http.get(pending, person=below).json() == {"items": []}
    assert refused(here.http.delete(path, person=below), 403, "outside_scope")
    assert here.http.delete(path, person=second).status_code == 204
    assert refused(here.http.delete(path, person=second), 404, "reset_not_asked")
    assert refused(here.http.post(f"{path}/agreement", person=second), 404, "reset_not_asked")
    assert here.http.post(path, person=first).status_code == 202
    assert refused(here.http.post(f"{path}/agreement", person=first), 409, "reset_by_somebody_else")
    assert refused(here.http.post(f"{path}/agreement", person=below), 403, "outside_scope")
    assert here.http.get("/v1/sessions", token=tokens["access_token"]).ok
    assert here.http.post(f"{path}/agreement", person=second).status_code == 204

    (reset,), (revoked,) = here.facts(SecondFactorReset), here.facts(AccessRevoked)
    assert (reset.subject, reset.asked_by, reset.agreed_by) == (her.id, first.id, second.id)
    assert (revoked.subject, revoked.session) == (her.id, None)
    assert refused(here.http.get("/v1/sessions", token=tokens["access_token"]), 401, "token_expired")
    renewed = here.http.post("/v1/sessions/refresh", json={"refresh_token": tokens["refresh_token"]})
    assert refused(renewed, 401, "sign_in_again")
    here.database.quotas.delete_many({})
    again = confirm(here, sign_in(here).json()["access_token"])
    old = {"code": pyotp.TOTP(secret).at(now())}
    factor = "/v1/sessions/current/second-factor"
    assert refused(here.http.post(factor, json=old, token=again), 422, "second_factor_wrong")
    assert here.http.post("/v1/me/authenticator", token=again).status_code == 201


def test_a_town_resets_for_its_villages_and_nobody_for_who_serves_nowhere(here, somebody, person):
    ask = lambda whom, by: here.http.post(f"/v1/people/{whom.id}/second-factor-reset", person=by)  # noqa: E731
    clerk, nobody = somebody("+8613800138001", "villageadmin", VILLAGE), somebody("+8613800138002")
    here.service.credentials.add(Credential(id=clerk.id, totp=b"sealed", confirmed=True))
    assert ask(clerk, person("townadmin", TOWN, fresh=True)).status_code == 202
    assert refused(ask(nobody, person("cityadmin", CITY, fresh=True)), 404, "person_not_found")
