"""`make run RELOAD=1`: a service whose files change is started again, and all when chassis or contracts change.

One that does not start any more, by a slip in its code, is told of and tried again at the next change.
"""

import logging
import time
from importlib import import_module
from pathlib import Path

from watchfiles import DefaultFilter, watch

from chassis.registry import services
from deploy.local.process import CannotStart

COMMON = ("chassis", "contracts")
LOOK_MILLISECONDS = 3_000

logging.getLogger("watchfiles").setLevel(logging.ERROR)  # Ctrl-C is no warning


class Code(DefaultFilter):
    """What running services are made of: all files but those of tests, caches and editors."""

    def __call__(self, change, path):
        return super().__call__(change, path) and "tests" not in Path(path).parts


def code():
    """Name of a service → the folders of its code."""
    packages = {name: cls.__module__.rpartition(".")[0] or cls.__module__ for name, cls in services().items()}
    return {name: [_folder(package) for package in (package, *COMMON)] for name, package in packages.items()}


def follow(running, code, ready):
    """Start services again as their code changes, until a signal comes.

    `running` is name → Process, `code` name → folders; `ready(name)` says whether a service answers.
    """
    folders = {folder for each in code.values() for folder in each}
    looks = watch(*folders, watch_filter=Code(), rust_timeout=LOOK_MILLISECONDS, yield_on_timeout=True,
                  raise_interrupt=False, ignore_permission_denied=True)  # fmt: skip
    down: set[str] = set()
    for changes in looks:
        changed = {name for name in running for _, path in changes if _lies_in(path, code[name])}
        for name in sorted(changed):
            _start_again(running[name], lambda: ready(name))  # noqa: B023
        ended = {name for name, process in running.items() if not process.running()}
        for name in sorted(ended - down - changed):
            print(f"  {name} 已退出（代码 {running[name].child.returncode}）；日志 {running[name].log}", flush=True)
        down = ended


def _start_again(process, ready):
    started = time.monotonic()
    process.stop()
    process.start()
    try:
        process.wait_for(ready)
        print(f"  {process.name} 的文件有改动，已重新启动（{time.monotonic() - started:.1f} 秒）", flush=True)
    except CannotStart:
        print(f"  {process.name} 的文件有改动，改后起不来，等下一次改动；日志 {process.log}", flush=True)


def _folder(package):
    return Path(import_module(package).__file__ or "").parent


def _lies_in(path, folders):
    return any(Path(path).is_relative_to(folder) for folder in folders)
