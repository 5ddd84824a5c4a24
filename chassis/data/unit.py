"""The unit of work: aggregates and rows changed together, written with their facts in one transaction.

Reads happen outside the transaction; every write is guarded (version, unique key), so what was read is still true
when it is written or the whole body runs again. The transaction itself is as short as its writes.
"""

import random
import time
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from chassis.core import context
from chassis.core.failpoints import failpoint
from chassis.data.change_set import ChangeSet
from chassis.data.group_commit import GroupCommit
from chassis.data.lookups import Written
from chassis.data.mongo import Clash, Duplicate, is_away, transact
from contracts.sdk.envelope import render

__all__ = ["Clash", "Duplicate", "SplitHere", "Unit", "command", "current", "within"]

CLASHES = 8
AWAY_SECONDS = 8

_current = ContextVar("unit", default=None)


class Listeners(list):
    """State of a database: what is called with the rows of `outbox` that this process has committed there."""


class SplitHere(Exception):
    """A query needs what earlier messages of the batch wrote: flush them first, then run this message."""


class QueryAfterWrite(RuntimeError):
    """A body queried a collection after writing to it; query first, then write."""


@dataclass
class Held:
    """An aggregate in the identity map, with its last good form for taking back."""

    repository: Any
    aggregate: Any
    good: dict | None
    base: int


class Unit:
    """The open unit of work of one command or one batch; `first(database, session)` begins its transaction."""

    def __init__(self, database, first=None):
        self.database, self.first = database, first
        self.pending = ChangeSet()
        self.held = {}
        self.absent = set()
        self.facts = []
        self._mark = 0
        self._touched = []

    def begin(self, origin):
        """Start the message with this index of the batch."""
        self.pending.begin(origin)
        self._mark, self._touched = len(self.facts), []

    def take_back(self):
        """Undo in memory all that the message in hand did."""
        self.pending.take_back()
        del self.facts[self._mark :]
        for key, held in self._touched:
            if held.good is None:
                self.held.pop(key, None)
            else:
                held.aggregate = held.repository.load(held.good)

    def insert(self, collection, document):
        """Insert a document with its `_id`."""
        change = self.pending.change(collection, document["_id"])
        change.document, change.expected, change.removed = document, 0, False

    def put(self, collection, key, fields):
        """Set fields of one row, made if it is not there."""
        self.pending.change(collection, key).fields.update(fields)

    def increment(self, collection, key, counts, defaults):
        """Add to counters of one row, made with `defaults` if it is not there."""
        change = self.pending.change(collection, key)
        change.defaults |= defaults
        for name, count in counts.items():
            change.counts[name] += count

    def amend(self, collection, key, fields, counts):
        """Set fields of and add to counters of one row, which must be there."""
        self.put(collection, key, fields)
        self.increment(collection, key, counts, {})
        self.pending.change(collection, key).upsert = False

    def remove(self, collection, key):
        """Delete one row, which must be there."""
        self.pending.change(collection, key).removed = True

    def hold(self, repository, key, document):
        """Put a loaded document into the identity map, unless it is there; returns Held."""
        place = (repository.collection, key)
        if place not in self.held:
            self.held[place] = Held(repository, repository.load(document), document, document["version"])
        return self.held[place]

    def touch(self, repository, held):
        """Note that the message in hand is about to change an aggregate."""
        self._touched.append(((repository.collection, held.aggregate.id), held))

    def add(self, repository, aggregate):
        """Take a new aggregate in."""
        held = Held(repository, aggregate, None, 0)
        self.held[repository.collection, aggregate.id] = held
        self.touch(repository, held)
        self.save(held)

    def save(self, held):
        """Journal an aggregate as it is now, and the facts it recorded."""
        aggregate = held.aggregate
        aggregate.version = held.base + 1
        self.facts += [replace(fact, **context.of_fact()) for fact in aggregate.recorded]
        aggregate.recorded.clear()
        change = self.pending.change(held.repository.collection, aggregate.id)
        change.document, change.expected = held.repository.dump(aggregate), held.base

    def settle(self):
        """The message in hand went well: its aggregates' forms are the good ones from now on."""
        for (collection, key), held in self._touched:
            held.good = self.pending.changes[collection][key].document

    def may_query(self, collection):
        """Raise SplitHere or QueryAfterWrite when a query would miss what is pending in the collection."""
        if self.pending.changes.get(collection):
            raise SplitHere() if self.pending.asked_by_earlier(collection) else QueryAfterWrite(collection)

    def flush(self, session=None):
        """Write everything in one transaction. Raises Clash, Duplicate, or pymongo's errors."""
        if self.facts or any(self.pending.changes.values()):
            outgoing = [_outgoing(fact) for fact in self.facts]
            transact(self.database.client, partial(self._write, outgoing), session)
            self.database.state(Written).update(name for name, changes in self.pending.changes.items() if changes)
            if outgoing:
                self._hand_over(outgoing)

    def places(self):
        """(collection, key) of all it is going to write."""
        return {(name, key) for name, changes in self.pending.changes.items() for key in changes}

    def read_versions(self):
        """(collection, key) → version it had, of the aggregates it changes."""
        return {
            (name, key): change.expected
            for name, changes in self.pending.changes.items()
            for key, change in changes.items()
            if change.expected and not change.removed
        }

    def joined(self, others):
        """A Unit that writes what this one and others do; they touch different places."""
        joined = Unit(self.database)
        for unit in (self, *others):
            for name, changes in unit.pending.changes.items():
                joined.pending.changes[name] |= changes
            joined.facts += unit.facts
        return joined

    def _hand_over(self, outgoing):
        failpoint("after_commit_before_relay")
        for listener in self.database.state(Listeners):
            listener(outgoing)

    def _write(self, outgoing, session):
        if self.first:
            self.first(self.database, session)
        self.pending.flush(self.database, session)
        if self.facts:
            self.database.events.insert_many([_event(fact) for fact in self.facts], session=session)
            self.database.outbox.insert_many(outgoing, session=session)


def _event(fact):
    document = dict(vars(fact))
    return {"_id": document.pop("id"), **document}


def _outgoing(fact):
    return {"_id": fact.id, "subject": fact.subject, "sequence": fact.sequence, "wire": {fact.type: render(fact)}}


def current():
    """The open Unit of this greenlet, or None."""
    return _current.get()


@contextmanager
def opened(unit):
    """Make a Unit the current one for a block."""
    token = _current.set(unit)
    try:
        yield unit
    finally:
        _current.reset(token)


@contextmanager
def within(database):
    """The current Unit, or one of its own for this block, flushed at its end."""
    unit = current()
    if unit is not None:
        yield unit
        return
    with opened(Unit(database)) as unit:
        yield unit
    database.state(GroupCommit).write(unit)


def command(database, body):
    """Run `body()` in a Unit and flush it; run it again on a clash or while the database changes primaries.

    Raises Clash after 8 clashes, Duplicate, pymongo's errors when the database stays away for 8 s.
    """
    clashes, give_up = 0, time.monotonic() + AWAY_SECONDS
    while True:
        try:
            with within(database):
                return body()
        except Clash:
            clashes += 1
            if clashes == CLASHES:
                raise
            time.sleep(random.uniform(0, 0.01 * 2**clashes))
        except Exception as error:
            if not is_away(error) or time.monotonic() > give_up:
                raise
            time.sleep(0.2)
