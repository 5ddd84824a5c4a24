"""Taking a subscriber off the bus for good, or until it is provisioned again."""

from chassis.bus.history import mark
from chassis.operate.audit_log import note
from chassis.operate.county import CannotDo


def detach(county, service, who, why):
    """Delete a stopped service's queue and what says how far it was told; returns how many messages were in it.

    Its data stay. Provisioned again, its handlers read the history they missed. Raises CannotDo while it runs.
    """
    database, queue = county.database(service), county.queue(service)
    if queue is None:
        raise CannotDo(f"{service} has no queue")
    if queue.get("consumers"):
        raise CannotDo(f"{service} is running; stop it first")
    note(database, who, why, "detach", messages=queue.get("messages", 0))
    database.topology.delete_one({"_id": "inbox"})
    marks = [mark(handler, fact) for handler in county.handlers(service) for fact in handler.facts]
    database.cursors.delete_many({"_id": {"$in": marks}})
    county.delete_queue(service)
    return queue.get("messages", 0)
