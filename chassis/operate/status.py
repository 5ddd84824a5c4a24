"""How a county is, service by service, from its databases and the broker."""

from collections import Counter

from pymongo.errors import OperationFailure

from chassis.domain import age, now
from chassis.operate.masters import window

LOOK_BACK = 500


def status(county):
    """A row for each service that is deployed."""
    oplog = _oplog(county.client.local["oplog.rs"])
    return [_service(county, service) | {"oplog": oplog} for service in county.deployed()]


def brief(row):
    """A row of `status` as a line for people."""
    queue, lanes, erasure = row["queue"] or {}, row["parked"]["lanes"], row["erasure"] or {}
    return {
        "service": row["service"],
        "queue": queue.get("messages"),
        "consumers": queue.get("consumers"),
        "lag s": row["lag_seconds"],
        "outbox": row["outbox"]["facts"],
        "oldest s": row["outbox"]["age_seconds"],
        "parked": row["parked"]["facts"],
        "lanes": lanes or None,
        "history owed": len(row["history_owed"]) or None,
        "leases": list(row["leases"]) or None,
        "paused": row["paused"] and row["paused"]["by"],
        "oldest master": erasure.get("oldest"),
        "rewrap": erasure.get("rewrap") or None,
        "erased for good": erasure.get("after"),
        "oplog from": row["oplog"] and row["oplog"]["from"],
    }


def _service(county, service):
    database = county.database(service)
    told = list(county.told(service))
    return {
        "service": service,
        "queue": _queue(county.queue(service)),
        "outbox": _outbox(database),
        "parked": _parked(database),
        "lag_seconds": _lag(county, service, told),
        "history_owed": sorted({each.fact.wire() for each in told if each.owed}),
        "leases": _leases(database),
        "paused": database.leases.find_one({"_id": "paused"}, {"_id": 0}),
        "erasure": window(database.client[f"{database.name}_vault"], now()),
    }


def _oplog(oplog):
    """From when to when the database remembers what was written; None for whoever may not look."""
    try:
        first, last = (oplog.find_one(sort=[("$natural", way)]) for way in (1, -1))
    except OperationFailure:
        return None
    return first and {"from": first["ts"].as_datetime(), "to": last["ts"].as_datetime()}


def _queue(queue):
    if queue is None:
        return None
    return {name: queue.get(name, 0) for name in ("messages", "messages_unacknowledged", "consumers")}


def _outbox(database):
    oldest = database.outbox.find_one(sort=[("_id", 1)])
    return {"facts": database.outbox.count_documents({}), "age_seconds": round(age(oldest["_id"]) if oldest else 0, 1)}


def _parked(database):
    lanes = Counter(row["state"] for row in database.blocked.find({}, {"state": 1}))
    return {"facts": database.parked.estimated_document_count(), "lanes": dict(lanes)}


def _lag(county, service, told):
    """Age of the oldest unhandled fact among the newest of each kind."""
    waiting = [fact for each in told if not each.owed for fact in _unhandled(county, service, each)]
    return round(age(min(waiting)), 1) if waiting else 0


def _unhandled(county, service, told):
    kind = {"type": told.fact.wire(), "_id": {"$gt": told.since}}
    producer = told.fact.producer()
    newest = county.database(producer).events.find(kind, {"_id": 1}).sort("_id", -1).limit(LOOK_BACK)
    keys = {told.handler.key(row["_id"], producer): row["_id"] for row in newest}
    known = county.database(service).inbox.find({"_id": {"$in": list(keys)}}, {"_id": 1})
    return [keys[key] for key in keys.keys() - {row["_id"] for row in known}]


def _leases(database):
    """Name → who holds it, and until when."""
    rows = database.leases.find({"holder": {"$exists": True}, "until": {"$gt": now()}})
    return {row["_id"]: {"holder": row["holder"], "until": row["until"]} for row in rows}
