"""Wrong codes are counted by phone and network of a day: who guesses is asked for eight digits."""

import pytest

from services.identity.domain.policy import CODES, LONG_DIGITS, WRONG
from services.identity.store.sign_in import WrongCodes
from services.identity.tests.test_service import PHONE, refused, request_code, reveal, wrong
from services.identity.tests.test_store import AT, later

pytestmark = pytest.mark.feature("I05")
OTHER_PHONE = "+8613700137000"
EACH = 5


def code_of(here, phone=PHONE):
    """A new challenge for a phone, and its code."""
    here.database.quotas.delete_many({})
    challenge = request_code(here, phone).json()["challenge"]
    return challenge, reveal(here, challenge).json()["code"]


def give(here, challenge, code):
    return here.http.post("/v1/sessions", json={"challenge": challenge, "code": code})


def guess(here, times, phone=PHONE):
    """So many wrong codes, five for each challenge."""
    for _ in range(times // EACH):
        challenge, code = code_of(here, phone)
        for _ in range(EACH):
            assert refused(give(here, challenge, wrong(code)), 401, "sign_in_failed")


def test_after_the_third_challenge_that_failed_a_phone_has_codes_of_eight_digits(here):
    guess(here, WRONG["phone"] - EACH)
    assert len(code_of(here)[1]) == 6
    guess(here, EACH)
    challenge, code = code_of(here)
    assert (WRONG["phone"], len(code), len(code_of(here, OTHER_PHONE)[1])) == (15, LONG_DIGITS, 6)
    assert give(here, challenge, code).status_code == 201


def test_a_network_that_was_wrong_too_often_today_signs_in_by_long_codes_only(here, monkeypatch):
    monkeypatch.setitem(WRONG, "network", 10)
    short = code_of(here, OTHER_PHONE)
    guess(here, 10)
    assert refused(give(here, *short), 401, "sign_in_failed")
    challenge, code = code_of(here, OTHER_PHONE)
    assert len(code) == LONG_DIGITS
    assert give(here, challenge, code).status_code == 201


def test_wrong_codes_that_confirm_count_too_and_no_phone_or_address_is_kept(here):
    challenge, _ = code_of(here)
    give(here, challenge, "00000000")
    rows = list(here.database.wrong_codes.find())
    assert [row["count"] for row in rows] == [1, 1]
    assert {len(row["_id"]) for row in rows} == {64}


def test_they_count_at_once_whatever_becomes_of_the_request(store):
    codes = store(WrongCodes)
    for _ in range(3):
        codes.note(["a", "b"], AT)
    assert codes.reached({"a": 3, "c": 1})
    assert not codes.reached({"a": 4, "b": 4})
    codes.note(["c"], later(hours=1))
    assert codes.reached({"c": 1})


def test_what_one_network_guesses_in_a_day_is_a_thousandth_at_most():
    (codes, span), *_ = CODES["network"]
    day = codes * 86_400 / span.total_seconds() * EACH
    assert WRONG["network"] / 10**6 + day / 10**LONG_DIGITS < 0.001
    (codes, span) = CODES["phone"][-1]
    day = codes * 86_400 / span.total_seconds() * EACH
    assert WRONG["phone"] / 10**6 + day / 10**LONG_DIGITS < 0.00003
