"""`@on(Fact)`: what a service does when it is told a fact."""

from collections.abc import Callable, Iterator, Sequence
from typing import Any, Literal, Self

from nameko.containers import ServiceContainer
from nameko.extensions import Entrypoint

from chassis.bus.inbox import Inbox
from chassis.core.glue import declared
from contracts.sdk.envelope import Envelope
from contracts.sdk.fact import Fact


class On(Entrypoint):
    """A handler of one or more facts.

    `since="start"` (default) gives a new handler all history once; `"now"` only what comes from its deployment on.
    `named` keeps the key of a handler whose method was renamed. `preload(group, facts)` may fetch what the batch
    will read (`group.clocks.preload(ids)`), so that a batch costs one query instead of one per fact.
    """

    inbox = Inbox()
    generation = 1  # in the keys that are stored

    def __init__(
        self, *facts: type[Fact], since: Literal["start", "now"] = "start", named: str | None = None,
        preload: Callable[[Any, Sequence[Envelope]], object] | None = None, **kwargs: Any,
    ) -> None:  # fmt: skip
        super().__init__(**kwargs)
        self.facts, self.since, self.named, self.preload = facts, since, named, preload
        self.wires = {fact.wire() for fact in facts}

    def bind(self, container: ServiceContainer, method_name: str) -> Self:
        bound = super().bind(container, method_name)
        bound.named = bound.named or method_name
        bound.inbox.register(bound)
        return bound

    def stop(self) -> None:
        self.inbox.stop()

    @property
    def keys(self) -> str:
        """What the inbox keys of this handler begin with."""
        return f"{self.named}:{self.generation}:"

    def key(self, fact_id: str, producer: str) -> str:
        """The inbox key of one fact for this handler. With the producer: nobody takes the place of another's fact."""
        return f"{self.keys}{fact_id}@{producer}"


def handlers(cls: type) -> Iterator[On]:
    """The handlers of a Service subclass as it declares them, each with its name, outside a container."""
    for _, handler in declared(cls, On):
        handler.named = handler.named or handler.method_name
        yield handler


on = On.decorator
