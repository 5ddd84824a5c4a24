"""What the bench runs on: our services as in production, peers, queues, and a stopwatch that looks from outside."""

import os
import random
import subprocess
import sys
import time
from contextlib import contextmanager
from functools import partial
from urllib.parse import urlsplit

import amqp
import requests
from pymongo import MongoClient

from bench.keeper.service import KeeperService
from chassis.auth.keys import make_keys
from chassis.provision import provision
from chassis.registry import services
from deploy.local.county import County, amqp_address
from deploy.local.declared import declare
from deploy.local.process import Process, is_free, ready
from deploy.local.servers import ROOT

LOOK_SECONDS = 0.01
LONGEST_SECONDS = 900
WINDOW = 500
CLASSES = services() | {"keeper": KeeperService}
QUORUM = {"x-queue-type": "quorum"}


class Town(County):
    """A county whose services are started and stopped one by one; `keeper` is its own subscriber.

    `runner` is the module, with its arguments, that runs a service.
    """

    runner = ("chassis.run",)

    def __init__(self, home, admins, name):
        admins = admins | {"AMQP_ADDRESS": amqp_address(admins["AMQP_ADMIN"])}
        super().__init__(home / name, admins, name=name, first=free_ports())
        self.ports["keeper"] = max(self.ports.values()) + 1
        self.mongo = MongoClient(admins["MONGO_ADMIN"], tz_aware=True)
        self.queues = Queues(admins, name)

    def environment(self, service):
        """As in production: the county's real time limits; text messages go to a log; nobody is too fast."""
        own = {"POLICY_FILE": str(ROOT / "services/petition/policy.json"), "RATES": "100000"}
        own["PYTHONPATH"] = declare(self.home / "guests", keeper="bench.keeper.service:KeeperService")
        return super().environment(service) | own

    def process(self, service):
        command = [sys.executable, "-m", *self.runner, service]
        return Process(service, command, self.home / "logs", self.environment(service))

    def prepare(self, service):
        provision(CLASSES[service], self.environment(service) | self.admins)

    def found(self):
        """Provisioned, seeded with 邛崃's regions, and with all history read: any service can now run alone."""
        make_keys(self.home / "secrets", {name: cls.key_files for name, cls in CLASSES.items()})
        for service in CLASSES:
            self.prepare(service)
        with self.running(*CLASSES):
            seed = [sys.executable, "-m", "services.identity.seed"]
            subprocess.run(seed, env=self.environment("identity"), check=True, capture_output=True, timeout=120)
            self.settle()

    def settle(self, services=CLASSES):
        """Until the outboxes and the inboxes of these services are empty."""
        with self.queues.depth() as depth:
            for service in services:
                until(lambda: -self.database(service).outbox.estimated_document_count(), 0)  # noqa: B023
            for service in services:
                until(lambda: -depth(f"{service}.inbox"), 0)  # noqa: B023

    @contextmanager
    def running(self, *names):
        """These services and identity, which tells who was erased, each ready, as processes; yields them by name."""
        processes = {name: self.process(name) for name in dict.fromkeys(("identity", *names))}
        try:
            for process in processes.values():
                process.start()
            for name, process in processes.items():
                process.wait_for(partial(ready, self.url(name, 200)))
            yield processes
        finally:
            for process in processes.values():
                process.ask_to_stop()
            for process in processes.values():
                process.stop()

    @contextmanager
    def started(self, name):
        """This service, ready or not, for the block."""
        process = self.process(name)
        process.start()
        try:
            yield process
        finally:
            process.stop()

    def database(self, service):
        """A service's database, with an administrator's rights."""
        return self.mongo[f"{self.name}_{service}"]


