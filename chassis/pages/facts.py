"""Facts a service publishes and consumes, as its code says."""

import pkgutil
import re
from importlib import import_module
from importlib.util import find_spec

from chassis.provision import consumed
from contracts.sdk.fact import Fact
from contracts.sdk.schema import meanings


def published(cls):
    """The service's own facts that its domain records, by wire name."""
    found = {value for module in _domain(cls) for value in vars(module).values() if _is_own(value, cls)}
    return sorted(found, key=lambda fact: fact.wire())


def consumers(classes):
    """Fact → names of the services that handle it, in order."""
    found: dict[type[Fact], list[str]] = {}
    for name, cls in classes.items():
        for fact in consumed(cls):
            found.setdefault(fact, []).append(name)
    return found


def title(fact):
    """The Chinese name of a fact: what its meaning begins with."""
    return re.split("[：；，（]", meanings(fact)[0])[0]


def _is_own(value, cls):
    return isinstance(value, type) and issubclass(value, Fact) and value.name != "" and value.producer() == cls.name


def _domain(cls):
    """The modules of a service's domain, none when it has none."""
    name = f"{cls.__module__.removesuffix('.service')}.domain"
    if find_spec(name) is None:
        return []
    domain = import_module(name)
    below = pkgutil.walk_packages(getattr(domain, "__path__", ()), f"{name}.")
    return [domain, *(import_module(module.name) for module in below)]
