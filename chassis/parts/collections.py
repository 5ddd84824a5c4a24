"""The collections the chassis keeps in every service's database, and what the service's account may do to each."""

from dataclasses import dataclass, field

from chassis.privacy import denials
from chassis.privacy.access_log import KEPT_SECONDS
from chassis.store import BY_ID, index

READ, APPEND, FULL = ["find"], ["find", "insert"], ["find", "insert", "update", "remove"]


@dataclass(frozen=True)
class Table:
    """A collection: its indexes, the actions that the service's account may take on it, and options of its making."""

    indexes: list = field(default_factory=list)
    rights: list = field(default_factory=lambda: FULL)
    options: dict = field(default_factory=dict)


REFERENCES = ("data.matter", "data.cause")  # where a fact names another aggregate or fact

CHASSIS = {
    "events": Table(
        [
            index("subject", "sequence", unique=True),
            index("type", "_id"),
            *(index(name, partialFilterExpression={name: {"$gt": ""}}) for name in ("correlationid", *REFERENCES)),
        ],
        APPEND,
    ),
    "outbox": Table(),
    "inbox": Table([index("parked", partialFilterExpression={"parked": True})]),
    "parked": Table([index("lane", "sequence", "_id")]),
    "blocked": Table([index("next_at")]),
    "leases": Table(),
    "attempts": Table(),
    "cursors": Table([index("done")]),
    "idempotency": Table([index("expires_at", expireAfterSeconds=0)], options=BY_ID),
    "blocks": Table(),
    "topology": Table([], READ),
    "audit_log": Table([], APPEND),
    "reads": Table([index("at", expireAfterSeconds=KEPT_SECONDS), index("whom", "-_id")], APPEND),
    "refusals": Table([index("at", expireAfterSeconds=denials.KEPT_SECONDS)], APPEND),
}
VAULT = {
    "keys": Table(
        [
            index("keyAltNames", unique=True, partialFilterExpression={"keyAltNames": {"$exists": True}}),
            index("masterKey.provider"),
        ],
        options=BY_ID,
    ),
    "erased": Table([], APPEND),
    "masters": Table([], [*APPEND, "update"]),
}
