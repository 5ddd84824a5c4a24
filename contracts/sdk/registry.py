"""All facts there are: every Fact class with a wire name in this package, or in a module of `xiangyin.facts`.

That group of entry points is where a county's own distribution names the module of its facts.
"""

import pkgutil
from importlib import import_module
from importlib.metadata import entry_points

import contracts
from contracts.sdk.fact import Fact


def all_facts():
    """Fact classes in order of their wire name."""
    for module in pkgutil.walk_packages(contracts.__path__, "contracts."):
        if not module.name.endswith("compatibility"):
            import_module(module.name)
    for each in entry_points(group="xiangyin.facts"):
        each.load()
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
