"""The services there are: the entry points `xiangyin.services` of what is installed, ours and a county's own alike."""

from collections.abc import Iterator
from importlib.metadata import EntryPoint, entry_points

from chassis.service import Service

GROUP = "xiangyin.services"


class NoSuchService(RuntimeError):
    """No entry point has this name, or several have; the text says so in one sentence."""


def services() -> dict[str, type[Service]]:
    """Every service by its name, in order. Raises NoSuchService when two distributions have one of the same name."""
    return {name: service(name) for name in names()}


def names() -> list[str]:
    """The names of all services, in order, without importing any."""
    return sorted({each.name for each in _declared()})


def service(name: str) -> type[Service]:
    """The class of one service, by the name of its entry point. Raises NoSuchService."""
    found = [each for each in _declared() if each.name == name]
    if not found:
        raise NoSuchService(f"there is no service {name}; installed are {', '.join(names()) or 'none'}")
    if len(found) > 1:
        raise NoSuchService(f"several distributions have a service {name}: {', '.join(map(_origin, found))}")
    return found[0].load()


def _declared() -> Iterator[EntryPoint]:
    yield from entry_points(group=GROUP)


def _origin(entry: EntryPoint) -> str:
    return entry.dist.name if entry.dist else entry.value
