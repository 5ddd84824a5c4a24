from collections.abc import Callable, Iterator
from typing import Any

from nameko.extensions import DependencyProvider, Entrypoint, Extension

class WorkerContext:
    service: Any
    def __init__(self, container: ServiceContainer, service: object, entrypoint: Entrypoint) -> None: ...

class ServiceContainer:
    service_cls: type[Any]
    service_name: str
    config: dict[str, Any]
    entrypoints: set[Entrypoint]
    dependencies: set[DependencyProvider]
    subextensions: set[Extension]
    shared_extensions: dict[Any, Extension]
    _worker_pool: Any  # eventlet's
    _died: Any
    def __init__(self, service_cls: type, config: dict[str, Any]) -> None: ...
    @property
    def extensions(self) -> set[Extension]: ...
    def start(self) -> None: ...
    def stop(self) -> None: ...
    def kill(self, exc_info: Any = ...) -> None: ...
    def wait(self) -> None: ...
    def spawn_managed_thread(self, fn: Callable[[], object], identifier: str | None = ...) -> Any: ...
    def _inject_dependencies(self, worker_ctx: WorkerContext) -> None: ...

iter_extensions: Callable[[Extension], Iterator[Extension]]
