"""Is every recorded fact accounted for by every handler that is told it, and every handled one recorded?

Compares `events` with `inbox`, both ways.
"""

import time
from collections import defaultdict
from dataclasses import dataclass, field
from heapq import merge
from itertools import islice
from typing import NamedTuple

from chassis.bus.on import On
from chassis.bus.origin import recorded
from chassis.operate.compare import absent, by_producer, known, set_aside

SETTLED_SECONDS = 12  # the broker's own count of a queue is up to ten seconds old
PAUSE = 0.5
CHUNK = 500


class Expected(NamedTuple):
    """A recorded fact that a handler should have had."""

    fact: str
    producer: str


@dataclass
class Account:
    """What became of the facts that one handler of one service is told."""

    service: str
    handler: On
    told: list[str]
    facts: int = 0
    parked: int = 0
    discarded: int = 0
    missing: list = field(default_factory=list)
    unrecorded: list = field(default_factory=list)
    quiet_since: float | None = None

    @property
    def settled(self):
        """Whether what is missing is lost: nothing has been under way for long enough."""
        return self.quiet_since is not None and time.monotonic() - self.quiet_since > SETTLED_SECONDS

    def shown(self):
        """As a row: `waiting` facts may be under way still, `holes` are lost, `unrecorded` ids nobody has told."""
        missing = len(self.missing)
        rest = {"waiting": 0, "holes": missing} if self.settled else {"waiting": missing, "holes": 0}
        handled = self.facts - self.parked - self.discarded - missing
        return {"service": self.service, "handler": self.handler.named, "facts": self.facts, "handled": handled,
                "parked": self.parked, "discarded": self.discarded, **rest, "unrecorded": self.unrecorded}  # fmt: skip


class Audit:
    """One comparison of a county: an Account for each handler of each service in `accounts`."""

    def __init__(self, county):
        self.county = county
        self.accounts = [self._account(service, told) for service, told in self._handlers()]

    def settle(self, seconds):
        """Wait for what is missing but may be under way, so many seconds at most; returns this."""
        deadline = time.monotonic() + seconds
        while (unsettled := self._unsettled()) and time.monotonic() < deadline:
            for account in unsettled:
                self._look_again(account)
            time.sleep(PAUSE)
        return self

    def begin_anew(self):
        """Take what was lost for under way again; returns this."""
        for account in self.accounts:
            account.quiet_since = None
        return self

    def holes(self):
        """(account, Expected) of every fact that is lost."""
        return [(account, each) for account in self.accounts if account.settled for each in account.missing]

    def unrecorded(self):
        """Whether anything was handled that nobody has recorded."""
        return any(account.unrecorded for account in self.accounts)

    def rows(self):
        """The accounts as rows."""
        return [account.shown() for account in self.accounts]

    def _handlers(self):
        for service in self.county.deployed():
            told = defaultdict(list)
            for each in self.county.told(service):
                told[each.handler.named].append(each)
            yield from ((service, rows) for rows in told.values())

    def _unsettled(self):
        return [account for account in self.accounts if account.missing and not account.settled]

    def _account(self, service, told):
        account, database = Account(service, told[0].handler, told), self.county.database(service)
        aside = set_aside(database)
        account.missing = list(absent(self._counted(account, aside), known(database, account.handler)))
        account.unrecorded = list(self._unrecorded(account, aside))
        return account

    def _unrecorded(self, account, aside):
        """Ids of handled facts that their producer has not recorded: invented, or lost with what it restored."""
        handler, database = account.handler, self.county.database(account.service)
        handled = (each for each in known(database, handler) if handler.key(*each) not in aside)
        unexpected = absent(handled, merge(*self._recorded(account.told)))
        while chunk := list(islice(unexpected, CHUNK)):
            for producer, ids in by_producer(chunk).items():
                rows = self.county.database(producer).events.find({"_id": {"$in": ids}})
                yield from sorted(set(ids) - {row["_id"] for row in rows if recorded(row, producer)})

    def _counted(self, account, aside):
        for each in merge(*self._recorded(account.told)):
            row = aside.get(account.handler.key(*each), {})
            account.facts += 1
            account.discarded += bool(row.get("discarded"))
            account.parked += bool(row) and not row.get("discarded")
            yield each

    def _recorded(self, told):
        for producer in {each.fact.producer() for each in told}:
            yield self._recorded_by(producer, [each for each in told if each.fact.producer() == producer])

    def _recorded_by(self, producer, told):
        wanted = {"$or": [_recorded_as(each) for each in told]}
        for row in self.county.database(producer).events.find(wanted, {"_id": 1}).sort("_id", 1):
            yield Expected(row["_id"], producer)

    def _look_again(self, account):
        """Drop what has arrived, and note since when nothing more is under way."""
        database, key = self.county.database(account.service), account.handler.key
        wanted = {"_id": {"$in": [key(*each) for each in account.missing]}}
        here = {row["_id"] for row in database.inbox.find(wanted, {"_id": 1})}
        account.missing = [each for each in account.missing if key(*each) not in here]
        if self._under_way(account):
            account.quiet_since = None
        elif account.quiet_since is None:
            account.quiet_since = time.monotonic()

    def _under_way(self, account):
        queue = self.county.queue(account.service)
        return any(each.owed for each in account.told) or bool(queue and queue.get("messages")) or self._unsent(account)

    def _unsent(self, account):
        found = (
            self.county.database(producer).outbox.find_one({"_id": {"$in": facts}})
            for producer, facts in by_producer(account.missing).items()
        )
        return any(found)


def _recorded_as(told):
    return {"type": told.fact.wire(), "_id": {"$gt": told.since}}
