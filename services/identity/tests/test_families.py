"""Refresh tokens are a family: an older one that comes back tells of a copy; a lost answer is repeated by its key."""

from datetime import timedelta

import pytest

from chassis.domain import now
from contracts.identity.sign_in import SessionCopied
from services.identity.tests.test_service import PHONE, refused, request_code, reveal, sign_in

pytestmark = pytest.mark.feature("I05")


def turn(here, token, key=None):
    return here.http.post("/v1/sessions/refresh", json={"refresh_token": token}, key=key)


def later(here):
    """The moment in which twins may come is over."""
    here.database.turns.update_many({}, {"$set": {"at": now() - timedelta(minutes=1)}})


def test_a_thief_who_turned_twice_is_noticed_when_the_owner_comes_with_an_older_token(here):
    owner = sign_in(here).json()
    second = turn(here, owner["refresh_token"]).json()
    third = turn(here, second["refresh_token"]).json()
    assert refused(turn(here, owner["refresh_token"]), 401, "sign_in_again")
    assert refused(here.http.get("/v1/sessions", token=third["access_token"]), 401, "token_expired")
    assert refused(turn(here, third["refresh_token"]), 401, "sign_in_again")
    (told,) = here.facts(SessionCopied)
    assert told.subject == owner["person"]


def test_a_thief_with_a_key_of_his_own_is_noticed_as_well(here):
    first = sign_in(here).json()["refresh_token"]
    stolen = turn(here, first, "thief").json()["refresh_token"]
    later(here)
    assert refused(turn(here, first, "owner"), 401, "sign_in_again")
    assert refused(turn(here, stolen), 401, "sign_in_again")
    assert len(here.facts(SessionCopied)) == 1


def test_a_client_that_lost_the_answer_gets_the_same_next_token_by_its_key_however_late(here):
    first = sign_in(here).json()["refresh_token"]
    answers = [turn(here, first, "lost")]
    later(here)
    answers += [turn(here, first, "lost") for _ in range(2)]
    (second,) = {answer.json()["refresh_token"] for answer in answers}
    assert turn(here, second, "next").ok
    assert refused(turn(here, first, "lost"), 401, "sign_in_again")
    assert len(here.facts(SessionCopied)) == 1


def test_twins_of_two_tabs_do_no_harm(here):
    first = sign_in(here).json()["refresh_token"]
    second = turn(here, first, "one-tab").json()["refresh_token"]
    assert refused(turn(here, first, "another-tab"), 401, "sign_in_again")
    assert turn(here, second).ok
    assert here.facts(SessionCopied) == []


def test_a_client_that_lost_the_answer_of_its_sign_in_gets_the_same_session_by_its_key(here):
    challenge = request_code(here).json()["challenge"]
    given = {"challenge": challenge, "code": reveal(here, challenge).json()["code"]}
    ask = lambda key: here.http.post("/v1/sessions", json=given, key=key)  # noqa: E731
    first, again = ask("lost"), ask("lost")
    assert first.json()["refresh_token"] == again.json()["refresh_token"]
    assert refused(ask("another"), 401, "sign_in_failed")
    assert here.database.sessions.count_documents({}) == 1
    turn(here, first.json()["refresh_token"])
    assert ask("lost").json()["refresh_token"] != first.json()["refresh_token"]
    here.database.challenges.update_many({}, {"$set": {"expires_at": now()}})
    assert refused(ask("lost"), 401, "sign_in_failed")


def test_of_a_token_nothing_is_kept_but_its_number_and_of_its_use_the_hour(here):
    tokens = sign_in(here, PHONE).json()
    again = turn(here, tokens["refresh_token"], "key-of-the-client").json()
    kept = repr({name: list(here.database[name].find()) for name in here.database.list_collection_names()})
    for each in (tokens, again):
        assert each["refresh_token"].rpartition(".")[2] not in kept
        assert each["access_token"] not in kept
    assert "key-of-the-client" not in kept
    (session,) = here.database.sessions.find()
    assert session["turn"] == 2
    assert {(at.minute, at.second) for at in (session["renewed_at"], session["expires_at"])} == {(0, 0)}
    assert {row.keys() - {"_id", "at", "version"} == set() for row in here.database.turns.find()} == {True}
