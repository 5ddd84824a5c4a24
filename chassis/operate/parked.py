"""Facts set aside, for a person: look, try again, discard. Safe beside the running consumer.

Each change is one transaction that touches the rows the consumer's own retry touches, so one of the two runs again.
A fact's key is `HANDLER:GENERATION:FACT`; its lane is the handler, source and subject whose order it holds up.
"""

import json

from chassis.bus import parking
from chassis.data import unit
from chassis.domain import Missing, now
from chassis.operate.audit_log import note


class NotParked(Missing):
    """没有这条搁置的事实，可能已经办好了"""


def lanes(database, limit=100):
    """Blocked lanes, longest first; `first` is the key of the fact that holds one up, `error` why."""
    return [_lane(database, row) for row in database.blocked.find().sort("since", 1).limit(limit)]


def show(database, key):
    """One parked fact with its body, and the lane it waits in. Raises NotParked."""
    row = _row(database, key)
    lane = database.blocked.find_one({"_id": row["lane"]})
    return {**row, "key": key, "body": _readable(row["body"]), "lane": lane and _lane(database, lane)}


def retry(database, key, who, why):
    """Have the consumer try the lane of a fact now, in order, also when it waits for a person. Raises NotParked."""
    row = _row(database, key)
    with unit.within(database) as work:
        work.amend("blocked", row["lane"], _due(), {})
        note(database, who, why, "parked.retry", key=key, lane=row["lane"])


def discard(database, key, who, why):
    """Give one fact up for good, so that its lane goes on with the next. Raises NotParked."""
    row = _row(database, key)
    with unit.within(database) as work:
        work.remove("parked", key)
        work.amend("inbox", key, {"discarded": True}, {})
        work.amend("blocked", row["lane"], _due(), {"waiting": -1})
        about = {name: row[name] for name in ("type", "source", "subject", "sequence", "fact", "error")}
        note(database, who, why, "parked.discard", key=key, lane=row["lane"], **about)


def _due():
    return {"next_at": now(), "state": "retrying"}


def _row(database, key):
    row = database.parked.find_one({"_id": key})
    if row is None:
        raise NotParked()
    return row


def _lane(database, row):
    first = next(iter(parking.rows(database, row["_id"], 1)), None) or {}
    shown = {name: row.get(name) for name in ("handler", "source", "subject", "since", "waiting", "attempts", "state")}
    error = row.get("error") or first.get("error")
    return {"lane": row["_id"], **shown, "next_at": row.get("next_at"), "error": error, "first": first.get("_id")}


def _readable(body):
    try:
        return json.loads(body)
    except ValueError:
        return body.decode("utf-8", "replace")
