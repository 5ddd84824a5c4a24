"""What the separate provisioning step made for a service, as the service sees it."""


class NotProvisioned(RuntimeError):
    """The broker's bindings are not those of this code; starting would miss facts."""


def require_provisioned(database, wires):
    """Raise NotProvisioned unless the service's queue was bound to just these wire types."""
    row = database.topology.find_one({"_id": "inbox"}) or {"types": []}
    if set(row["types"]) != set(wires):
        raise NotProvisioned(
            f"{database.name}: the queue is bound to other facts than this code handles; "
            "run `python -m chassis.provision` first"
        )
