"""Comparing long sorted lists of keys without holding them."""

from collections import defaultdict


def absent(expected, present, key=lambda each: each):
    """Those of `expected` whose `key` is not among `present`; both sorted by it."""
    present = iter(present)
    here = next(present, None)
    for each in expected:
        while here is not None and here < key(each):
            here = next(present, None)
        if here != key(each):
            yield each


def known(database, handler, session=None):
    """(id, producer) of the facts a handler has rows for in `inbox`, in order."""
    for row in database.inbox.find(rows_of(handler), {"_id": 1}, session=session).sort("_id", 1):
        yield tuple(row["_id"].removeprefix(handler.keys).split("@"))


def fact_of(key):
    """The id of the fact that an inbox key is of."""
    return key.rpartition(":")[2].partition("@")[0]


def by_producer(facts):
    """Producer → ids, of (id, producer)."""
    found = defaultdict(list)
    for id, producer in facts:
        found[producer].append(id)
    return found


def rows_of(handler):
    """The filter of a handler's rows in `inbox`."""
    return {"_id": {"$gt": handler.keys, "$lt": f"{handler.keys}~"}}


def set_aside(database, session=None):
    """Inbox key → row of every fact that is parked or was discarded."""
    return {row["_id"]: row for row in database.inbox.find({"parked": True}, session=session)}
