"""Something of somebody's in each service, in 陶坝村, for tests that ask everything of every service."""

from importlib import import_module
from importlib.util import find_spec

from chassis.domain import new_id
from chassis.parts.collections import CHASSIS
from chassis.registry import services
from deploy.local.county import DEMONSTRATION

CITY, TOWN, VILLAGE = "510183", "510183122", "510183122211"
NEXT_VILLAGE = "510183122212"
MOST = 6
NAMES = ("_id", "id", "number")
AUTHOR = new_id()


def known(name, word, default):
    """What `tests/sample.py` of a service says of it under this word: SETTINGS, GUESTS, LASTING, SHOWS, fill."""
    module = f"{services()[name].__module__.removesuffix('.service')}.tests.sample"
    return getattr(import_module(module), word, default) if find_spec(module) else default


def lived_in(running, regions, name):
    """A service with something in it that is 陶坝村's or its villager AUTHOR's."""
    own, fill = known(name, "SETTINGS", {}), known(name, "fill", lambda service: None)
    service = running(services()[name], **DEMONSTRATION.get(name, {}) | own)
    service.config["PEERS"][name] = service.url  # who asks all services asks itself too
    if name != "identity":
        regions(service)
    fill(service)
    return service


def owned(service):
    """Ids and numbers of what is there, except the regions, which are everybody's."""
    rows = [row for name in owned_collections(service) for row in service.database[name].find().limit(MOST)]
    return sorted({text for row in rows for text in names_in(row)})


def names_in(value, key=None):
    """Texts anywhere in a document that name something."""
    if isinstance(value, dict):
        yield from (text for each, inner in value.items() for text in names_in(inner, each))
    if isinstance(value, list):
        yield from (text for inner in value for text in names_in(inner))
    if key in NAMES and isinstance(value, str):
        yield value


def owned_collections(service):
    return [name for name in service.database.list_collection_names() if name not in CHASSIS and name != "regions"]
