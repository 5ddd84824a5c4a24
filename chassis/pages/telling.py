"""Who tells whom, and who asks whom, as diagrams."""

import inspect

from chassis.auth.peers import Peer
from chassis.pages.facts import title
from chassis.pages.text import mermaid
from chassis.provision import consumed
from chassis.service import Service
from contracts.sdk.fact import Fact

FEW = 3


def everybody(classes):
    """All services: whose facts each is told, and which others it asks."""
    return mermaid("flowchart LR", [*classes, *_arrows(classes)])


def around(name, classes):
    """One service and those that tell it, are told by it, ask it or are asked."""
    arrows = [arrow for arrow in _arrows(classes) if name in arrow.split()]
    return mermaid("flowchart LR", [name, *arrows])


def _arrows(classes):
    """Arrows between services; facts that the chassis handles for every service are not drawn."""
    usual = consumed(Service)
    for name, cls in classes.items():
        told: dict[str, list[type[Fact]]] = {}
        for fact in consumed(cls) - usual:
            told.setdefault(fact.producer(), []).append(fact)
        yield from (f'{producer} -->|"{_named(facts)}"| {name}' for producer, facts in sorted(told.items()))
        yield from (f"{name} -.->|asks 询问| {peer}" for peer in _asked(cls))


def _named(facts):
    """The Chinese names of a few facts, or how many there are."""
    if len(facts) > FEW:
        return f"{len(facts)} facts 个事实"
    return "<br>".join(sorted(title(fact) for fact in facts))


def _asked(cls):
    return sorted({peer.name for _, peer in inspect.getmembers(cls, lambda each: isinstance(each, Peer))})
