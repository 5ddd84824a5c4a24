"""A RabbitMQ and a MongoDB of our own under one directory: loopback only, own ports, own accounts.

    python -m deploy.local.servers [DIRECTORY]

starts both, prints `export AMQP_ADMIN=… MONGO_ADMIN=…` and stays until Ctrl-C. Without a directory the data are fresh
and thrown away at the end.
"""

import fcntl
import json
import os
import random
import shutil
import signal
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path

from deploy.local.keys import secret
from deploy.local.mongo import Mongo
from deploy.local.process import CannotStart, is_free
from deploy.local.rabbit import Rabbit

ROOT = Path(__file__).parents[2]
RUN = ROOT / ".run"
PORTS = ("epmd", "distribution", "amqp", "management", "metrics", "mongo")
SERVERS = {"AMQP_ADMIN": Rabbit, "MONGO_ADMIN": Mongo}
RANGE = range(20_000, 30_000)


@contextmanager
def servers(home):
    """Both servers, running for the block; yields `{"AMQP_ADMIN": …, "MONGO_ADMIN": …}`.

    What the environment already gives is used as it is and not started. The second start in a directory finds its data.
    Raises CannotStart.
    """
    with ExitStack() as stack:
        stack.enter_context(locked(home))
        _check_secrets(home)
        chosen = ports(home)
        given = {name: os.environ[name] for name in SERVERS if os.environ.get(name)}
        for name, server in SERVERS.items():
            if name not in given:
                given[name] = stack.enter_context(server(home, chosen, secret(home, name.lower())).running())
        yield given


def _check_secrets(home):
    """Data answer to the passwords they were made with only."""
    folders = {"AMQP_ADMIN": "rabbitmq", "MONGO_ADMIN": "mongo"}
    kept = [name for name, folder in folders.items() if Path(home, folder).exists()]
    if any(not Path(home, "secrets", name.lower()).exists() for name in kept):
        raise CannotStart(
            f"The data in {home} remain but their passwords in {home}/secrets are gone: put them back, "
            f"or delete {home} to begin anew."
        )


def admins(home):
    """The administrators' addresses of servers that have run in a directory. Raises CannotStart when none have."""
    if not Path(home, "ports.json").exists():
        raise CannotStart("Nothing has run here yet: `make run` first.")
    return {name: server(home, ports(home), secret(home, name.lower())).admin for name, server in SERVERS.items()}


@contextmanager
def fresh(below=RUN):
    """`servers` in a new directory `test-PID`, removed afterwards unless they could not start."""
    _sweep(below)
    home = below / f"test-{os.getpid()}"
    started = False
    try:
        with servers(home) as given:
            started = True
            yield given
    finally:
        if started:
            shutil.rmtree(home, ignore_errors=True)


@contextmanager
def locked(home):
    """Hold a directory; raises CannotStart when another process does."""
    home.mkdir(parents=True, exist_ok=True)
    with Path(home, "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotStart(f"Already running: another process holds {home}.") from None
        yield


def ports(home, names=PORTS):
    """The servers' ports by name: free ones chosen at the first start, kept in `ports.json` for the next ones."""
    path = Path(home, "ports.json")
    if not path.exists():
        path.write_text(json.dumps(dict(zip(names, _free(len(names)), strict=True))))
    return json.loads(path.read_text())


def _free(count):
    free = (port for port in random.Random(os.urandom(8)).sample(RANGE, len(RANGE)) if is_free(port))
    return [next(free) for _ in range(count)]


def _sweep(below):
    for home in below.glob("test-*"):
        try:
            with locked(home):
                shutil.rmtree(home, ignore_errors=True)
        except CannotStart:
            continue


def end_politely():
    """Make the first SIGINT or SIGTERM end the program through its `finally`s, which later ones do not disturb."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)


def _end(*_):
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    sys.exit(0)


def main(arguments):
    """Stay until SIGINT or SIGTERM."""
    end_politely()
    with servers(Path(arguments[0]).resolve()) if arguments else fresh() as given:
        print("export", *(f"{name}='{value}'" for name, value in given.items()), flush=True)
        signal.pause()


if __name__ == "__main__":
    try:
        main(sys.argv[1:])
    except CannotStart as problem:
        sys.exit(str(problem))
