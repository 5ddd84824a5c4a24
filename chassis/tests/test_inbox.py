"""The bus as a service sees it, on a real broker: one effect each, in order, poison set aside, history once."""

from dataclasses import dataclass
from datetime import timedelta

import pytest

from chassis.bus import parking
from chassis.domain import Aggregate, NotYet, new_id, now
from chassis.service import Service, every, on
from chassis.store import Repository, Rows
from chassis.testing import wait_until
from contracts.sla import ClockDueSoon, ClockElapsed

BROKEN = {}


@dataclass(kw_only=True)
class Thing(Aggregate):
    hits: int = 0


class Things(Repository):
    aggregate, collection = Thing, "things"


class Effects(Rows):
    collection = "effects"


class ExampleService(Service):
    """A small service."""

    name = "example"
    things = Things()
    effects = Effects()

    @on(ClockElapsed)
    def note(self, fact):
        self.effects.insert({"_id": fact.id, "subject": fact.subject, "sequence": fact.sequence})
        self.effects.increment("count", {"n": 1})
        if error := BROKEN.get(fact.subject):
            raise error

    @on(ClockDueSoon)
    def count_open(self, fact):
        seen = len(self.effects.find({"subject": fact.subject}))
        self.effects.insert({"_id": fact.id, "subject": fact.subject, "seen": seen})

    @every(seconds=60, each=lambda self: ["bad", "good"])
    def work(self, key):
        if key == "bad":
            raise KeyError(key)
        self.effects.increment("ticks", {"n": 1})


@pytest.fixture
def example(running):
    BROKEN.clear()
    return running(ExampleService)


@pytest.fixture
def hasty(monkeypatch):
    monkeypatch.setattr(parking, "BACK_OFF", [timedelta(milliseconds=50)] * 6)


def data(matter="m1"):
    return {
        "matter_source": "petition",
        "matter": matter,
        "clock": "sign",
        "round": 1,
        "level": "town",
        "due_at": now(),
    }


def effects(example, subject):
    return [row["sequence"] for row in example.database.effects.find({"subject": subject}).sort("_id")]


def test_a_fact_has_its_effect_once_though_delivered_twice(example):
    fact = example.tell(ClockElapsed, subject="a", **data())
    example.deliver(fact)
    example.tell(ClockElapsed, subject="a", **data())
    assert effects(example, "a") == [1, 2]
    assert example.database.effects.find_one({"_id": "count"})["n"] == 2


def test_a_handler_that_fails_leaves_no_trace_and_stops_no_neighbour(example):
    BROKEN["a"] = KeyError("boom")
    example.tell(ClockElapsed, subject="a", **data())
    example.tell(ClockElapsed, subject="b", **data())
    assert effects(example, "a") == []
    assert effects(example, "b") == [1]
    assert example.database.effects.find_one({"_id": "count"})["n"] == 1
    row = example.database.parked.find_one({"subject": "a"})
    assert row["error"].startswith("KeyError at test_inbox.py")
    assert "boom" not in str(row)


def test_later_facts_of_a_failed_subject_wait_and_are_retried_in_order(example, hasty):
    BROKEN["a"] = KeyError("boom")
    for _ in range(3):
        example.tell(ClockElapsed, subject="a", **data())
    assert example.database.blocked.find_one({})["waiting"] == 3
    BROKEN.clear()
    wait_until(lambda: not example.database.blocked.find_one({}), "the lane to open")
    example.tell(ClockElapsed, subject="a", **data())
    assert effects(example, "a") == [1, 2, 3, 4]
    assert example.database.parked.find_one({}) is None


def test_after_all_tries_a_lane_waits_for_a_person(example, hasty):
    BROKEN["a"] = KeyError("boom")
    example.tell(ClockElapsed, subject="a", **data())
    lane = wait_until(lambda: example.database.blocked.find_one({"state": "needs_a_person"}), "the last try")
    assert lane["attempts"] == len(parking.BACK_OFF) + 1
    assert lane["next_at"] is None


def test_not_yet_is_retried_soon_and_raises_no_alarm(example, monkeypatch):
    monkeypatch.setattr(parking, "NOT_YET", timedelta(milliseconds=20))
    BROKEN["a"] = NotYet()
    example.tell(ClockElapsed, subject="a", **data())
    wait_until(lambda: example.database.blocked.find_one({"state": "not_yet"}), "a lane that nobody is called for")
    BROKEN.clear()
    wait_until(lambda: effects(example, "a") == [1], "the effect")


def test_bytes_that_are_no_fact_are_parked_with_their_place(example):
    example.send(b"{broken", "sla.elapsed.v1", new_id(), "a", 1)
    row = wait_until(lambda: example.database.parked.find_one({}), "the parked row")
    assert (row["body"], row["subject"], row["error"].split()[0]) == (b"{broken", "a", "Undecodable")
    example.tell(ClockElapsed, subject="b", **data())
    assert effects(example, "b") == [1]


def test_a_query_sees_what_earlier_messages_of_its_batch_wrote(example):
    with example.paused():
        facts = [example.tell(ClockElapsed, subject="a", wait=False, **data()) for _ in range(5)]
        last = example.tell(ClockDueSoon, subject="a", wait=False, **data())
    example.handled(*facts, last)
    assert example.database.effects.find_one({"_id": last.id})["seen"] == 5


def test_a_message_alone_when_the_process_died_is_parked_unrun_and_no_innocent_with_it(example):
    example.stop()
    killer = example.tell(ClockElapsed, subject="a", wait=False, **data())
    innocents = [example.tell(ClockElapsed, subject=f"b{n}", wait=False, **data()) for n in range(5)]
    example.return_undelivered(times=2)
    example.database.attempts.insert_one({"_id": f"note:1:{killer.id}@sla", "at": now()})
    example.start()
    example.handled(killer, *innocents)
    assert effects(example, "a") == []
    assert all(effects(example, f"b{n}") == [1] for n in range(5))
    wait_until(lambda: not example.database.attempts.find_one({}), "the notes to go")
    waits = example.database.blocked.find_one({})["next_at"] - now()
    assert timedelta(minutes=1) < waits < timedelta(minutes=2)


def test_a_message_convicted_of_kills_from_outside_has_its_effect_at_the_next_try(example, hasty):
    example.stop()
    convicted = example.tell(ClockElapsed, subject="a", wait=False, **data())
    example.return_undelivered(times=2)
    example.database.attempts.insert_one({"_id": f"note:1:{convicted.id}@sla", "at": now()})
    example.start()
    wait_until(lambda: effects(example, "a") == [1], "its effect")
    wait_until(lambda: not example.database.blocked.find_one({}), "the lane to open")


def test_one_failing_id_of_a_tick_starves_no_other(example):
    wait_until(lambda: example.database.effects.find_one({"_id": "ticks", "n": 1}), "the first tick")
    example.tick("work")
    assert example.database.effects.find_one({"_id": "ticks"})["n"] == 2


@pytest.mark.own_county
def test_a_service_whose_queue_is_bound_to_other_facts_does_not_start(example):
    example.stop()
    example.database.topology.update_one({"_id": "inbox"}, {"$set": {"types": ["sla.elapsed.v1"]}})
    with pytest.raises(RuntimeError, match="chassis.provision"):
        example.start()
