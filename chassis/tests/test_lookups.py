"""Reads asked for at the same time go together; each sees what was committed before it was asked for."""

import os

import eventlet
import pytest
from pymongo.errors import InvalidOperation

from chassis.lookups import Lookups
from chassis.mongo import connect
from chassis.store import Rows

READERS = 20


class Shelf(Rows):
    collection = "shelf"


@pytest.fixture
def shelf(store):
    return store(Shelf)


class Counted:
    """A collection, and how often it was asked."""

    def __init__(self, rows):
        self.rows, self.queries = rows, 0

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
