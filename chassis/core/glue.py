"""The inside of Nameko, amqp and werkzeug, as far as the chassis reaches into it: private names stand here alone."""

from collections.abc import Callable, Iterator
from copy import copy
from inspect import getmembers, isfunction
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from amqp import Message, method_framing
from nameko import containers
from nameko.containers import ServiceContainer, WorkerContext
from nameko.extensions import ENTRYPOINT_EXTENSIONS_ATTR, DependencyProvider, Entrypoint, Extension
from werkzeug import routing

T = TypeVar("T")
E = TypeVar("E", bound=Entrypoint)


def instance(container: ServiceContainer, entrypoint: Entrypoint) -> Any:
    """A service object with its dependencies, outside the worker pool."""
    service = container.service_cls()
    container._inject_dependencies(WorkerContext(container, service, entrypoint))
    return service


def declared(cls: type, kind: type[E]) -> Iterator[tuple[Callable[..., Any], E]]:
    """(method, copy of its entrypoint) for each entrypoint of a kind that a service class declares, by method name."""
    for name, method in getmembers(cls, isfunction):
        for entrypoint in getattr(method, ENTRYPOINT_EXTENSIONS_ATTR, ()):
            if isinstance(entrypoint, kind):
                found = copy(entrypoint)
                found.method_name = name
                yield method, found


def parts_of(extension: Extension) -> Iterator[Extension]:
    """All extensions within a bound one; Nameko looks at every attribute of each (25 ms for 100 routes, now 5)."""
    for each in vars(extension).values():
        if isinstance(each, Extension):
            yield from parts_of(each)
            yield each


containers.iter_extensions = parts_of


class Rule(routing.Rule):
    """A rule by which requests find their route. It builds no URL; werkzeug compiles code to do so (30 ms for 100)."""

    def _compile_builder(self, append_unknown=True):
        return lambda _, **values: None


class Injector:
    """In a container's place where `instance` is asked for a service object: `inject(service)` gives it what it has."""

    inject: Callable[[Any], None]

    def _inject_dependencies(self, worker_ctx: WorkerContext) -> None:
        self.inject(worker_ctx.service)


class Gives(DependencyProvider, Generic[T]):
    """A dependency that is given to a service as a T, and reads as one."""

    if TYPE_CHECKING:

        def __get__(self, group: object, cls: type) -> T: ...


def worker(container: ServiceContainer, work: Callable[..., Any], *args: Any) -> Any:
    """The green thread of `work(*args)`, spawned in a container's worker pool once one is free."""
    return container._worker_pool.spawn(work, *args)


def has_died(container: ServiceContainer) -> bool:
    """Whether a container was stopped or killed."""
    return container._died.ready()


def read_ahead(transport: Any, size: int) -> None:
    """Make amqp read so many bytes at once; it keeps what it gets beyond what it asked for."""
    receive = transport._quick_recv
    transport._quick_recv = lambda wanted: receive(max(wanted, size))


class Received(Message):
    """A message as it comes in: one whose properties cannot be read has none, and ends nobody's connection."""

    def _load_properties(self, class_id, buf, offset):
        try:
            return super()._load_properties(class_id, buf, offset)
        except Exception:
            self.properties = {}


method_framing.Message = Received
