"""Commands that end at the same time are written in one transaction, and each learns its own fate."""

import os

import eventlet
import pytest
from pymongo.errors import AutoReconnect

from chassis.data import unit
from chassis.data.group_commit import GroupCommit
from chassis.data.mongo import connect
from chassis.data.write_locks import WriteLocks
from chassis.tests.test_unit import Jar, Jars

COMMANDS = 20


@pytest.fixture
def jars(store):
    return store(Jars)


@pytest.fixture
def at_once(jars):
    """`at_once(body, numbers)`: what `body(number)`, each as a command of its own, returned or raised."""

    def run(body, numbers=range(COMMANDS)):
        def one(number):
            try:
                return unit.command(jars.database, lambda: body(number))
            except Exception as error:
                return error

        return [greenlet.wait() for greenlet in [eventlet.spawn(one, number) for number in numbers]]

    return run


def transactions(database):
    """How many transactions have written jars, by the server's own log."""
    with connect(os.environ["MONGO_ADMIN"]) as client:
        ours = {"ns": "admin.$cmd", "o.applyOps.ns": f"{database.name}.jars"}
        return client.local.oplog.rs.count_documents(ours)


def test_commands_that_end_meanwhile_go_together_with_their_facts(jars, at_once):
    def fill(number):
        jar = Jar(id=f"j{number}")
        jar.drop()
        jars.add(jar)

    assert at_once(fill) == [None] * COMMANDS
    assert jars.rows.count_documents({"beans": 1}) == COMMANDS
    assert jars.database.events.count_documents({}) == jars.database.outbox.count_documents({}) == COMMANDS
    assert transactions(jars.database) < COMMANDS / 2


def test_one_that_is_refused_does_not_keep_the_others_from_being_written(jars, at_once):
    jars.add(Jar(id="j7", beans=9))
    answers = at_once(lambda number: jars.add(Jar(id=f"j{number}")))
    assert [str(answer) for answer in answers if answer] == ["jars"]
    assert isinstance(answers[7], unit.Duplicate)
    assert jars.rows.count_documents({}) == COMMANDS
    assert jars.get("j7").beans == 9


def test_those_that_change_the_same_thing_follow_each_other(jars, at_once):
    jars.add(Jar(id="a"))

    def drop(_):
        with jars.edit("a") as jar:
            jar.drop()

    assert at_once(drop, range(4)) == [None] * 4
    assert jars.get("a").beans == 4
    assert [row["sequence"] for row in jars.database.events.find().sort("_id")] == [1, 2, 3, 4]


def aborted():
    """How many transactions the server has broken off."""
    with connect(os.environ["MONGO_ADMIN"]) as client:
        return client.admin.command("serverStatus")["transactions"]["totalAborted"]


def test_what_was_read_before_another_write_of_this_process_is_refused_without_trying(jars, at_once):
    jars.add(Jar(id="a"))
    before, tries = aborted(), []

    def drop(number):
        with jars.edit("a") as jar:
            tries.append(number)
            jar.drop()
            if tries == [0]:
                at_once(drop, [1])

    assert at_once(drop, [0]) == [None]
    assert (tries, jars.get("a").beans, aborted()) == ([0, 1, 0], 2, before)


def test_writes_of_one_place_follow_each_other_in_the_order_they_were_claimed():
    writes, order = WriteLocks(), []

    def write(number, *places):
        with writes.held(set(places)):
            order.append(number)
            eventlet.sleep(0.01)
            order.append(number)

    claims = ("a",), ("b",), ("a", "b"), ("c",), ("b",)
    for greenlet in [eventlet.spawn(write, number, *places) for number, places in enumerate(claims)]:
        greenlet.wait()
    assert order == [0, 1, 3, 0, 1, 3, 2, 2, 4, 4]
    assert writes.claims == []


def test_a_common_write_whose_answer_is_lost_is_not_written_again(jars, monkeypatch):
    written, group = unit.Unit.flush, GroupCommit()

    def lost(self, session=None):
        written(self, session)
        if len(self.places()) > 1:
            raise AutoReconnect

    def fill(number):
        ours = unit.Unit(jars.database)
        ours.increment("jars", number, {"beans": 1}, {})
        try:
            group.write(ours)
        except AutoReconnect as error:
            return error

    monkeypatch.setattr(unit.Unit, "flush", lost)
    answers = [greenlet.wait() for greenlet in [eventlet.spawn(fill, number) for number in range(COMMANDS)]]
    assert [row["beans"] for row in jars.rows.find()] == [1] * COMMANDS
    assert any(answers)
