"""Comparing long sorted lists of keys without holding them."""


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
    """Ids of the facts a handler has rows for in `inbox`, in order."""
    for row in database.inbox.find(rows_of(handler), {"_id": 1}, session=session).sort("_id", 1):
        yield row["_id"].removeprefix(handler.key(""))


def rows_of(handler):
    """The filter of a handler's rows in `inbox`."""
    return {"_id": {"$gt": handler.key(""), "$lt": handler.key("~")}}


def set_aside(database, session=None):
    """Inbox key → row of every fact that is parked or was discarded."""
    return {row["_id"]: row for row in database.inbox.find({"parked": True}, session=session)}
