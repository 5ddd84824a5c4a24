"""Numbers are given once each, whoever asks."""

import re
from collections import deque
from copy import copy
from datetime import UTC, datetime

import eventlet
import pytest

from chassis.data.numbers import BLOCK
from chassis.service import Numbers, Service


class ExampleService(Service):
    name = "example"
    numbers = Numbers("QL")


@pytest.fixture
def service(running):
    return running(ExampleService)


def test_a_number_has_a_prefix_the_year_and_six_digits(service):
    assert re.fullmatch(r"QL-20\d\d-000\d{3}", service.service.numbers.take())


def test_the_order_of_numbers_does_not_tell_the_order_of_what_they_were_given_to(service):
    taken = [service.service.numbers.take() for _ in range(BLOCK)]
    assert sorted(taken) != taken
    assert {int(number[-6:]) for number in taken} == set(range(1, BLOCK + 1))


def test_no_number_is_given_twice_by_two_replicas(service):
    first = service.service.numbers
    second = copy(first)
    second.ready = deque()
    replicas = [first, second]
    pool = eventlet.GreenPool()
    taken = list(pool.imap(lambda n: replicas[n % 2].take(), range(500)))
    assert len(set(taken)) == 500
    assert service.database.blocks.count_documents({}) == 1


def test_the_year_turns_at_midnight_in_beijing(service, monkeypatch):
    numbers = service.service.numbers
    monkeypatch.setattr("chassis.data.numbers.now", lambda: datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC))
    assert numbers.take().startswith("QL-2026-")
    monkeypatch.setattr("chassis.data.numbers.now", lambda: datetime(2026, 12, 31, 16, tzinfo=UTC))
    assert numbers.take().startswith("QL-2027-")
