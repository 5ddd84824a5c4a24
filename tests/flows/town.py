"""All services as processes of their own, on the test servers, with sample people and an SMS gateway that counts."""

import os
import random
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import bson
import requests

from chassis.data.mongo import connect
from chassis.registry import names
from chassis.testing import wait_until
from deploy.local.county import County, amqp_address
from deploy.local.process import is_free, ready
from tests.peers.sms import SmsPeer

PROCESSES = len(names())
CITY, TOWN, VILLAGE = "510183", "510183121", "510183121214"
PHONES = {
    "admin": "19900000001",
    "city": "19900000002",
    "intake": "19900000003",
    "operator": "19900000004",
    "discipline": "19900000012",
    "town": "19900000006",
    "village": "19900000008",
    "administrator": "19900000009",
    "heir": "19900000010",
    "villager": "19900000021",
    "neighbour": "19900000022",
    "beyond": "19900000023",
}
LETTER = {"text": "河边垃圾成堆，请派人清理。", "category": "environment", "recipient": "town", "anonymity": 1}


class Town(County):
    """A county whose services can be killed and started again; `sms` is the gateway's peer."""

    def __init__(self, home, policy, admins=os.environ):
        admins = {name: admins[name] for name in ("AMQP_ADMIN", "MONGO_ADMIN")}
        admins["AMQP_ADDRESS"] = amqp_address(admins["AMQP_ADMIN"])
        super().__init__(home, admins, name=f"flow{random.randrange(10**8)}", first=free_ports())
        self.policy, self.sms, self.tokens = policy, None, {}
        self.mongo = connect(admins["MONGO_ADMIN"])

    def environment(self, service):
        """As at `make run`, but with this test's policy and gateway."""
        own = {
            "petition": {"POLICY_FILE": str(self.policy)},
            "notify": {"SMS_PROVIDER": "http", "SMS_URL": self.sms.url},
        }
        return super().environment(service) | {"RATES": "1000"} | own.get(service, {})

    @contextmanager
    def running(self):
        """Everything up and seeded, for the block."""
        self.make_keys()
        with SmsPeer(self.home / "secrets" / "notify" / "sms.key") as self.sms:
            for service in self.services:
                self.prepare(service)
            self.processes = {service: self.process(service) for service in self.services}
            try:
                for process in self.processes.values():
                    process.start()
                self.wait_ready()
                self.seed()
                yield self
            finally:
                self.stop()

    def stop(self):
        """Stop all services, and forget the county."""
        for process in self.processes.values():
            process.ask_to_stop()
        for process in self.processes.values():
            process.stop()
        requests.delete(f"{self.admins['AMQP_ADMIN']}/api/vhosts/{self.name}", timeout=20)
        for service in self.services:
            self.mongo.drop_database(f"{self.name}_{service}")
            self.mongo.drop_database(f"{self.name}_{service}_vault")
        self.mongo.close()

    def wait_ready(self):
        """Until every service says that it is ready."""
        for service, process in self.processes.items():
            process.wait_for(lambda: ready(self.url(service, 200)), 60)  # noqa: B023

    def kill(self, service):
        """kill -9, and start again."""
        process = self.processes[service]
        process.child.kill()
        process.child.wait()
        process.start()
        process.wait_for(lambda: ready(self.url(service, 200)), 60)

    def seed(self):
        """邛崃's regions and sample people; every service knows the regions when this returns."""
        command = [sys.executable, "-m", "services.identity.seed"]
        subprocess.run(command, env=self.environment("identity"), check=True, capture_output=True, timeout=120)
        wait_until(self.knows_regions, "the regions")

    def database(self, service):
        """A service's database, with an administrator's rights."""
        return self.mongo[f"{self.name}_{service}"]

    def everything_kept(self):
        """The bytes of every document of every database of the county, and of every log."""
        names = [name for name in self.mongo.list_database_names() if name.startswith(self.name)]
        collections = [self.mongo[name][each] for name in names for each in self.mongo[name].list_collection_names()]
        documents = [bson.encode(row) for collection in collections for row in collection.find()]
        return b"\n".join([*documents, *(path.read_bytes() for path in self.home.glob("logs/*.log"))])

    def gather_facts(self):
        """Have a queue that nobody reads take every fact of the county, so that the broker's disk has them."""
        api = self.admins["AMQP_ADMIN"]
        queue = {"durable": True, "arguments": {"x-queue-type": "quorum"}}
        assert requests.put(f"{api}/api/queues/{self.name}/watch", json=queue, timeout=20).ok
        for service in self.services:
            bind = f"{api}/api/bindings/{self.name}/e/{service}.events/q/watch"
            assert requests.post(bind, json={"routing_key": "#"}, timeout=20).ok

    def brokers_disk(self):
        """The bytes that the broker keeps on disk, while facts wait in a queue nobody reads."""
        nodes = requests.get(f"{self.admins['AMQP_ADMIN']}/api/nodes", timeout=20).json()
        return b"\n".join(path.read_bytes() for path in Path(nodes[0]["db_dir"]).rglob("*") if path.is_file())

    def metrics(self):
        """What Prometheus is told by all services."""
        pages = [requests.get(f"{self.url(each, 200)}/metrics", timeout=20) for each in self.services]
        return b"\n".join(page.content for page in pages)

    def token(self, who, **sent):
        """An access token of a sample person, by code; kept for the test. `sent` goes with the requests for it."""
        if who not in self.tokens:
            challenge = self.post("identity", "/v1/challenges", json={"phone": PHONES[who]}, **sent).json()["challenge"]
            code = {"challenge": challenge, "code": self.sample_code}
            self.tokens[who] = self.post("identity", "/v1/sessions", json=code, **sent).json()["access_token"]
        return self.tokens[who]

    def confirm(self, who):
        """From now on `who` has a token for what outlives a session, by a second code to her phone."""
        self.token(who)
        self.database("identity").quotas.delete_many({})  # a code a minute
        challenge = self.post("identity", "/v1/me/confirmations", who).json()["challenge"]
        given = {"challenge": challenge, "code": self.sample_code}
        answer = self.post("identity", "/v1/sessions/current/confirmation", who, json=given)
        self.tokens[who] = answer.json()["access_token"]

    def call(self, method, service, path, who=None, headers=None, **kwargs):
        """A `requests.Response`."""
        sent = {"Authorization": f"Bearer {self.token(who)}"} if who else {}
        return requests.request(method, self.url(service) + path, headers=sent | (headers or {}), timeout=30, **kwargs)

    def get(self, service, path, who=None, **kwargs):
        return self.call("GET", service, path, who, **kwargs)

    def post(self, service, path, who=None, **kwargs):
        return self.call("POST", service, path, who, **kwargs)

    def write(self, who="villager", **changes):
        """The receipt of a new letter."""
        answer = self.post("petition", "/v1/petitions", who, json=LETTER | changes)
        assert answer.status_code == 201, answer.text
        return answer.json()

    def insist(self, service, path, who, key, body, seconds=60):
        """POST again and again under one Idempotency-Key until it is answered with success; how often it took."""
        end, tries = time.monotonic() + seconds, 0
        while time.monotonic() < end:
            tries += 1
            try:
                answer = self.post(service, path, who, headers={"Idempotency-Key": key}, json=body)
            except requests.ConnectionError:
                time.sleep(0.1)
                continue
            if answer.ok:
                return tries
            assert answer.status_code in (409, 503), answer.text
            time.sleep(0.1)
        raise AssertionError(f"{path} was not answered within {seconds} s")

    def matter(self, number, who="villager"):
        """A letter as somebody sees it."""
        return self.get("petition", f"/v1/petitions/{number}", who).json()

    def move(self, number, who, move, **says):
        """A move that succeeds; the letter after it."""
        answer = self.post("petition", f"/v1/petitions/{number}/moves", who, json={"move": move, **says})
        assert answer.status_code == 200, answer.text
        return answer.json()

    def counted(self, region, metric):
        """Count of one metric in a region."""
        rows = self.get("analytics", f"/v1/counters?region={region}&metric={metric}", "city").json()["counters"]
        return sum(row["count"] for row in rows)


def free_ports(count=PROCESSES):
    """The first of a free row of ports for so many processes, of all kinds."""
    while True:
        first = random.randrange(10_000, 14_000)  # below what the system gives to outgoing connections
        if all(is_free(first + number + kind) for number in range(1, count + 1) for kind in (0, 100, 200)):
            return first
