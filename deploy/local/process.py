"""One program of ours in a session of its own: started, awaited, stopped by its pid and no other way."""

import os
import signal
import socket
import subprocess
import time
from pathlib import Path

import requests

ANSWER_SECONDS = 120
STOP_SECONDS = 40


class CannotStart(Exception):
    """Something we need does not start; the text is one sentence for the person at the terminal."""


class Process:
    """A child that dies with its parent (`setpriv --pdeathsig`); its pid file outlives a killed parent.

    `folder` holds NAME.pid and NAME.log.
    """

    def __init__(self, name, command, folder, env=None):
        self.name, self.command, self.env = name, command, env
        self.pid_file, self.log = Path(folder, f"{name}.pid"), Path(folder, f"{name}.log")
        self.child: subprocess.Popen[bytes] | None = None

    def start(self):
        """Run the command."""
        self.pid_file.parent.mkdir(parents=True, exist_ok=True)
        with self.log.open("ab") as log:
            self.child = subprocess.Popen(
                ["setpriv", "--pdeathsig", "TERM", *map(str, self.command)],
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                umask=0o077,
            )
        self.pid_file.write_text(f"{self.child.pid} {born(self.child.pid)}")

    def wait_for(self, ready, seconds=ANSWER_SECONDS):
        """Return once `ready()` is true; raise CannotStart when the child ends or the time is over."""
        end = time.monotonic() + seconds
        while not ready():
            if not self.running():
                raise CannotStart(f"{self.name} stopped while starting; its log is {self.log}")
            if time.monotonic() > end:
                raise CannotStart(f"{self.name} did not answer within {seconds} s; its log is {self.log}")
            time.sleep(0.1)

    def running(self):
        """Whether the child is alive."""
        return self.child is not None and self.child.poll() is None

    def ask_to_stop(self):
        """SIGTERM, without waiting."""
        if self.child and self.running():
            self.child.terminate()

    def stop(self, seconds=STOP_SECONDS):
        """SIGTERM, and SIGKILL for what has not gone in time."""
        self.ask_to_stop()
        if self.child:
            try:
                self.child.wait(seconds)
            except subprocess.TimeoutExpired:
                self.child.kill()
                self.child.wait()
            self.pid_file.unlink(missing_ok=True)

    def end_leftover(self):
        """End what an earlier, killed parent of ours left behind."""
        pid, birth = self.pid_file.read_text().split() if self.pid_file.exists() else ("0", None)
        end = time.monotonic() + STOP_SECONDS
        while birth and born(pid) == birth:
            os.kill(int(pid), signal.SIGTERM if time.monotonic() < end else signal.SIGKILL)
            time.sleep(0.2)
        self.pid_file.unlink(missing_ok=True)


def born(pid):
    """When a process started, in ticks since boot (its pid alone may be another's by now); None if it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return None if fields[0] == "Z" else fields[19]


def is_free(port):
    """Whether nobody listens on this loopback port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True


def answers(port):
    """Whether somebody listens on this loopback port."""
    with socket.socket() as probe:
        probe.settimeout(2)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def ready(url):
    """Whether a service with this health address says that it is."""
    try:
        return requests.get(f"{url}/readyz", timeout=2).ok
    except requests.RequestException:
        return False
