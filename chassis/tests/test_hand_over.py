"""What a process commits goes to its relay at once, and never before what others have recorded of the same subject."""

import time
from contextlib import ExitStack

import pytest

from chassis.bus import broker, hand_over
from chassis.bus.hand_over import HandOver
from chassis.data import unit
from chassis.domain import now
from chassis.service import Service, internal
from chassis.store import Repository
from chassis.testing import wait_until
from chassis.tests.test_relay import drained, holder
from chassis.tests.test_unit import Jar

BEANS = 40


def row(subject, sequence):
    return {"_id": f"{subject}{sequence}", "subject": subject, "sequence": sequence}


def names(rows):
    return [each["_id"] for each in rows]


@pytest.fixture
def handed():
    made = HandOver()
    with made.opened():
        made.missed = False
        yield made


def test_the_first_fact_of_a_subject_goes_at_once_and_the_next_when_it_is_confirmed(handed):
    handed.give([row("a", 1), row("a", 2), row("b", 1), row("a", 3)])
    assert names(handed.take(9, set())) == ["a1", "b1"]
    assert names(handed.take(9, {"a", "b"})) == []
    handed.confirmed(row("a", 1))
    assert names(handed.take(9, set())) == ["a2"]
    handed.confirmed(row("a", 2))
    assert names(handed.take(9, set())) == ["a3"]
    assert not handed.missed


def test_no_more_are_taken_than_there_is_room_for(handed):
    handed.give([row(subject, 1) for subject in "abc"])
    assert (names(handed.take(2, set())), names(handed.take(2, set()))) == (["a1", "b1"], ["c1"])


def test_one_whose_predecessor_another_process_recorded_is_left_to_the_next_look(handed):
    handed.give([row("a", 2), row("a", 3)])
    assert (handed.take(9, set()), handed.missed, list(handed.rows)) == ([], True, [])


def test_one_that_a_look_found_meanwhile_is_not_sent_again(handed):
    handed.give([row("a", 1), row("a", 2)])
    handed.confirmed(row("a", 1))
    assert names(handed.take(9, set())) == ["a2"]
    assert not handed.missed


def test_what_comes_while_nobody_publishes_or_too_much_is_left_to_the_next_look(handed, monkeypatch):
    monkeypatch.setattr(hand_over, "MOST", 2)
    handed.give([row(subject, 1) for subject in "abc"])
    assert (list(handed.rows), handed.missed) == ([], True)
    closed = HandOver()
    closed.give([row("a", 1)])
    assert (list(closed.rows), closed.missed) == ([], True)


def test_of_too_many_subjects_the_longest_silent_are_forgotten(handed, monkeypatch):
    monkeypatch.setattr(hand_over, "REMEMBERED", 2)
    for subject in "abc":
        handed.confirmed(row(subject, 1))
    handed.give([row("c", 2), row("a", 2)])
    assert (names(handed.take(9, set())), handed.missed) == (["c2"], True)


class Jars(Repository):
    aggregate, collection = Jar, "jars"


class SlaService(Service):
    """A small service.

    Owns       jars
    Publishes  sla.due_soon
    Consumes
    """

    name = "sla"
    jars = Jars()

    @internal("POST", "/v1/internal/jars/{key}", callers=["petition"])
    def drop(self, call, key):
        """A bean in a jar, which is new or not."""
        if self.jars.first({"_id": key}) is None:
            self.jars.add(Jar(id=key))
            return
        with self.jars.edit(key) as jar:
            jar.drop(now())


@pytest.fixture
def told(county):
    """`all_told = told()`, once a service runs; `all_told()`: (subject, sequence) of all that was published since."""
    with ExitStack() as stack:

        def listen():
            connection, seen = stack.enter_context(broker.connect(county.amqp())), []
            channel = connection.channel()
            channel.queue_declare("told", durable=False, auto_delete=True)
            channel.queue_bind("told", broker.exchange_of("sla"), "#")
            channel.basic_consume("told", callback=lambda message: seen.append(of(message)), no_ack=True)

            def all_told():
                while broker.drain(connection, 0.2):
                    pass
                return seen

            return all_told

        yield listen


def of(message):
    headers = message.headers
    return headers["subject"], headers["sequence"]


def dropped(service, key):
    assert service.internal("petition").post(f"/v1/internal/jars/{key}").status_code < 300


def looks(service):
    """How often `outbox` was read so far."""
    found = next(service.database.outbox.aggregate([{"$collStats": {"latencyStats": {}}}]))
    return found["latencyStats"]["reads"]["ops"]


def test_what_a_process_commits_is_published_without_being_read_back(running, told):
    service = running(SlaService)
    wait_until(lambda: holder(service))
    all_told = told()
    before, began = looks(service), time.monotonic()
    for _ in range(BEANS + 1):
        dropped(service, "a")
    wait_until(lambda: all_told()[-1:] == [("a", BEANS)])
    assert all_told() == [("a", number + 1) for number in range(BEANS)]
    assert looks(service) - before <= 3 + (time.monotonic() - began)
    wait_until(lambda: drained(service))


def test_facts_of_one_subject_recorded_here_and_there_go_out_in_their_order(running, told):
    first = running(SlaService)
    wait_until(lambda: holder(first))
    replicas, all_told = (first, running(SlaService)), told()
    for number in range(BEANS + 1):
        dropped(replicas[number % 2], "a")
    wait_until(lambda: drained(first))
    assert list(dict.fromkeys(all_told())) == [("a", number + 1) for number in range(BEANS)]


def test_a_hand_over_that_is_lost_loses_nothing(running, told, monkeypatch):
    service = running(SlaService)
    wait_until(lambda: holder(service))
    all_told = told()
    monkeypatch.setattr(unit.Unit, "_hand_over", lambda self, rows: None)
    for _ in range(3):
        dropped(service, "a")
    wait_until(lambda: drained(service))
    assert all_told() == [("a", 1), ("a", 2)]
