"""Making a service's derived collections anew from history, while the service goes on.

Exactly those facts that its handlers have handled run again, in the same order and through the same code, into
collections that stand aside, with an inbox of their own: what was run once is never run again, however often this is
interrupted. Then the service is paused for the facts that came meanwhile, and the collections change places.
"""

import secrets
import time
from dataclasses import replace
from heapq import merge
from itertools import islice

from chassis.bus import pause
from chassis.bus.batch import Batch, Item
from chassis.core.group import provided
from chassis.data.leases import Lease
from chassis.domain import new_id, now
from chassis.operate.audit_log import note
from chassis.operate.compare import absent, by_producer, known, rows_of, set_aside
from chassis.operate.county import CannotDo
from chassis.operate.replay import stored
from chassis.operate.shadow import Shadow, Stage
from chassis.provision import tables
from chassis.store import Collection
from contracts.sdk import fact as facts

OWN = ("inbox", "parked", "blocked", "leases")
CHUNK = 1000
FEW = 2000
SNAPSHOT_SECONDS = 200  # MongoDB keeps a snapshot for 300
STATE = {"_id": "rebuild"}


class Rebuild:
    """The one rebuild of a service: begun, or taken up where it was interrupted. Raises CannotDo."""

    def __init__(self, county, service, who, why):
        self.county, self.service, self.who, self.why = county, service, who, why
        self.database, self.cls = county.database(service), county.services[service]
        self.derived = _derived(self.cls)
        self.handlers = [each for each in county.handlers(service) if each.named in set().union(*self.derived.values())]
        if not self.handlers:
            raise CannotDo(f"{service} keeps nothing that is derived from facts alone")
        self.lease = Lease(self.database, "rebuild")
        self._hold()
        self.wires = {fact.wire(): fact for handler in self.handlers for fact in handler.facts}
        self.state = self._take_up()
        self.shadow = Shadow(self.database, {*OWN, *self.derived}, self.state["run"])

    def run(self, progress=lambda done, total: None):
        """Everything; `progress` is told how many facts of how many are done. Returns how many there were."""
        try:
            if self.state["step"] == "fill":
                self._make_room()
                self._fill(progress)
            self._change_places()
            return self._end("rebuild")
        finally:
            self.lease.release()

    def cancel(self):
        """Give it up, as if it had never begun."""
        if self.state["step"] != "fill":
            raise CannotDo("the collections are changing places; run the rebuild to its end")
        for name in self.derived:
            self.database.drop_collection(self.shadow.renamed(name))
        self._end("rebuild.cancel")
        self.lease.release()

    def _take_up(self):
        """The row of the rebuild, begun if there is none, and ours: whoever had it before can end nothing."""
        begun = {"run": secrets.token_hex(4), "step": "fill", "who": self.who, "why": self.why, "at": now()}
        change = {"$set": {"owner": new_id()}, "$setOnInsert": begun}
        return self.database.cursors.find_one_and_update(STATE, change, upsert=True, return_document=True)

    def _make_room(self):
        """The collections that stand aside, with the indexes of the real ones."""
        for name, table in tables(self.cls).items():
            if name in self.shadow.aside:
                made = self.database[self.shadow.renamed(name)]
                if made.name not in self._names():
                    self.database.create_collection(made.name, **table.options)
                if table.indexes:
                    made.create_indexes(table.indexes)

    def _names(self):
        return set(self.database.list_collection_names())

    def _fill(self, progress):
        pause.lift(self.database)
        with self.database.client.start_session() as session:
            self.batch = Batch(Stage(self.cls, self.shadow), self.shadow, session)
            self._catch_up(progress)
            try:
                pause.hold(self.database, f"rebuild {self.state['run']}")
                self._catch_up(progress)
                self._swap_from_here()
            except BaseException:
                if self.database.cursors.find_one(self._filling()):
                    pause.lift(self.database)
                raise

    def _catch_up(self, progress):
        while self._pass(progress) > FEW:
            pass

    def _pass(self, progress):
        """Run what had been handled there at one moment and not here yet; returns how many (or FEW + 1: not all)."""
        started, count = time.monotonic(), 0
        done = self.shadow["inbox"].estimated_document_count()
        with self.database.client.start_session(snapshot=True) as session:
            aside = set_aside(self.database, session)
            there = (each for each in self._keys(self.database, session) if self._key(*each) not in aside)
            total = self._count(session) - len(aside)
            left = absent(there, self._keys(self.shadow))
            while chunk := list(islice(left, CHUNK)):
                self._run(chunk)
                count += len(chunk)
                progress(done + count, max(total, done + count))
                if time.monotonic() - started > SNAPSHOT_SECONDS:
                    return FEW + 1
        return count

    def _run(self, chunk):
        self._hold()
        facts = sorted({fact for fact, _ in chunk})
        found = {
            (fact.id, producer): fact
            for producer, ids in by_producer(facts).items()
            for fact in stored(self.county.database(producer), producer, ids)
        }
        if lost := [fact for fact in facts if fact not in found]:
            id, producer = lost[0]
            raise CannotDo(f"{producer} has not recorded the fact {id}, which {self.service} has handled as its own")
        self.batch.run([self._item(self.handlers[number], found[fact]) for fact, number in chunk])
        if row := self.shadow["parked"].find_one():
            raise CannotDo(f"{row['handler']} fails on {row['fact']} ({row['error']}); mend it, cancel and begin anew")

    def _item(self, handler, fact):
        fact = replace(fact, data=facts.read(self.wires[fact.type], fact.data))
        place = {name: getattr(fact, name) for name in ("id", "source", "type", "subject", "sequence")}
        return Item(handler, body=b"", fact=fact, **place)

    def _keys(self, database, session=None):
        """((fact id, producer), number of the handler) of what handlers have in an inbox, in order."""
        return merge(*(_numbered(n, known(database, each, session)) for n, each in enumerate(self.handlers)))

    def _key(self, fact, number):
        return self.handlers[number].key(*fact)

    def _count(self, session):
        return sum(self.database.inbox.count_documents(rows_of(each), session=session) for each in self.handlers)

    def _filling(self):
        return STATE | {"owner": self.state["owner"], "step": "fill"}

    def _swap_from_here(self):
        if not self.database.cursors.update_one(self._filling(), {"$set": {"step": "swap"}}).matched_count:
            raise CannotDo("somebody else has taken this rebuild over")

    def _change_places(self):
        for name in self.derived:
            if self.shadow.renamed(name) in self._names():
                self.database[self.shadow.renamed(name)].rename(name, dropTarget=True)

    def _end(self, what):
        count = self.shadow["inbox"].estimated_document_count()
        for name in OWN:
            self.database.drop_collection(self.shadow.renamed(name))
        note(self.database, self.who, self.why, what, collections=sorted(self.derived), facts=count)
        self.database.cursors.delete_one(STATE | {"run": self.state["run"]})
        pause.lift(self.database)
        return count

    def _hold(self):
        if not self.lease.hold():
            raise CannotDo(f"somebody else is rebuilding {self.service}")


def _derived(cls):
    """Collection name → handlers it is derived by."""
    return {each.collection: each.derived_by for each in provided(cls, Collection).values() if each.derived_by}


def _numbered(number, ids):
    return ((fact, number) for fact in ids)
