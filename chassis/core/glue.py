"""Nameko's inside, as far as the chassis reaches into it: private names stand here and nowhere else."""

from typing import TYPE_CHECKING, Any, Generic, TypeVar

from nameko.containers import ServiceContainer, WorkerContext
from nameko.extensions import DependencyProvider, Entrypoint

T = TypeVar("T")


def instance(container: ServiceContainer, entrypoint: Entrypoint) -> Any:
    """A service object with its dependencies, outside the worker pool."""
    service = container.service_cls()
    container._inject_dependencies(WorkerContext(container, service, entrypoint))
    return service


class Gives(DependencyProvider, Generic[T]):
    """A dependency that is given to a service as a T, and reads as one."""

    if TYPE_CHECKING:

        def __get__(self, group: object, cls: type) -> T: ...
