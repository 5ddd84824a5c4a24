"""History: every producer serves its facts over HTTP, and a new handler reads them once before it joins the queue.

The queue is bound before the reading begins, so what is published meanwhile waits there; the inbox removes the overlap.
A predecessor that still consumes knows nothing of the new handler, so when it is gone the last stretch is read again.

A fact has its id before it is committed, so the youngest facts do not appear in the order of their ids. They are read
at one moment of the database, all of them, and what was not there yet comes by the queue; whoever reads on later begins
a minute before what was reached.
"""

import hashlib
from typing import TYPE_CHECKING

from chassis.auth.peers import PeerRefused, PeerUnavailable, call
from chassis.bus import origin
from chassis.bus.batch import NOBODY, items_of
from chassis.core.failpoints import failpoint
from chassis.data.mongo import Row
from chassis.domain import earlier, new_id
from contracts.sdk.fact import Fact

if TYPE_CHECKING:
    from chassis.bus.on import On

PAGE = 1000
SETTLED_MS = 60_000  # within that a fact with an id is committed or never will be


class FeedAway(Exception):
    """A producer's history cannot be read now."""


class CatchUp:
    """Reads what the service's new handlers have missed; progress is kept in `cursors`."""

    def __init__(self, container, database, handlers, batch, known):
        self.container, self.cursors, self.handlers = container, database.cursors, handlers
        self.batch, self.known = batch, known

    def run(self, stopping):
        """Read all that is owed; raises FeedAway when a producer is away."""
        for producer, owed in sorted(self._owed().items()):
            self._read(producer, owed, self._place(producer, owed), stopping)

    def join(self):
        """Once nobody else consumes: read what a predecessor took meanwhile; then nothing is owed any more."""
        for producer, owed in sorted(self._owed().items()):
            place = self._place(producer, owed)
            self._read(producer, owed, place, lambda: False)
            self._finish(place, owed)

    def _owed(self):
        done = {row["_id"] for row in self.cursors.find({"done": True}, {"_id": 1})}
        owed: dict[str, dict[On, set[type[Fact]]]] = {}
        for handler in self.handlers:
            for fact in handler.facts:
                if handler.since == "start" and mark(handler, fact) not in done:
                    owed.setdefault(fact.producer(), {}).setdefault(handler, set()).add(fact)
        return owed

    def _place(self, producer, owed):
        """The cursor row of this reading."""
        return f"{producer}?{digest(','.join(_types(owed)).encode())}"

    def _read(self, producer, owed, place, stopping):
        """All handlers that are owed facts of one producer read them together, so order per subject holds."""
        reached = (self.cursors.find_one({"_id": place}) or {}).get("after", "")
        after, more = earlier(reached, SETTLED_MS), True
        while more and not stopping():
            lines, further = self._page(producer, _types(owed), after)
            items = [item for line in lines for item in self._items(producer, owed, line)]
            self.batch.run(items)
            failpoint("mid_history")
            last = max((item.id for item in items if item.handler is not NOBODY), default="")
            more = further and last > after
            if last > after:
                after = last
                self.cursors.update_one({"_id": place}, {"$set": {"after": after}}, upsert=True)

    def _page(self, producer, types, after):
        """The next lines, and whether there are more."""
        query = {"types": ",".join(types), "after": after, "limit": PAGE}
        try:
            answer = call(self.container, producer, "/v1/facts", query)
        except (PeerRefused, PeerUnavailable) as error:
            raise FeedAway(producer) from error
        return answer.content.splitlines(), "next" in answer.links

    def _items(self, producer, owed, line):
        items = items_of(owed, self.known, origin.served(line, producer, _types(owed)))
        return [i for i in items if i.handler is NOBODY or any(f.wire() == i.type for f in owed[i.handler])]

    def _finish(self, place, owed):
        for handler, facts in owed.items():
            for fact in facts:
                self.cursors.update_one({"_id": mark(handler, fact)}, {"$set": {"done": True}}, upsert=True)
        self.cursors.delete_one({"_id": place})


def _types(owed):
    return sorted({fact.wire() for facts in owed.values() for fact in facts})


def begin(database, handlers):
    """Write down from when on handlers without history are told; what came before is no hole."""
    marks = {mark(handler, fact) for handler in handlers if handler.since == "now" for fact in handler.facts}
    known = {row["_id"] for row in database.cursors.find({"_id": {"$in": list(marks)}}, {"_id": 1})}
    for key in marks - known:
        database.cursors.update_one({"_id": key}, {"$setOnInsert": {"since": new_id()}}, upsert=True)


def mark(handler, fact):
    """The cursor row that says a handler has had all history of a fact."""
    return f"{handler.named}:{handler.generation}:{fact.wire()}"


def digest(content):
    """A short stable name for bytes."""
    return hashlib.sha256(content).hexdigest()[:32]


def feed(database, types, after, limit):
    """Stored facts of these wire types after an id, in the order of their ids, and whether to ask for more.

    That is each subject's own order. They are of one moment: at most `limit` of those that are settled, and if these
    are not all, nothing else; otherwise all there are.
    """
    found: list[Row] = []
    settled = earlier(new_id(), SETTLED_MS)
    query = {"type": {"$in": types}, "_id": {"$gt": after}}
    with database.client.start_session(snapshot=True) as session:
        for row in database.events.find(query, session=session, batch_size=limit + 1).sort("_id", 1):
            if len(found) >= limit and row["_id"] < settled:
                return found, True
            found.append(row)
    return found, False
