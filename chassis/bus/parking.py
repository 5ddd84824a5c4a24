"""Parking: a fact whose handler fails is set aside with its lane, in order; its neighbours go on.

`parked` holds one row per (handler, fact) with the raw body; `blocked` one per lane (handler, source, subject)
with attempts, next time and how many wait. Only the type and place of an error are kept, never its text.
What is not believed (`chassis.bus.origin`) waits for a person at once, in its sender's own lane.
"""

import traceback
from datetime import timedelta

from chassis.bus.origin import NotBelieved
from chassis.core.failpoints import failpoint
from chassis.domain import NotYet, now

BACK_OFF = [timedelta(seconds=s) for s in (5, 30, 120, 600, 3600, 6 * 3600)]
NOT_YET = timedelta(seconds=1)
NOT_YET_FOR = timedelta(hours=1)
NOT_BELIEVED = "not_believed"  # stands where a handler's name does
AFTER_A_DEATH = 2  # tries left out, so that a killer kills seldom; one that only was in hand when others killed goes on


class KilledTheProcess(Exception):
    """The message was alone in hand when the process died."""


def blocked(database, lanes):
    """Those of the lanes in which something is parked."""
    return {row["_id"] for row in database.blocked.find({"_id": {"$in": list(lanes)}}, {"_id": 1})}


def any_blocked(database):
    """Whether a handler's fact is parked at all."""
    return database.blocked.find_one({"handler": {"$ne": NOT_BELIEVED}}, {"_id": 1}) is not None


def not_believed(database):
    """How many messages wait that were not believed."""
    lanes = database.blocked.find({"_id": {"$gt": f"{NOT_BELIEVED}|", "$lt": f"{NOT_BELIEVED}~"}}, {"waiting": 1})
    return sum(lane["waiting"] for lane in lanes)


def park(work, item, error):
    """Set aside an item that failed, and block its lane."""
    _row(work, item, reason(error))
    failpoint("mid_parking")
    work.insert("blocked", {"_id": item.lane, "waiting": 1, **_lane(item), **schedule(0, error)})


def park_behind(work, item):
    """Set aside an item whose lane is blocked already; a lane that was opened meanwhile is due at once."""
    _row(work, item, None)
    due = {"attempts": 0, "next_at": now(), "state": "retrying"}
    work.increment("blocked", item.lane, {"waiting": 1}, _lane(item) | due)


def schedule(attempts, error, since=None):
    """When a lane is tried again: the fields of its `blocked` row. `next_at` None waits for a person."""
    if isinstance(error, NotYet) and now() - (since or now()) < NOT_YET_FOR:
        return {"attempts": attempts, "next_at": now() + NOT_YET, "state": "not_yet"}
    if isinstance(error, KilledTheProcess):
        attempts = max(attempts, AFTER_A_DEATH)
    if isinstance(error, NotBelieved) or attempts >= len(BACK_OFF):
        return {"attempts": attempts + 1, "next_at": None, "state": "needs_a_person"}
    return {"attempts": attempts + 1, "next_at": now() + BACK_OFF[attempts], "state": "retrying"}


def due(database, limit=20):
    """Lanes whose time has come, longest waiting first."""
    return list(database.blocked.find({"next_at": {"$lte": now()}}).sort("next_at").limit(limit))


def rows(database, lane, limit=200):
    """Parked rows of a lane, in order."""
    return list(database.parked.find({"lane": lane}).sort([("sequence", 1), ("_id", 1)]).limit(limit))


def reason(error):
    """Type and place of an error: `KeyError at domain.py:41`."""
    frames = traceback.extract_tb(error.__traceback__)
    where = f" at {frames[-1].filename.rpartition('/')[2]}:{frames[-1].lineno}" if frames else ""
    return f"{type(error).__name__}{where}"


def _lane(item):
    return {"handler": item.handler.named, "source": item.source, "subject": item.subject, "since": now()}


def _row(work, item, error):
    fields = ("source", "type", "subject", "sequence", "body", "lane")
    row = {name: getattr(item, name) for name in fields}
    work.insert("parked", {"_id": item.key, "handler": item.handler.named, "fact": item.id, "error": error,
                           "parked_at": now(), **row})  # fmt: skip
    work.insert("inbox", {"_id": item.key, "at": now(), "parked": True})
