"""All facts there are: every Fact class of this package's modules that has a wire name."""

import pkgutil
from importlib import import_module

import contracts
from contracts.sdk.fact import Fact


def all_facts():
    """Fact classes in order of their wire name."""
    for module in pkgutil.walk_packages(contracts.__path__, "contracts."):
        if not module.name.endswith("compatibility"):
            import_module(module.name)
    return sorted(_named(Fact), key=lambda fact: fact.wire())


def by_wire():
    """Wire type → Fact class."""
    return {fact.wire(): fact for fact in all_facts()}


def carrying(field):
    """Fact classes that have a field of this name, e.g. every fact with `clocks`."""
    return [fact for fact in all_facts() if field in fact._declared_fields]


def _named(cls):
    for sub in cls.__subclasses__():
        if sub.name:
            yield sub
        yield from _named(sub)
