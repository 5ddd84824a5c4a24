"""A town that breaks: services killed, frozen, replaced and doubled on servers of its own, with a witness."""

import signal
import sys
import time
from collections import Counter
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from pkgutil import resolve_name
from urllib.parse import quote

import eventlet
import requests

from chassis.auth.keys import make_keys
from chassis.provision import provision
from chassis.registry import names, service
from deploy.local.declared import declare
from deploy.local.process import Process, ready
from tests.faults.cutter import Cutter
from tests.flows.town import Town, free_ports
from tests.peers.sms import SmsPeer

SERVICES = (*names(), "witness")
LATE = "latecomer"
GUESTS = {
    "witness": "tests.faults.witness.service:WitnessService",
    LATE: "tests.faults.latecomer.service:LatecomerService",
}
REPLICAS = tuple(f"{service}-2" for service in SERVICES)
THIRD = ("sla-3", "petition-3")
CUT = ("petition", "witness")  # these reach the broker through a proxy that cuts
TOKEN_SECONDS = 480
AGAIN = ("busy", "request_in_progress", "unavailable")


class BreakableTown(Town):
    """Processes are named `petition`, a second replica `petition-2`. What dies is started again, as a cluster does.

    `deaths` counts by process those that died of kill -9, `crashes` those that ended otherwise without being asked.
    `accepted` maps the ids of letters whose receipt a client has to their numbers; `tries` counts calls by attempts.
    """

    def __init__(self, home, policy, admins, servers):
        super().__init__(home, policy, admins)
        self.admins |= admins
        self.servers, self.guests = servers, dict(GUESTS)
        everybody = (*SERVICES, LATE)
        processes = (*everybody, *(f"{service}-2" for service in everybody), *THIRD)
        first = free_ports(len(processes))
        self.ports = {name: first + number for number, name in enumerate(processes, 1)}
        self.processes, self.stopping, self.frozen = {}, set(), set()
        self.deaths, self.crashes, self.tries, self.accepted = Counter(), Counter(), Counter(), {}
        self.turns, self.signed_in, self.cutter = count(), {}, Cutter(self.admins["AMQP_ADDRESS"])

    @contextmanager
    def running(self):
        """Everything up and seeded, for the block."""
        make_keys(self.home / "secrets", {name: self.cls(name).key_files for name in (*SERVICES, LATE)})
        with SmsPeer(self.home / "secrets" / "notify" / "sms.key") as self.sms:
            for service in SERVICES:
                self.prepare(service)
            watcher = eventlet.spawn(self.watch)
            try:
                self.start(*SERVICES)
                self.seed()
                yield self
            finally:
                watcher.kill()
                self.end(*self.processes)
                self.cutter.close()
                self.mongo.close()

    def environment(self, name):
        """Of a process: its service's, on ports of its own."""
        env = super().environment(service_of(name))
        if service_of(name) in CUT:
            env["AMQP_URI"] = env["AMQP_URI"].replace(self.admins["AMQP_ADDRESS"], self.cutter.address)
        addresses = {"HTTP_ADDRESS": 0, "INTERNAL_ADDRESS": 100, "HEALTH_ADDRESS": 200}
        env["PYTHONPATH"] = declare(self.home / "guests", **self.guests)
        return env | {each: self.url(name, kind).removeprefix("http://") for each, kind in addresses.items()}

    def prepare(self, service):
        provision(self.cls(service), self.environment(service) | self.admins)

    def cls(self, name):
        """The class of a service, a guest's too."""
        return resolve_name(self.guests[name]) if name in self.guests else service(name)

    def process(self, name, **env):
        command = [sys.executable, "-m", "chassis.run", service_of(name)]
        return Process(name, command, self.home / "logs", self.environment(name) | env)

    def start(self, *names, **env):
        """Start processes at once, each with more in its environment; return when all are ready."""
        for name in names:
            process = self.process(name, **env)
            process.start()
            self.stopping.discard(name)
            self.processes[name] = process
        self.wait_ready(*names)

    def end(self, *names):
        """SIGTERM at once; return when all have ended."""
        self.stopping.update(names)
        for name in names:
            self.processes[name].ask_to_stop()
        for name in names:
            self.processes.pop(name).stop()

    def kill(self, *names):
        """kill -9; `watch` starts them again."""
        for name in names:
            self.processes[name].child.kill()

    def arm(self, points, how="SIGKILL"):
        """Kill each process (name → failpoint) and start it again, to get that signal at that point once."""
        self.stopping.update(points)
        for name, point in points.items():
            self.processes[name].child.kill()
            self.processes[name].child.wait()
            self.processes[name].env |= {"FAILPOINT": point, "FAILPOINT_SIGNAL": how}
            self.processes[name].start()
        self.stopping.difference_update(points)
        self.wait_ready(*points)

    def freeze(self, *names):
        """SIGSTOP; the broker gives up their connections, as it does when heartbeats are missing."""
        for name in names:
            self.processes[name].child.send_signal(signal.SIGSTOP)
        self.frozen.update(names)
        self.cut_off(*map(service_of, names))

    def stopped(self, name):
        """Whether a failpoint has stopped a process; from then on people ask its replicas."""
        stat = Path("/proc", str(self.processes[name].child.pid), "stat").read_text()
        if stat.rpartition(")")[2].split()[0] == "T":
            self.frozen.add(name)
        return name in self.frozen

    def thaw(self, *names):
        """SIGCONT."""
        for name in names:
            self.processes[name].child.send_signal(signal.SIGCONT)
        self.frozen.difference_update(names)

    def cut_off(self, *services):
        """Have the broker close all connections of these services."""
        for each in self.broker("GET", "connections").json():
            if each["user"] in [f"{self.name}_{service}" for service in services]:
                self.broker("DELETE", f"connections/{quote(each['name'])}")

    def broker(self, method, path):
        """A call of the broker's management API."""
        return requests.request(method, f"{self.admins['AMQP_ADMIN']}/api/{path}", timeout=20)

    def forget(self, service):
        """Remove the queue and the data of a service that is stopped."""
        self.broker("DELETE", f"queues/{self.name}/{service}.inbox")
        self.mongo.drop_database(f"{self.name}_{service}")
        self.guests[service] = GUESTS[service]

    def watch(self):
        """Start again what died; a failpoint kills once unless it names the subject that kills."""
        while True:
            for name in [each for each in self.processes if each not in self.stopping]:
                self._revive(name, self.processes[name])
            eventlet.sleep(0.05)

    def _revive(self, name, process):
        code = process.child.poll()
        if code is not None:
            (self.deaths if code == -signal.SIGKILL else self.crashes)[name] += 1
            if "@" not in process.env.get("FAILPOINT", ""):
                process.env.pop("FAILPOINT", None)
            process.start()

    def wait_ready(self, *names):
        """Until these processes (default: all) say that they are ready, however often they die on the way."""
        for name in names or list(self.processes):
            until(lambda: ready(self.url(name, 200)), f"{name} to be ready")  # noqa: B023

    def token(self, who):
        """An access token that is not about to run out."""
        if time.monotonic() - self.signed_in.get(who, 0) > TOKEN_SECONDS:
            self.tokens.pop(who, None)
            super().token(who)
            self.signed_in[who] = time.monotonic()
        return self.tokens[who]

    def ask(self, service, path, who, key, body, seconds=60):
        """The answer of a POST that is tried under one Idempotency-Key until it succeeds, on any living replica."""
        headers = {"Idempotency-Key": key, "Authorization": f"Bearer {self.token(who)}"}
        end, tries, turn = time.monotonic() + seconds, 0, next(self.turns)
        while time.monotonic() < end:
            tries += 1
            answer = self._try(self._replica(service, turn + tries) + path, headers, body)
            if answer is not None and answer.ok:
                self.tries[tries] += 1
                return answer.json()
            assert answer is None or answer.json()["code"] in AGAIN, answer.text
            eventlet.sleep(0.1)
        raise AssertionError(f"{path} was not answered within {seconds} s")

    def _try(self, url, headers, body):
        try:
            return requests.post(url, headers=headers, json=body, timeout=10)
        except requests.RequestException:
            return None

    def _replica(self, service, turn):
        alive = [
            name
            for name, process in self.processes.items()
            if service_of(name) == service and process.running() and name not in self.frozen
        ]
        return self.url(alive[turn % len(alive)] if alive else service)

    def mend(self, *subjects):
        """The bug that a witness had with these subjects is gone, and somebody has its parked lanes tried now."""
        for subject in subjects:
            self.database("witness").moods.delete_one({"_id": subject})
        self.hasten("witness")

    def mend_all(self):
        """One replica of each service of the county, none frozen, no bug, a gateway that answers."""
        self.thaw(*self.frozen)
        self.end(*(self.processes.keys() - set(SERVICES)))
        self.sms.control(mode="ok")
        self.mend(*(row["_id"] for row in self.database("witness").moods.find({}, {})))

    def spoil(self, mood, *subjects):
        """Give the witness a bug with these subjects."""
        self.database("witness").moods.insert_many([{"_id": subject, "mood": mood} for subject in subjects])

    def hasten(self, service):
        """Let every parked lane be tried now, as a person does who has mended the cause."""
        self.database(service).blocked.update_many({}, [{"$set": {"next_at": "$$NOW", "attempts": 0}}])


def service_of(name):
    """`petition` of `petition-2`."""
    return name.partition("-")[0]


def until(condition, what, seconds=60, pause=0.1):
    """The first true value of `condition()`; looked at less often than by `wait_until`, for conditions that cost."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s for {what}")
        eventlet.sleep(pause)
    return value
