"""The services there are: the entry points `xiangyin.services` of what is installed, ours and a county's own alike."""

from importlib.metadata import EntryPoint, entry_points

from chassis.service import Service

GROUP = "xiangyin.services"


class NoSuchService(RuntimeError):
    """No entry point has this name, or two have the same; the text says so in one sentence."""


def services() -> dict[str, type[Service]]:
    """Every service by its name, in order. Raises NoSuchService."""
    return {name: entry.load() for name, entry in _declared().items()}


def names() -> list[str]:
    """The names of all services, in order, without importing any. Raises NoSuchService."""
    return list(_declared())


def service(name: str) -> type[Service]:
    """The class of one service, by the name of its entry point. Raises NoSuchService."""
    declared = _declared()
    if name not in declared:
        raise NoSuchService(f"there is no service {name}; installed are {', '.join(declared) or 'none'}")
    return declared[name].load()


def _declared() -> dict[str, EntryPoint]:
    found: dict[str, EntryPoint] = {}
    for entry in sorted(entry_points(group=GROUP), key=lambda entry: entry.name):
        if twin := found.get(entry.name):
            raise NoSuchService(f"two distributions have a service {entry.name}: {_origin(twin)} and {_origin(entry)}")
        found[entry.name] = entry
    return found


def _origin(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist else entry.value
