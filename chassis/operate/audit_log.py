"""Who changed what by hand, and why: `audit_log` of the service concerned, which its own account may only add to."""

from chassis.data import unit
from chassis.domain import new_id, now


def note(database, who, why, what, **on):
    """Write one change down, in the open unit of work if there is one."""
    with unit.within(database) as work:
        work.insert("audit_log", {"_id": new_id(), "at": now(), "who": who, "why": why, "what": what, **on})
