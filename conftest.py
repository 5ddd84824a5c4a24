"""Every test runs under eventlet's monkey patch, on a real RabbitMQ and a real MongoDB."""

import eventlet

from deploy.local.workers import Sharing, keep_threads

keep_threads()
eventlet.monkey_patch()

import os  # noqa: E402
import threading  # noqa: E402
from contextlib import ExitStack  # noqa: E402

import pytest  # noqa: E402
from hypothesis import settings  # noqa: E402

from chassis.privacy import child  # noqa: E402
from deploy.local.process import CannotStart  # noqa: E402
from deploy.local.servers import fresh  # noqa: E402

pytest_plugins = ["chassis.testing"]
# eventlet makes itself another main thread; pytest-timeout must know it, or one late test ends the whole run
threading._main_thread = threading.current_thread()

settings.register_profile("here", deadline=None)  # a busy machine is no failure
settings.load_profile("here")
child.SECONDS = 50  # nor is a child that waits for the processor; how much of that it may use stays

NEED_SERVERS = {"servers", "county", "running", "store"}
_running = ExitStack()


def pytest_addoption(parser):
    """`--servers=yes`: only the tests that need servers; `no`: only the others."""
    parser.addoption("--servers", choices=("yes", "no"))


def pytest_xdist_make_scheduler(config, log):
    """However many workers there are, this is how they share the tests."""
    return Sharing(config, log)


def pytest_collection_modifyitems(config, items):
    """Leave out what `--servers` does; what may take longest goes first, so that no worker is left with it alone."""
    if wanted := config.getoption("servers"):
        kept = [item for item in items if needs_servers(item) == (wanted == "yes")]
        config.hook.pytest_deselected(items=[item for item in items if item not in kept])
        items[:] = kept
    items.sort(key=patience, reverse=True)


def patience(item):
    """How many seconds a test may take, if it says so."""
    mark = item.get_closest_marker("timeout")
    return mark.args[0] if mark else 0


def needs_servers(item):
    """Whether a test asks for a fixture that needs them."""
    return bool(NEED_SERVERS & set(getattr(item, "fixturenames", ())))


def pytest_collection_finish(session):
    """Start servers of our own when a test needs them and the environment gives none."""
    if any(map(needs_servers, session.items)) and not session.config.option.collectonly:
        start_servers()


def pytest_xdist_setupnodes(config):
    """The same once for all workers, who get the addresses in their environment."""
    if config.getoption("servers") != "no":
        start_servers()


def start_servers():
    """Have the administrators' addresses in the environment."""
    try:
        os.environ.update(_running.enter_context(fresh()))
    except CannotStart as problem:
        pytest.exit(str(problem), returncode=1)


def pytest_unconfigure():
    """Stop what was started here."""
    _running.close()