class Peers:
    """Programs of `bench.peers`: a virtual host and a database of their own, an administrator's rights, no promises."""

    def __init__(self, home, admins):
        self.home, self.queues = home / "peers", Queues(admins, "peers")
        requests.put(f"{admins['AMQP_ADMIN']}/api/vhosts/peers", timeout=20).raise_for_status()
        self.database = MongoClient(admins["MONGO_ADMIN"]).peers
        account = urlsplit(admins["AMQP_ADMIN"])
        address = f"{account.username}:{account.password}@{amqp_address(admins['AMQP_ADMIN'])}"
        self.env = {
            "PATH": os.environ["PATH"],
            "AMQP_URI": f"amqp://{address}/peers",
            "MONGO_URI": admins["MONGO_ADMIN"],
        }

    @contextmanager
    def running(self, program, *arguments):
        """`python -m bench.peers.PROGRAM ARGUMENTS…` for the block; yields its Process."""
        command = [sys.executable, "-W", "ignore", "-m", f"bench.peers.{program}", *arguments]
        process = Process("-".join([program, *arguments]), command, self.home, self.env)
        process.start()
        try:
            yield process
        finally:
            process.stop()


class Queues:
    """The queues of one virtual host, with an administrator's rights."""

    def __init__(self, admins, vhost):
        account = urlsplit(admins["AMQP_ADMIN"])
        login = {"userid": account.username, "password": account.password, "virtual_host": vhost}
        self.connect = partial(amqp.Connection, amqp_address(admins["AMQP_ADMIN"]), **login)

    @contextmanager
    def channel(self):
        """A channel of a connection of its own."""
        with self.connect() as connection:
            yield connection.channel()

    def declare(self, *names):
        """Durable quorum queues."""
        with self.channel() as channel:
            for name in names:
                channel.queue_declare(name, durable=True, auto_delete=False, arguments=QUORUM)

    def bind(self, exchange, key, *names):
        """Queues bound to a durable topic exchange."""
        with self.channel() as channel:
            channel.exchange_declare(exchange, "topic", durable=True, auto_delete=False)
            for name in names:
                channel.queue_bind(name, exchange, key)

    def unbind(self, exchange, key, name):
        """End a binding."""
        with self.channel() as channel:
            channel.queue_unbind(name, exchange, key)

    def fill(self, name, messages):
        """Publish into one queue; all are confirmed when it returns."""
        with self.channel() as channel:
            channel.confirm_select()
            open_tags = set()
            channel.events["basic_ack"].add(partial(_confirmed, open_tags))
            for tag, message in enumerate(messages, 1):
                channel.basic_publish(message, "", name)
                open_tags.add(tag)
                while len(open_tags) >= WINDOW:
                    channel.connection.drain_events()
            while open_tags:
                channel.connection.drain_events()

    def purge(self, *names):
        """Throw away what waits."""
        with self.channel() as channel:
            for name in names:
                channel.queue_purge(name)

    @contextmanager
    def depth(self):
        """`depth(name)`: how many messages wait in a queue."""
        with self.channel() as channel:
            yield lambda name: channel.queue_declare(name, passive=True).message_count


def _confirmed(open_tags, tag, multiple):
    if multiple:
        open_tags -= {each for each in open_tags if each <= tag}
    else:
        open_tags.discard(tag)


def until(done, total, seconds=LONGEST_SECONDS):
    """Return once `done()` reaches `total`."""
    end = time.monotonic() + seconds
    while done() < total:
        if time.monotonic() > end:
            raise TimeoutError(f"{done()} of {total} after {seconds} s")
        time.sleep(LOOK_SECONDS)


def rate(done, warm, total):
    """How many per second, from the first look at which `warm` are done to the one at which `total` are."""
    until(done, warm)
    began, before = time.perf_counter(), done()
    until(done, total)
    return (total - before) / (time.perf_counter() - began)


def free_ports():
    """The first of a free row of ports for all services and kinds."""
    while True:
        first = random.randrange(10_000, 15_000)
        if all(is_free(first + number + kind) for number in range(1, len(CLASSES) + 1) for kind in (0, 100, 200)):
            return first
