"""Nameko's inside, as far as the chassis reaches into it: private names stand here and nowhere else."""

from nameko.containers import WorkerContext


def instance(container, entrypoint):
    """A service object with its dependencies, outside the worker pool."""
    service = container.service_cls()
    container._inject_dependencies(WorkerContext(container, service, entrypoint))
    return service
