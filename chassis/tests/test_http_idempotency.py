"""Idempotency-Key: once, the same answer again, and never somebody else's; by today's rights: test_http_again.py."""

import json
from datetime import timedelta

import eventlet
import pytest

from chassis.data import unit
from chassis.data.unit import Clash
from chassis.domain import now
from chassis.tests.example import ExampleService, problem
from chassis.web.idempotency import COLLECTION

KEY = "a-key-of-the-client"
NOTE = {"text": "不能丢的话"}


@pytest.fixture
def example(running):
    ExampleService.runs.clear()
    return running(ExampleService)


@pytest.fixture
def villager(person):
    return person()


def write(example, who, note=NOTE, key=KEY):
    return example.http.post("/v1/notes", json=note, person=who, key=key)


def test_a_repeated_command_has_one_effect_and_the_same_answer(example, villager):
    first, second = write(example, villager), write(example, villager)
    assert (first.status_code, second.status_code) == (201, 201)
    assert first.json() == second.json()
    assert first.headers["Content-Type"] == second.headers["Content-Type"]
    assert example.database.notes.count_documents({}) == len(ExampleService.runs) == 1


def test_an_empty_answer_is_repeated_too(example, villager):
    for _ in range(2):
        response = example.http.post("/v1/notes/1/lines", json=NOTE, person=villager, key=KEY)
        assert (response.status_code, response.content) == (204, b"")


def test_without_a_key_each_command_counts(example, villager):
    write(example, villager, key=None)
    write(example, villager, key=None)
    assert example.database.notes.count_documents({}) == 2


def test_the_same_key_with_another_body_is_refused(example, villager):
    write(example, villager)
    problem(write(example, villager, {"text": "别的话"}), 422, "idempotency_key_reused")
    assert example.database.notes.count_documents({}) == 1


def test_the_same_key_on_another_thing_is_refused(example, villager):
    assert example.http.post("/v1/notes/1/lines", json=NOTE, person=villager, key=KEY).status_code == 204
    response = example.http.post("/v1/notes/2/lines", json=NOTE, person=villager, key=KEY)
    problem(response, 422, "idempotency_key_reused")


def test_a_key_belongs_to_one_person_and_one_route(example, villager, person):
    answers = [
        write(example, villager),
        write(example, person()),
        example.http.post("/v1/notes/1/lines", json=NOTE, person=villager, key=KEY),
        example.http.post("/v1/signals", key=KEY),
    ]
    assert [answer.status_code for answer in answers] == [201, 201, 204, 204]
    assert example.database[COLLECTION].count_documents({}) == 4


def test_a_refused_command_is_not_kept(example, villager):
    problem(write(example, villager, {"text": "already_said"}), 409, "already_said")
    assert example.database[COLLECTION].count_documents({}) == 0


def test_what_is_kept_cannot_be_read_and_is_gone_after_a_day(example, villager):
    write(example, villager)
    row = example.database[COLLECTION].find_one()
    assert NOTE["text"] not in json.dumps(row, default=repr, ensure_ascii=False)
    assert KEY not in str(row) and row["kept"].keys() == {"id"}
    assert timedelta(hours=23, minutes=59) < row["expires_at"] - now() <= timedelta(hours=25)
    assert row["expires_at"].minute == row["expires_at"].second == 0
    indexes = example.database[COLLECTION].index_information()
    assert indexes["expires_at_1"]["expireAfterSeconds"] == 0


def test_a_concurrent_twin_is_told_to_wait(example, villager):
    slow = {"text": "慢"}
    twins = [eventlet.spawn(write, example, villager, slow) for _ in range(2)]
    answers = sorted((twin.wait() for twin in twins), key=lambda answer: answer.status_code)
    assert answers[0].status_code == 201
    problem(answers[1], 409, "request_in_progress")
    assert example.database.notes.count_documents({}) == 1
    assert write(example, villager, slow).json() == answers[0].json()


@pytest.mark.parametrize("conflict", [False, True])
def test_a_twin_that_commits_last_is_told_to_wait(example, villager, monkeypatch, conflict):
    """The twin looked before the first committed, and wrote after it or while it did."""
    write(example, villager)
    row = example.database[COLLECTION].find_one_and_delete({})
    flush = unit.Unit.flush

    def late(self, session=None):
        example.database[COLLECTION].insert_one(row)
        if conflict:
            raise Clash()
        flush(self, session)

    monkeypatch.setattr(unit.Unit, "flush", late)
    problem(write(example, villager), 409, "request_in_progress")
    assert example.database.notes.count_documents({}) == 1


def test_a_commit_whose_confirmation_was_lost_is_recognised_as_our_own(example, villager, monkeypatch):
    flush, lost = unit.Unit.flush, []

    def forgetful(self, session=None):
        flush(self, session)
        if not lost:
            lost.append(True)
            raise Clash()

    monkeypatch.setattr(unit.Unit, "flush", forgetful)
    assert write(example, villager).status_code == 201
    assert example.database.notes.count_documents({}) == 1


def test_another_unique_key_that_is_taken_is_not_mistaken_for_a_twin(example):
    assert example.http.post("/v1/twice", key="one").status_code == 204
    problem(example.http.post("/v1/twice", key="two"), 409, "already_exists")


@pytest.mark.parametrize("key", ["x" * 129, "有 空", "a b"])
def test_a_strange_key_is_refused(example, villager, key):
    problem(write(example, villager, key=key.encode()), 400, "bad_idempotency_key")


def test_a_stored_answer_survives_a_restart(example, villager):
    first = write(example, villager)
    with example.paused():
        pass
    assert write(example, villager).json() == first.json()
