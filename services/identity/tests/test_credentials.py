"""Passwords, second factors and lockout: the rules without a server, then their story on the real database."""

from datetime import UTC, datetime, timedelta

import eventlet
import pyotp
import pytest
from argon2 import PasswordHasher

from chassis.domain import now
from services.identity import factors
from services.identity.domain.credential import (
    Credential,
    LockedOut,
    SecondFactorNeeded,
    SecondFactorWrong,
    pause_after,
)
from services.identity.store.credentials import Lockouts
from services.identity.tests.conftest import TOWN
from services.identity.tests.test_service import PHONE, confirm, refused, sign_in

AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
PASSWORD = "竹海-river-4711-灯笼"
RFC_6238 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"

pytestmark = pytest.mark.feature("I05")


class TestRules:
    @pytest.mark.parametrize(("second", "code"), [(1234567890, "005924"), (1111111109, "081804")])
    def test_codes_are_those_of_rfc_6238_one_step_early_or_late(self, second, code):
        at = datetime.fromtimestamp(second, UTC)
        for shift in (-30, 0, 30):
            assert factors.step_of(RFC_6238, code, at + timedelta(seconds=shift)) == second // 30
        assert factors.step_of(RFC_6238, code, at + timedelta(seconds=90)) is None
        assert factors.step_of(RFC_6238, "000000", at) is None

    @pytest.mark.parametrize("common", ["password123", "1234567890", "qwertyuiop", "iloveyou2024", "13800138000"])
    def test_common_passwords_are_weak(self, common):
        assert factors.is_weak(common)
        assert not factors.is_weak(PASSWORD)

    def test_a_password_is_kept_as_argon2id(self):
        kept = factors.hashed(PASSWORD)
        assert kept.startswith("$argon2id$")
        assert factors.is_password(kept, PASSWORD)
        assert not factors.is_password(kept, PASSWORD + "x")
        assert not factors.is_password(None, PASSWORD)

    def test_a_code_and_a_recovery_code_serve_once(self):
        credential = Credential(id="p1", totp=b"sealed")
        credential.confirm(7, ["a", "b"], now())
        for step in (None, 6, 7):
            with pytest.raises(SecondFactorWrong):
                credential.use_step(step)
        credential.use_step(8)
        credential.use_recovery("a")
        for digest in ("a", "c"):
            with pytest.raises(SecondFactorWrong):
                credential.use_recovery(digest)

    def test_a_second_factor_in_force_is_changed_only_by_whoever_has_it(self):
        credential = Credential(id="p1", totp=b"sealed")
        credential.require_strong(strong=False)
        credential.confirm(7, [], now())
        credential.require_strong(strong=True)
        with pytest.raises(SecondFactorNeeded):
            credential.require_strong(strong=False)

    def test_pauses_grow_to_an_hour(self):
        minutes = [pause_after(tries).total_seconds() / 60 for tries in (1, 4, 5, 6, 7, 11, 12, 1000)]
        assert minutes == [0, 0, 1, 2, 4, 60, 60, 60]


def test_tries_count_at_once_and_are_forgiven_by_success(store):
    lockouts = store(Lockouts)
    for _ in range(5):
        lockouts.attempt("k", AT)
    with pytest.raises(LockedOut):
        lockouts.attempt("k", AT + timedelta(seconds=59))
    lockouts.attempt("k", AT + timedelta(seconds=60))
    with pytest.raises(LockedOut):
        lockouts.attempt("k", AT + timedelta(seconds=179))
    lockouts.attempt("other", AT)
    lockouts.forgive("k")
    lockouts.attempt("k", AT)


def by_password(here, password, phone=PHONE):
    return here.http.post("/v1/sessions/password", json={"phone": phone, "password": password})


def test_a_town_secretary_signs_in_with_password_and_app_and_with_a_recovery_code(here, somebody):
    somebody(PHONE, "secretary", TOWN)
    here.config["STRONG_LEVELS"] = "city,town"
    tokens = sign_in(here).json()
    assert (tokens["roles"], tokens["second_factor_needed"]) == ({}, True)

    mine = confirm(here, tokens["access_token"])

    def ask(method, path, json=None, token=mine):
        return here.http.request(method, path, token=token, json=json)

    assert refused(ask("PUT", "/v1/me/password", {"password": "password123"}), 422, "weak_password")
    assert ask("PUT", "/v1/me/password", {"password": PASSWORD}).status_code == 204
    secret = ask("POST", "/v1/me/authenticator").json()["secret"]
    app = pyotp.TOTP(secret)
    used = app.at(now())
    confirmed = ask("POST", "/v1/me/authenticator/confirmation", {"code": used})
    codes = confirmed.json()["recovery_codes"]
    again = by_password(here, PASSWORD).json()
    assert again["roles"] == {}
    weak = confirm(here, again["access_token"])
    assert refused(ask("PUT", "/v1/me/password", {"password": PASSWORD}, weak), 403, "second_factor_needed")
    second = "/v1/sessions/current/second-factor"
    assert refused(ask("POST", second, {"code": used}, weak), 422, "second_factor_wrong")
    assert ask("POST", second, {"recovery_code": codes[0]}, weak).status_code == 204
    assert refused(ask("POST", second, {"recovery_code": codes[0]}, weak), 422, "second_factor_wrong")
    renewed = here.http.post("/v1/sessions/refresh", json={"refresh_token": again["refresh_token"]}).json()
    assert (renewed["roles"], renewed["second_factor_needed"]) == ({"secretary": [TOWN]}, False)
    kept = repr([list(here.database[name].find()) for name in ("credentials", "events", "sessions")])
    assert not any(word in kept for word in (PASSWORD, secret, *codes))


def test_a_wrong_password_an_unknown_phone_and_none_set_get_the_same_answer_and_then_a_pause(here, somebody):
    somebody(PHONE)
    answers = [by_password(here, PASSWORD), by_password(here, PASSWORD, "+8613700137000")]
    assert all(refused(answer, 401, "password_wrong") for answer in answers)
    assert answers[0].text == answers[1].text
    for phone in (PHONE, "+8613700137000"):
        for _ in range(4):
            by_password(here, "wrong", phone)
        assert refused(by_password(here, PASSWORD, phone), 429, "locked_out")


def test_others_are_answered_while_a_password_is_checked(here, monkeypatch):
    slow = PasswordHasher(time_cost=20, memory_cost=19 * 1024, parallelism=1)
    monkeypatch.setattr(factors, "NOBODYS", slow.hash("nobody's"))
    checked, answered = eventlet.spawn(by_password, here, PASSWORD), []
    while not checked.dead:
        answered.append(here.http.get("/v1/consent").ok)
    assert refused(checked.wait(), 401, "password_wrong")
    assert len(answered) >= 5
