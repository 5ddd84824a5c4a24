"""Pausing what a service is told, from another process and exactly: once `hold` has returned nothing more is committed.

The note is read first in every transaction of the consumer, so one that began after it was written sees it; those
that began before are waited for.
"""

import time

from chassis.data.mongo import Paused
from chassis.domain import now

NOTE = {"_id": "paused"}


def check(database, session=None):
    """Raise Paused while the service is held; first in a transaction."""
    refuse(database.leases.find_one(NOTE, session=session))


def refuse(note):
    """Raise Paused if the note is there."""
    if note:
        raise Paused()


def hold(database, by):
    """Pause the service, and wait for the transactions that are open; needs an administrator's rights."""
    database.leases.replace_one(NOTE, {"by": by, "at": now()}, upsert=True)
    started = time.monotonic()
    while time.monotonic() - started < _oldest(database.client):  # in this order: what is asked takes time to answer
        time.sleep(0.05)


def lift(database):
    """Let it go on."""
    database.leases.delete_one(NOTE)


def _oldest(client):
    """For how many seconds the oldest open transaction has been open, 0 if there is none."""
    operations = client.admin.aggregate(
        [{"$currentOp": {"allUsers": True, "idleSessions": True}}, {"$match": {"transaction": {"$exists": True}}}]
    )
    return max((each["transaction"].get("timeOpenMicros", 0) / 1e6 for each in operations), default=0)
