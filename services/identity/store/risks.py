"""Traces of people's work, gathered from every service, and the alarms they led to."""

from collections.abc import Collection
from datetime import datetime, timedelta

from pymongo import UpdateOne

from chassis.domain import earlier, new_id
from chassis.store import Repository, Rows, index
from services.identity.domain.risk import LONGEST, Risk, RiskNotFound, Signal
from services.identity.domain.session import Session
from services.identity.store.sign_in import Sessions

KEPT_SECONDS = 2 * 86_400
MOST = 5000
OVERLAP_MS = 5000  # a row may become visible a little after one with a greater id


class Signals(Rows):
    """Rows {_id, who, at, kind, things, taken_at}, deleted after two days."""

    collection = "signals"
    indexes = [index("at", expireAfterSeconds=KEPT_SECONDS), index("taken_at"), index("who", "at")]

    def take(self, signals: Collection[Signal], at: datetime) -> None:
        """Keep Signals that are not here yet."""
        rows = [vars(signal) | {"taken_at": at} for signal in signals]
        changes = [UpdateOne({"_id": row.pop("id")}, {"$setOnInsert": row}, upsert=True) for row in rows]
        if changes:
            self.rows.bulk_write(changes, ordered=False)

    def active(self, since: datetime) -> list[str]:
        """Ids of people of whom something was taken since a moment."""
        return self.rows.distinct("who", {"taken_at": {"$gt": since}})

    def of(self, who: str, at: datetime) -> list[Signal]:
        """The Signals of a person that the rules may still need, newest first as far as they are limited."""
        found = self.find({"who": who, "at": {"$gt": at - 2 * LONGEST}}, [("at", -1)], MOST)
        return [Signal(id=row["_id"], **{name: row[name] for name in ("who", "at", "kind", "things")}) for row in found]


class Watched(Rows):
    """How far each log of each service has been read: rows {_id, after}."""

    collection = "watched"

    def reached(self, place: str) -> str:
        """The id to read on from: a little before the last one read."""
        row = self.row(place)
        return earlier(row["after"], OVERLAP_MS) if row else ""


class Risks(Repository[Risk]):
    """预警"""

    aggregate, collection, missing = Risk, "risks", RiskNotFound
    indexes = [index("outcome", "raised_at")]

    def known(self, keys: Collection[str]) -> set[str]:
        """Those of these ids that are here."""
        return set(self.ids({"_id": {"$in": keys}}))

    def reviewable(self, open_only: bool, limit: int) -> list[Risk]:
        """The latest alarms; only those nobody has reviewed, if wanted."""
        return self.find({"outcome": None} if open_only else {}, [("raised_at", -1)], limit)


def started_lately(sessions: Sessions) -> list[Session]:
    """The sign-ins of the last five minutes, of a repository of Sessions; their ids tell their time."""
    return sessions.find({"_id": {"$gt": earlier(new_id(), 300_000)}}, limit=MOST)


def lately(at: datetime) -> datetime:
    """Since when something taken is worth looking at (again): some ticks ago, in case one was cut short."""
    return at - timedelta(minutes=5)
