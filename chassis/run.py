"""Runs one service: `python -m chassis.run petition`. SIGTERM or Ctrl-C drains it, then the process ends."""

import warnings

with warnings.catch_warnings():
    warnings.simplefilter("ignore")
    import eventlet

    eventlet.monkey_patch()

import gc
import signal
import sys

from nameko.containers import ServiceContainer

from chassis.core import logs, settings
from chassis.registry import service


def main(name):
    """Start, wait for a signal, drain. Exits 1 with one sentence when the service cannot start."""
    cls = service(name)
    logs.configure(cls.name)
    container = ServiceContainer(cls, settings.of_service(cls.wanted_settings))
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: eventlet.spawn_n(container.stop))
    container.start()
    freeze_gc()
    container.wait()


def freeze_gc():
    """What is there by now stays: to look through it for cycles held up all requests for 80 ms at a time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(10_000, 10, 10)


if __name__ == "__main__":
    try:
        main(sys.argv[1])
    except (settings.BadSetting, RuntimeError, OSError) as error:
        sys.exit(f"{sys.argv[1]}: {error}")
