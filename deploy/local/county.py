"""One county on this machine: its services, their ports, accounts, keys and settings."""

import os
import sys
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import requests

from chassis.auth.keys import make_keys
from chassis.data.mongo import connect
from chassis.domain import now
from chassis.operate.county import County as Operated
from chassis.operate.masters import turned
from chassis.provision import provision, tables
from chassis.registry import names, service, services
from deploy.local.keys import digits, secret
from deploy.local.process import CannotStart, Process, is_free
from services.petition.sealing import new_key, public_key

COUNTY = "510183"
DEMONSTRATION = {
    "identity": {"STRONG_LEVELS": ""},
    "petition": {"POLICY_FILE": str(Path(__file__).with_name("demo-policy.json")), "CLUE_SEAL": "", "CLUE_MAIL": ""},
    "sla": {},
    "notify": {"SMS_PROVIDER": "console", "SMS_URL": "-", "NOTICE_HOURS": ""},
    "analytics": {},
}  # what a county says of its own, here; these have the first ports, in this order, other services the next ones
FIRST_PORT = 8100


class County:
    """`home` keeps secrets and logs; `admins` are the administrators' addresses of broker and database.

    `sample_code` is what sample people sign in with.
    """

    scheme = "http"

    def __init__(self, home, admins, name=COUNTY, first=None):
        self.home, self.admins, self.name = home, admins, name
        self.sample_code = secret(home, "sample.code", digits)
        first = first or int(os.environ.get("FIRST_PORT", FIRST_PORT))
        self.services = sorted(names(), key=[*DEMONSTRATION, *names()].index)
        self.ports = {service: first + number for number, service in enumerate(self.services, 1)}

    def url(self, service, kind=0):
        """Address of a service: kind 0 public, 100 internal, 200 health."""
        return f"{'http' if kind == 200 else self.scheme}://127.0.0.1:{self.ports[service] + kind}"

    def check_ports(self):
        """Raise CannotStart when another program has one of them."""
        for port in (port + kind for port in self.ports.values() for kind in (0, 100, 200)):
            if not is_free(port):
                raise CannotStart(f"Port {port} is taken by another program; choose others with FIRST_PORT=9100.")

    def prepare(self, name):
        """What a service needs on broker and database."""
        provision(service(name), self.environment(name) | self.admins)

    def make_keys(self):
        """Key files of all services."""
        make_keys(self.home / "secrets", {name: cls.key_files for name, cls in services().items()})

    def turn_master_keys(self):
        """What `xiangyin masters` does each day, while the services are stopped."""
        with Operated.of({"COUNTY": self.name} | self.admins) as county:
            return list(turned(county, self.home / "secrets", now(), "make run", "schedule", stopped=True))

    def knows_regions(self):
        """Whether every service that keeps the tree of regions has as many as identity."""
        keepers = [name for name, cls in services().items() if "regions" in tables(cls)]
        with connect(self.admins["MONGO_ADMIN"]) as client:
            return len({client[f"{self.name}_{each}"].regions.count_documents({}) for each in keepers}) == 1

    def process(self, service):
        """The service as a Process."""
        command = [sys.executable, "-m", "chassis.run", service]
        return Process(service, command, self.home / "logs", self.environment(service))

    def environment(self, service):
        """All variables a service's process gets."""
        addresses = {"HTTP_ADDRESS": 0, "INTERNAL_ADDRESS": 100, "HEALTH_ADDRESS": 200}
        return {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "PYTHONUNBUFFERED": "1",
            "COUNTY": self.name,
            "SECRETS_DIR": str(self.home / "secrets" / service),
            "PEERS": ",".join(f"{each}={self.url(each, 100)}" for each in self.services),
            **{name: self.url(service, kind).partition("//")[2] for name, kind in addresses.items()},
            **self._accounts(service),
            **DEMONSTRATION.get(service, {}),
            **self._made_here(service),
        }

    def _made_here(self, service):
        """What else a service is told: the samples' code; the public half of the discipline office's key, which in a
        real county is made on the office's own machine.
        """
        if service == "petition":
            return {"CLUE_SEAL": public_key(secret(self.home, "discipline/clue.key", new_key))}
        return {"FIXED_CODE": self.sample_code} if service == "identity" else {}

    def _accounts(self, service):
        user, password = f"{self.name}_{service}", secret(self.home, f"{service}.password")
        mongo = urlsplit(self.admins["MONGO_ADMIN"])
        query = urlencode(dict(parse_qsl(mongo.query)) | {"authSource": user})
        return {
            "AMQP_URI": f"amqp://{user}:{password}@{self.admins['AMQP_ADDRESS']}/{self.name}",
            "MONGO_URI": f"mongodb://{user}:{password}@{mongo.netloc.rpartition('@')[2]}/?{query}",
        }


def given():
    """Administrators' addresses from AMQP_URI and MONGO_URI, when the environment has them, as `servers` takes them."""
    amqp, mongo = os.environ.get("AMQP_URI"), os.environ.get("MONGO_URI")
    account = urlsplit(amqp or "")
    management = f"http://{account.username}:{account.password}@{account.hostname}:15672"
    return ({"AMQP_ADMIN": management} if amqp else {}) | ({"MONGO_ADMIN": mongo} if mongo else {})


def amqp_address(admin):
    """`host:port` of the broker behind a management URL. Raises CannotStart."""
    try:
        answer = requests.get(f"{admin}/api/overview", timeout=10)
        answer.raise_for_status()
    except requests.RequestException as error:
        raise CannotStart(f"The broker's management API does not serve us: {type(error).__name__}.") from None
    port = next(each["port"] for each in answer.json()["listeners"] if each["protocol"] == "amqp")
    return f"{urlsplit(admin).hostname}:{port}"
