"""Nameko's and amqp's inside, as far as the chassis reaches into it: private names stand here and nowhere else."""

from amqp import Message, method_framing
from nameko.containers import WorkerContext


def instance(container, entrypoint):
    """A service object with its dependencies, outside the worker pool."""
    service = container.service_cls()
    container._inject_dependencies(WorkerContext(container, service, entrypoint))
    return service


class Injector:
    """In a container's place where `instance` is asked for a service object: `inject(service)` gives it what it has."""

    def _inject_dependencies(self, worker_ctx):
        self.inject(worker_ctx.service)


def worker(container, work, *args):
    """The green thread of `work(*args)`, spawned in a container's worker pool once one is free."""
    return container._worker_pool.spawn(work, *args)


def has_died(container):
    """Whether a container was stopped or killed."""
    return container._died.ready()


def read_ahead(transport, size):
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
