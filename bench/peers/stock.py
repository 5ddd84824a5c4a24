"""Stock Nameko 2.14.1 as its documentation shows it. One service per process:

    python -m bench.peers.stock consumer        one MongoDB insert per event
    python -m bench.peers.stock dispatcher N W  N events from W workers at once
    python -m bench.peers.stock letters PORT    HTTP → insert → dispatch
    python -m bench.peers.stock first|second|third

The one thing changed is the type of the queues, so that they are what ours are.
"""

import eventlet

eventlet.monkey_patch()

import json  # noqa: E402
import os  # noqa: E402
import signal  # noqa: E402
import sys  # noqa: E402
from functools import partial  # noqa: E402
from uuid import uuid4  # noqa: E402

import nameko.events  # noqa: E402
from kombu import Queue  # noqa: E402
from nameko.containers import ServiceContainer  # noqa: E402
from nameko.events import EventDispatcher, event_handler  # noqa: E402
from nameko.extensions import DependencyProvider  # noqa: E402
from nameko.testing.services import once  # noqa: E402
from nameko.web.handlers import http  # noqa: E402
from pymongo import MongoClient  # noqa: E402

from bench.facts import SUBMITTED, WIRE  # noqa: E402

nameko.events.Queue = partial(Queue, queue_arguments={"x-queue-type": "quorum"})


class Rows(DependencyProvider):
    """A MongoDB collection named after the service."""

    def setup(self):
        self.rows = MongoClient(os.environ["MONGO_URI"]).peers[self.container.service_name]

    def get_dependency(self, worker_ctx):
        return self.rows


class Subscriber:
    """One insert per event."""

    rows = Rows()

    @event_handler("petition", WIRE)
    def keep(self, event):
        self.rows.insert_one({"_id": event["subject"], "event": event})


class Consumer(Subscriber):
    name = "consumer"


class First(Subscriber):
    name = "first"


class Second(Subscriber):
    name = "second"


class Third(Subscriber):
    name = "third"


class Dispatcher:
    """Nothing but dispatching."""

    name = "petition"
    dispatch = EventDispatcher()

    @once
    def run(self):
        count, workers = map(int, sys.argv[2:])
        pool = eventlet.GreenPool(workers)
        for _ in range(count):
            pool.spawn_n(self.dispatch, WIRE, SUBMITTED)
        pool.waitall()


class Letters:
    """A letter comes in, is inserted, and is told."""

    name = "petition"
    rows = Rows()
    dispatch = EventDispatcher()

    @http("POST", "/v1/petitions")
    def submit(self, request):
        letter, key = json.loads(request.get_data()), str(uuid4())
        self.rows.insert_one({"_id": key, "letter": letter})
        self.dispatch(WIRE, SUBMITTED | {"subject": key})
        return 201, json.dumps({"id": key, "state": "submitted"})


SERVICES = {each.__name__.lower(): each for each in (Consumer, First, Second, Third, Dispatcher, Letters)}


def main(name, *arguments):
    """Run until SIGTERM."""
    config = {"AMQP_URI": os.environ["AMQP_URI"]}
    if name == "letters":
        config["WEB_SERVER_ADDRESS"] = f"127.0.0.1:{arguments[0]}"
    container = ServiceContainer(SERVICES[name], config)
    signal.signal(signal.SIGTERM, lambda *_: eventlet.spawn_n(container.stop))
    container.start()
    container.wait()


if __name__ == "__main__":
    main(*sys.argv[1:])
