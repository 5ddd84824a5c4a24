"""What people send may be hostile, so it is taken apart in a child process: a cage (`chassis.privacy.cage`) with little
memory and time, where no file, socket, process or environment is to be had. The child is a module that confines itself
once it has loaded what it needs: the input on its stdin, what it makes of it on its stdout.
"""

import os
import resource
import signal
import sys
import threading
import time
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from pathlib import Path

from chassis.privacy import cage

CPU_SECONDS, SECONDS, MEMORY, OUTPUT = 3, 10, 512 << 20, 1 << 24
LOOK_SECONDS = 0.005
PATIENCE = 10  # how nice it is to those who are served meanwhile
NO_CAGE = 71
START = """import runpy, sys
sys.path.insert(0, sys.argv.pop(1))
runpy.run_module(sys.argv.pop(1), run_name="__main__", alter_sys=True)"""
PYTHON = (sys.executable, "-I", "-c", START, str(Path(__file__).parents[2]))
BACKGROUND = threading.BoundedSemaphore(1)
PAID = ContextVar("paid", default=None)


class TimeUp(Exception):
    """The machine had too little time for it; that it needs too much of a processor's is an exit code."""


def run(module, raw, *args, lane=BACKGROUND):
    """(exit code, output) of `main` of a module, with `raw` as its input; waits for `lane`, or is `paid` and has one.

    Raises TimeUp, and RuntimeError where this machine has no cage.
    """
    charge = PAID.get()
    with nullcontext() if charge else lane, in_memory(raw) as given, in_memory() as made:
        code, seconds = ended(started((*PYTHON, module, *args), given, made))
        if charge:
            charge(seconds)
        if code is None:
            raise TimeUp()
        if code == NO_CAGE:
            raise RuntimeError("a child could not be confined: see chassis/privacy/cage.py")
        made.seek(0)
        return code, made.read()


@contextmanager
def paid(charge):
    """Children that this block runs wait for no lane; `charge` is told the CPU seconds of each."""
    before = PAID.set(charge)
    try:
        yield
    finally:
        PAID.reset(before)


def started(command, given, made):
    """The pid of a process without an environment, in a session of its own, which leaves others the processor first."""
    files = [
        (os.POSIX_SPAWN_DUP2, given.fileno(), 0),
        (os.POSIX_SPAWN_DUP2, made.fileno(), 1),
        (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
    ]
    pid = os.posix_spawn(command[0], command, {}, file_actions=files, setsid=True)
    os.setpriority(os.PRIO_PROCESS, pid, PATIENCE)
    return pid


def ended(pid):
    """(exit code, CPU seconds) of a child; killed when its time is up (the code is None), or nobody waits any more.

    Others are served meanwhile: between looks the greenlet sleeps.
    """
    ends_at, overdue = time.monotonic() + SECONDS, False
    try:
        while not (found := os.wait4(pid, os.WNOHANG))[0]:
            if overdue := time.monotonic() > ends_at:
                os.kill(pid, signal.SIGKILL)
            time.sleep(LOOK_SECONDS)
    except BaseException:
        os.kill(pid, signal.SIGKILL)
        os.wait4(pid, 0)
        raise
    code = None if overdue else os.waitstatus_to_exitcode(found[1])
    return code, found[2].ru_utime + found[2].ru_stime


def in_memory(content=b""):
    """A file that is on no disk; unlike a pipe it keeps nobody waiting when the other side dies."""
    file = open(os.memfd_create("child"), "w+b")  # noqa: SIM115 closed by the caller's `with`
    file.write(content)
    file.seek(0)
    return file


def confine():
    """Limit this process to what honest input needs; it dies at once where it is not caged.

    How many processes is left to the cage: here threads would count as such, and HEIC is decoded in one.
    """
    os.closerange(3, os.sysconf("SC_OPEN_MAX"))
    for what, most in (
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, OUTPUT),
        (resource.RLIMIT_NOFILE, 0),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
    try:
        cage.shut()
    except (OSError, KeyError):
        os._exit(NO_CAGE)
