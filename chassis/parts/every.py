"""`@every(seconds=1)`: what a service does in time. Every replica ticks; a unique key or a version makes it once."""

from collections.abc import Callable, Iterable
from typing import Any

import structlog
from eventlet.event import Event
from eventlet.timeout import Timeout
from nameko.extensions import Entrypoint

from chassis.core import context, metrics
from chassis.core.glue import instance
from chassis.core.group import holder
from chassis.data import unit
from chassis.data.mongo import Mongo

log = structlog.get_logger()


class Every(Entrypoint):
    """Calls the method each `seconds`.

    With `each(group)` → ids, the method is called once per id in a unit of work of its own; an id that fails is logged,
    counted and left for the next tick, and starves no other.
    """

    mongo = Mongo()

    def __init__(self, seconds: float, each: Callable[[Any], Iterable[str]] | None = None, **kwargs: Any) -> None:
        super().__init__(**kwargs)
        self.seconds, self.each = seconds, each
        self.thread = None
        self.over = Event()

    def start(self) -> None:
        if self.thread is None:
            self.thread = self.container.spawn_managed_thread(self._run, f"every:{self.method_name}")

    def stop(self) -> None:
        """Finish the tick in hand."""
        if self.thread and not self.over.ready():
            self.over.send()
            self.thread.wait()

    def _run(self) -> None:
        while not self.over.ready():
            self._isolated(self.tick)
            with Timeout(self.seconds, False):
                self.over.wait()

    def tick(self) -> None:
        """Do it once, now."""
        service = holder(instance(self.container, self), self.method_name)
        if self.each is None:
            return self._traced(getattr(service, self.method_name))
        for key in self.each(service):
            if self.over.ready():
                return
            self._isolated(self._one, service, key)

    def _one(self, service: object, key: str) -> None:
        self._traced(unit.command, self.mongo.database, lambda: getattr(service, self.method_name)(key))

    def _traced(self, body: Callable[..., object], *args: Any) -> None:
        with context.following(context.begin()):
            body(*args)

    def _isolated(self, body: Callable[..., object], *args: Any) -> None:
        try:
            body(*args)
        except Exception as error:
            metrics.tick_failed(self.container.service_name, self.method_name)
            log.warning("tick_failed", method=self.method_name, error=type(error).__name__)


every = Every.decorator
