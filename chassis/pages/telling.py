"""Who tells whom, and who asks whom, as diagrams."""

from chassis.auth.peers import Peer, Peers
from chassis.core.group import provided
from chassis.pages.facts import title
from chassis.pages.text import mermaid
from chassis.provision import consumed
from chassis.service import Service
from contracts.sdk.fact import Fact

FEW = 3
LEGEND = """Dotted: asks on internal routes. What every service is told, and a service tells itself, is not drawn.
虚线：经内部接口询问。各服务都订阅的、服务自己订阅自己的事实不画出。"""


def everybody(classes):
    """All services: whose facts each is told, and which others it asks."""
    return [*mermaid("flowchart LR", [*classes, *_arrows(classes, few=0)]), "", LEGEND]


def around(name, classes):
    """One service and those that tell it, are told by it, ask it or are asked."""
    arrows = [arrow for arrow in _arrows(classes, FEW) if name in arrow.split()]
    return [*mermaid("flowchart LR", [name, *arrows]), "", LEGEND]


def _arrows(classes, few):
    """Arrows between services, without facts that the chassis handles for every service."""
    usual = consumed(Service)
    for name, cls in classes.items():
        told: dict[str, list[type[Fact]]] = {}
        for fact in consumed(cls) - usual:
            told.setdefault(fact.producer(), []).append(fact)
        told.pop(name, None)
        yield from (f'{producer} -->|"{_named(facts, few)}"| {name}' for producer, facts in sorted(told.items()))
        yield from (f"{name} -.-> {peer}" for peer in _asked(cls, classes))


def _named(facts, few):
    """The Chinese names of a few facts, or how many there are."""
    if len(facts) > few:
        return f"{len(facts)} 个事实 facts"
    return "<br>".join(sorted(title(fact) for fact in facts))


def _asked(cls, classes):
    """Services that it asks by name, and all others when it asks every one."""
    everyone = set(classes) - {cls.name} if provided(cls, Peers) else set()
    return sorted(everyone | {each.name for each in provided(cls, Peer).values()})
