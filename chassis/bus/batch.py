"""Running facts through handlers: many in one transaction, each with exactly one effect, poison set aside.

The batch of two hundred and the batch of one are the same code; so are live facts, history and retries.
"""

import random
import time
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

import structlog

from chassis.bus import origin, parking, pause
from chassis.core import context, metrics
from chassis.core.failpoints import failpoint
from chassis.core.glue import instance
from chassis.core.group import holder
from chassis.data import unit
from chassis.data.mongo import is_away
from chassis.domain import now
from contracts.sdk.envelope import Envelope, Undecodable

if TYPE_CHECKING:
    from chassis.bus.on import On

WORK_SECONDS = 2
CLASHES = 20

log = structlog.get_logger()


class Nobody:
    """In a handler's place where a message is not believed: it is parked once, for a person."""

    named = method_name = parking.NOT_BELIEVED
    preload = None

    def key(self, fact_id, sender):
        """As of a handler."""
        return f"{self.named}:1:{fact_id}@{sender}"


NOBODY = Nobody()


@dataclass(frozen=True)
class Item:
    """One fact for one handler. `fact` is None when the body could not be read; `refused` then says why."""

    handler: "On | Nobody"
    id: str
    source: str
    type: str
    subject: str
    sequence: int
    body: bytes
    fact: Envelope | None = None
    refused: Exception | None = None

    @property
    def key(self):
        return self.handler.key(self.id, self.source[1:])

    @property
    def lane(self):
        """What keeps its order: a parked fact holds back later ones of its lane."""
        return f"{self.handler.named}|{self.source}|{self.subject}"


class Batch:
    """Runs items of one service in order; `run` returns when each is done or parked.

    Raises pymongo's errors when the database is away; nothing is lost or parked then.

    `check_known`: look up what is known and what is blocked before handling. While nothing is set aside and no copy
    comes that finds nothing: only the holder of the queue sets facts aside, and a copy is told by the unique key of
    `inbox`.
    `parked`: something may be set aside.
    """

    def __init__(self, container, database, session=None, first=pause.check):
        self.container, self.database, self.session, self.first = container, database, session, first
        self.condemned, self.check_known, self.parked = {}, True, False

    def run(self, items):
        """Handle all items, in as many transactions as needed."""
        while items:
            items = items[self._settled(items) :]

    def _settled(self, items):
        for attempt in range(CLASHES):
            looked = self.check_known
            try:
                return self._attempt(items)
            except unit.Clash:
                time.sleep(random.uniform(0, 0.005 * 2 ** min(attempt, 6)))
            except unit.Duplicate as taken:
                if looked and taken.collection != "inbox":
                    self.condemned[items[taken.origin].key] = taken
                self.check_known = True
            except Exception as error:
                if is_away(error):
                    raise
                return self._one_by_one(items, error)
        return self._one_by_one(items, unit.Clash())

    def _one_by_one(self, items, error):
        if len(items) == 1:
            self.condemned[items[0].key] = error
            return self._attempt(items)
        for item in items:
            self.run([item])
        return len(items)

    def _attempt(self, items):
        started = time.monotonic()
        known, blocked = self._look(items) if self.check_known else (set(), set())
        with unit.opened(unit.Unit(self.database, self.first)) as work:
            service = self._service(items, known)
            for origin, item in enumerate(items):
                work.begin(origin)
                if item.key not in known and not self._handle(work, service, item, blocked):
                    break
                known.add(item.key)
                if time.monotonic() - started > WORK_SECONDS:
                    origin += 1
                    break
            else:
                origin += 1
        self.database.state(unit.GroupCommit).write_at_once(work, self.session)
        self._report(items[:origin])
        return origin

    def _handle(self, work, service, item, blocked):
        """Run or park one item; False when what came before must be flushed first."""
        if item.lane in blocked:
            parking.park_behind(work, item)
            return True
        try:
            self._call(service, item)
            work.insert("inbox", {"_id": item.key, "at": now()})
            work.settle()
        except unit.SplitHere:
            work.take_back()
            return False
        except Exception as error:
            if is_away(error):
                raise
            work.take_back()
            parking.park(work, item, error)
            blocked.add(item.lane)
            self.check_known = self.parked = True
        return True

    def _call(self, service, item):
        failure = item.refused or self.condemned.get(item.key)
        if failure:
            raise failure
        failpoint("mid_batch", item.subject)
        with context.following(context.after(item.fact)):
            getattr(service, item.handler.method_name)(item.fact)

    def _report(self, items):
        for sender, count in Counter(item.source for item in items if item.handler is NOBODY).items():
            log.error("not_believed", sender=sender, count=count)
        for item in items:
            if item.handler is not NOBODY:
                metrics.fact_in(self.container.service_name, item.type)
        if items and items[-1].fact:
            lag = (now() - items[-1].fact.time).total_seconds()
            metrics.consumer_lag(self.container.service_name, lag)

    def _look(self, items):
        """Keys that are known and lanes that are blocked; from now on careless if nothing is."""
        keys = [item.key for item in items]
        known = {row["_id"] for row in self.database.inbox.find({"_id": {"$in": keys}}, {"_id": 1})}
        blocked = parking.blocked(self.database, {item.lane for item in items})
        self.check_known = bool(known or blocked or parking.any_blocked(self.database))
        return known, blocked

    def _service(self, items, known):
        service = instance(self.container, items[0].handler)
        settled = known | self.condemned.keys()
        for handler in {item.handler for item in items if item.handler.preload}:
            facts = [i.fact for i in items if i.handler is handler and i.fact and i.key not in settled]
            handler.preload(holder(service, handler.method_name), facts)
        return service


def items_of(handlers, known, message):
    """The Items of one message: one per handler of its type, unreadable or not; NOBODY's if it is not believed.

    `message` is as `chassis.bus.origin` reads it; `known` maps wire type to Fact class.
    """
    try:
        fact, refused = origin.believed(message, known), None
    except origin.NotBelieved as error:
        return [Item(NOBODY, refused=error, **origin.aside(message))]
    except Undecodable as error:
        fact, refused = None, error
    told = [handler for handler in handlers if message["type"] in handler.wires]
    return [Item(handler, fact=fact, refused=refused, **message) for handler in told]
