"""Access that was taken away: tokens are void as soon as identity's fact is here, and at their end in any case."""

from datetime import timedelta

import pytest

from chassis.domain import now
from chassis.tests.example import ExampleService, problem
from contracts.identity.access import AccessRevoked

pytestmark = [pytest.mark.feature("I04"), pytest.mark.feature("I05")]


@pytest.fixture
def example(running):
    return running(ExampleService)


def ask(example, token):
    return example.http.get("/v1/notes", token=token)


def test_what_a_person_was_given_before_is_void_and_what_comes_after_is_not(example, person, county):
    villager, neighbour, at = person(), person(), now()
    before, after = (county.token(villager, at=at + timedelta(seconds=shift)) for shift in (-1, 0))
    assert ask(example, before).ok
    example.tell(AccessRevoked, subject=villager.id, before=at)
    problem(ask(example, before), 401, "token_expired")
    assert ask(example, after).ok
    assert ask(example, county.token(neighbour, at=at - timedelta(seconds=1))).ok


def test_one_session_can_end_alone(example, person, county):
    villager, at = person(), now()
    first, second = (county.token(villager, at=at - timedelta(seconds=1), session=session) for session in ("s1", "s2"))
    example.tell(AccessRevoked, subject=villager.id, before=at, session="s1")
    problem(ask(example, first), 401, "token_expired")
    assert ask(example, second).ok


def test_with_the_bus_down_a_token_ends_with_its_ten_minutes(example, person, county):
    """Nothing was told; identity refuses to renew it (services/identity/tests/test_access.py)."""
    old = county.token(person(), at=now() - timedelta(minutes=10, seconds=6))
    problem(ask(example, old), 401, "token_expired")


def test_the_list_forgets_what_no_token_can_be_older_than(example, person):
    at = now()
    example.tell(AccessRevoked, subject=person().id, before=at)
    row = example.database.revocations.find_one()
    assert row["until"] == at + timedelta(minutes=15)
    keys = {index["name"]: index for index in example.database.revocations.list_indexes()}
    assert keys["until_1"]["expireAfterSeconds"] == 0
