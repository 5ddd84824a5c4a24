"""Reads asked for at the same time go together; each sees what was committed before it was asked for."""

import os

import eventlet
import pytest
from pymongo.errors import InvalidOperation

from chassis.data.lookups import Lookups
from chassis.data.mongo import connect
from chassis.store import Rows
from chassis.testing import wait_until

READERS = 20


class Shelf(Rows):
    collection = "shelf"


@pytest.fixture
def shelf(store):
    return store(Shelf)


class Counted:
    """A collection, and how often it was asked."""

    def __init__(self, rows):
        self.rows, self.database, self.name, self.queries = rows, rows.database, rows.name, 0

    def find(self, query):
        self.queries += 1
        return self.rows.find(query)


def at_once(read):
    return [greenlet.wait() for greenlet in [eventlet.spawn(read, number) for number in range(READERS)]]


def test_reads_of_the_same_moment_are_one_query_and_each_gets_its_own(shelf):
    shelf.rows.insert_many([{"_id": number} for number in range(READERS)])
    counted = Counted(shelf.rows)
    lookups = Lookups(counted)
    assert at_once(lambda number: lookups.find([number, "nobody's"])) == [[{"_id": n}] for n in range(READERS)]
    assert counted.queries == 1


def test_a_read_sees_what_was_written_before_it_was_asked_for(shelf):
    def write_and_read(number):
        shelf.rows.insert_one({"_id": number})
        return shelf.row(number)

    assert at_once(write_and_read) == [{"_id": number} for number in range(READERS)]


def test_a_key_that_several_have_gives_all_of_them(shelf):
    shelf.rows.insert_many([{"_id": number, "colour": ("red", "blue")[number % 2]} for number in range(4)])
    assert sorted(row["_id"] for row in shelf.looked_up(["red"], "colour")) == [0, 2]
    assert shelf.looked_up(["green"], "colour") == []


def test_a_query_that_fails_is_told_to_everybody_and_the_next_one_goes(shelf):
    client = connect(os.environ["MONGO_ADMIN"])
    lookups = Lookups(client.somewhere.shelf)
    client.close()

    def read(number):
        with pytest.raises(InvalidOperation):
            lookups.find([number])

    at_once(read)
    lookups.rows = shelf.rows
    assert lookups.find([1]) == []


def test_what_hardly_ever_changes_is_kept_until_this_process_writes_to_it_or_the_time_is_over(shelf):
    shelf.rows.insert_one({"_id": 1, "colour": "red"})
    counted = Counted(shelf.rows)
    lookups = Lookups(counted, seconds=0.3)
    assert [lookups.find([1, 2]), lookups.find([2, 1])] == [[{"_id": 1, "colour": "red"}]] * 2
    assert counted.queries == 1
    shelf.put(2, {"colour": "blue"})
    assert len(lookups.find([1, 2])) == 2
    shelf.rows.delete_one({"_id": 1})
    assert len(lookups.find([1, 2])) == 2
    wait_until(lambda: len(lookups.find([1, 2])) == 1, "another process's write")


def test_what_was_read_while_it_changed_is_not_kept(shelf):
    class Slow(Counted):
        def find(self, query):
            found = list(super().find(query))
            shelf.put(1, {"colour": "red"})
            return found

    lookups = Lookups(Slow(shelf.rows), seconds=60)
    assert lookups.find([1]) == []
    assert lookups.find([1]) == [{"_id": 1, "colour": "red"}]
