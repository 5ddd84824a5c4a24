"""What people send may be hostile, so it is taken apart in a child process: little memory and time, no file opened,
not monkey-patched. The child is a module: the input on its stdin, what it makes of it on its stdout.
"""

import os
import resource
import signal
import subprocess
import sys
import threading

CPU_SECONDS, SECONDS, MEMORY, OUTPUT = 15, 30, 1 << 30, 1 << 24
LANES = threading.BoundedSemaphore(2)


def run(module, raw, *args):
    """(exit code, output) of `python -m module args` with `raw` as its input; at most two run at once."""
    with in_memory(raw) as given, in_memory() as made, LANES:
        command = [sys.executable, "-m", module, *args]
        child = subprocess.run(command, stdin=given, stdout=made, stderr=subprocess.DEVNULL, check=False)
        made.seek(0)
        return child.returncode, made.read()


def in_memory(content=b""):
    """A file that is on no disk; unlike a pipe it keeps nobody waiting when the other side dies."""
    file = open(os.memfd_create("child"), "w+b")  # noqa: SIM115 closed by the caller's `with`
    file.write(content)
    file.seek(0)
    return file


def confine():
    """Limit this process to what honest input needs; it dies when its time is up."""
    signal.alarm(SECONDS)
    for what, most in (
        (resource.RLIMIT_CPU, CPU_SECONDS),
        (resource.RLIMIT_AS, MEMORY),
        (resource.RLIMIT_FSIZE, OUTPUT),
        (resource.RLIMIT_NOFILE, 3),
        (resource.RLIMIT_CORE, 0),
    ):
        resource.setrlimit(what, (most, most))
