"""The unit of work, on a real database: guarded, merged, all or nothing."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import eventlet
import pytest

from chassis.core import context
from chassis.data import unit
from chassis.domain import Aggregate, Missing, new_id
from chassis.store import BadCursor, Repository, Rows, index
from contracts.sla import ClockDueSoon

AT = datetime(2026, 11, 22, 8, 0, tzinfo=UTC)


@dataclass
class Note:
    text: bytes
    at: datetime


@dataclass(kw_only=True)
class Jar(Aggregate):
    beans: int = 0
    notes: list[Note] = field(default_factory=list)

    def drop(self, at=AT):
        self.beans += 1
        self.record(ClockDueSoon, at, matter_source="a", matter=self.id, clock="c", round=1, level="x", due_at=at)


class Jars(Repository):
    aggregate, collection = Jar, "jars"
    indexes = [index("beans")]


class Tallies(Rows):
    collection = "tallies"


@pytest.fixture
def jars(store):
    return store(Jars)


@pytest.fixture
def tallies(store):
    return store(Tallies)


def events(repository):
    return list(repository.database.events.find().sort("_id"))


def test_an_aggregate_comes_back_as_it_was_saved(jars):
    jar = Jar(id="a", region="r", notes=[Note(b"\x00\xff", AT)])
    jars.add(jar)
    assert jars.get("a") == jar
    assert jars.get("a").version == 1


def test_saving_publishes_what_was_recorded_in_the_same_transaction(jars):
    jars.add(Jar(id="a", region="510183"))
    with jars.edit("a") as jar:
        jar.drop()
        jar.drop()
    first, second = events(jars)
    assert (first["sequence"], second["sequence"]) == (1, 2)
    assert first["_id"] < second["_id"]
    assert first["regionid"] == "510183"
    assert [row["_id"] for row in jars.database.outbox.find().sort("_id")] == [first["_id"], second["_id"]]


def test_a_fact_is_never_earlier_than_the_one_before(jars):
    jar = Jar(id="a")
    jar.drop(AT)
    jar.drop(AT - timedelta(hours=1))
    assert [fact.time for fact in jar.recorded] == [AT, AT]


def test_facts_carry_the_trail_of_the_work_that_recorded_them(jars):
    trail = context.begin("00-" + "a" * 32 + "-" + "b" * 16 + "-01")
    with context.following(trail):
        jar = Jar(id="a")
        jar.drop()
        jars.add(jar)
    assert events(jars)[0]["traceparent"].startswith("00-" + "a" * 32)
    assert events(jars)[0]["correlationid"] == "a" * 32


def test_two_editors_at_once_lose_no_change(jars):
    jars.add(Jar(id="a"))

    def edit():
        with jars.edit("a") as jar:
            eventlet.sleep(0.02)
            jar.drop()

    workers = [eventlet.spawn(unit.command, jars.database, edit) for _ in range(4)]
    for worker in workers:
        worker.wait()
    assert jars.get("a").beans == 4
    assert [event["sequence"] for event in events(jars)] == [1, 2, 3, 4]


def test_a_stale_edit_outside_a_command_is_a_clash_and_changes_nothing(jars):
    jars.add(Jar(id="a"))
    with pytest.raises(unit.Clash), jars.edit("a") as jar:
        jars.rows.update_one({"_id": "a"}, {"$inc": {"version": 1}})
        jar.drop()
    assert events(jars) == []


def test_an_edit_clashes_with_a_lock_which_changes_nothing_itself(jars):
    jars.add(Jar(id="a"))
    with pytest.raises(unit.Clash), jars.edit("a") as jar:
        eventlet.spawn(jars.lock, "a").wait()
        jar.drop()
    assert (jars.get("a"), events(jars)) == (Jar(id="a", version=2), [])


def test_a_body_that_raises_changes_nothing(jars, tallies):
    def body():
        jars.add(Jar(id="a"))
        tallies.increment("t", {"n": 1})
        raise KeyError("boom")

    with pytest.raises(KeyError):
        unit.command(jars.database, body)
    assert jars.first({}) is None and tallies.first({}) is None


def test_a_taken_id_is_told_by_collection_and_nothing_of_the_command_stays(jars, tallies):
    jars.add(Jar(id="a"))

    def body():
        tallies.increment("t", {"n": 1})
        jars.add(Jar(id="a"))

    with pytest.raises(unit.Duplicate) as taken:
        unit.command(jars.database, body)
    assert taken.value.collection == "jars"
    assert tallies.first({}) is None


def test_counters_raised_many_times_are_one_write(tallies):
    def body():
        for _ in range(100):
            tallies.increment("t", {"n": 1, "m": 2}, {"region": "r"})
        return len(unit.current().journal.changes["tallies"])

    assert unit.command(tallies.database, body) == 1
    assert tallies.row("t") == {"_id": "t", "region": "r", "n": 100, "m": 200}


def test_a_row_is_read_as_the_open_unit_will_leave_it(tallies):
    tallies.insert({"_id": "t", "n": 1})

    def body():
        tallies.increment("t", {"n": 2})
        tallies.put("t", {"seen": True})
        tallies.insert({"_id": "new", "n": 5})
        tallies.increment("new", {"n": 1})
        return tallies.row("t"), tallies.row("new")

    assert unit.command(tallies.database, body) == ({"_id": "t", "n": 3, "seen": True}, {"_id": "new", "n": 6})
    assert tallies.row("new") == {"_id": "new", "n": 6}


def test_a_row_inserted_and_removed_again_is_not_written(tallies):
    def body():
        tallies.insert({"_id": "t"})
        tallies.remove("t")
        return tallies.row("t")

    assert unit.command(tallies.database, body) is None
    assert tallies.first({}) is None


def test_removing_a_row_that_is_gone_is_a_clash(tallies):
    with pytest.raises(unit.Clash):
        tallies.remove("gone")


def test_a_query_after_a_write_of_the_same_body_is_refused(tallies):
    def body():
        tallies.insert({"_id": "t"})
        tallies.find({})

    with pytest.raises(unit.QueryAfterWrite):
        unit.command(tallies.database, body)


def test_an_unknown_id_is_refused_with_the_repository_s_own_refusal(jars):
    with pytest.raises(Missing):
        jars.get("nobody")
    with pytest.raises(Missing), jars.edit("nobody"):
        raise AssertionError("not reached")


def test_paging_walks_all_once_newest_first(jars):
    ids = [new_id() for _ in range(5)]
    for key in ids:
        jars.add(Jar(id=key))
    seen, cursor = [], None
    while True:
        page = jars.page({}, cursor, 2)
        seen += [jar.id for jar in page.items]
        cursor = page.next
        if cursor is None:
            break
    assert seen == ids[::-1]
    with pytest.raises(BadCursor):
        jars.page({}, "nonsense!", 2)


def test_an_id_is_greater_than_the_one_before_though_the_clock_is_behind():
    from chassis.domain import id_after

    ahead = "ffff03f5-187b-745e-be83-84619d372309"
    assert id_after(ahead) > ahead
