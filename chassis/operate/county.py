"""One county as its operator sees it: the services that are installed, their databases, the broker's management API."""

from dataclasses import dataclass
from urllib.parse import quote

import requests

from chassis.bus.broker import queue_of
from chassis.bus.history import mark
from chassis.bus.on import handlers
from chassis.data.mongo import connect
from chassis.registry import services


class CannotDo(Exception):
    """What was asked for is not possible now; the text says why."""


@dataclass(frozen=True)
class Told:
    """A handler is told facts of one class with ids after `since`; `owed`: it has yet to read their history."""

    handler: object
    fact: type
    since: str
    owed: bool


class County:
    """`services` are Service subclasses by name; both addresses are an administrator's."""

    def __init__(self, name, amqp_admin, mongo_admin, services):
        self.name, self.admin, self.services = name, amqp_admin, services
        self.client, self.broker = connect(mongo_admin), requests.Session()

    @classmethod
    def of(cls, env):
        """The county that COUNTY, AMQP_ADMIN and MONGO_ADMIN name. Raises CannotDo."""
        missing = [name for name in ("COUNTY", "AMQP_ADMIN", "MONGO_ADMIN") if not env.get(name)]
        if missing:
            raise CannotDo(f"setting {', '.join(missing)} must be given")
        return cls(env["COUNTY"], env["AMQP_ADMIN"], env["MONGO_ADMIN"], services())

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.client.close()
        self.broker.close()

    def database(self, service):
        """A service's database; raises CannotDo when there is no such service."""
        if service not in self.services:
            raise CannotDo(f"there is no service {service}; there are {', '.join(self.services)}")
        return self.client[f"{self.name}_{service}"]

    def deployed(self):
        """Names of the services that were provisioned here."""
        return [name for name in self.services if self.database(name).topology.find_one({"_id": "inbox"})]

    def handlers(self, service):
        """What a service does with facts."""
        return list(handlers(self.services[service]))

    def queue(self, service):
        """The broker's word on a service's queue, up to ten seconds old; None when there is no such queue."""
        answer = self.call("GET", f"queues/{self._vhost()}/{queue_of(service)}")
        return None if answer.status_code == 404 else _good(answer).json()

    def delete_queue(self, service):
        """Delete a service's queue with all that is in it."""
        _good(self.call("DELETE", f"queues/{self._vhost()}/{queue_of(service)}"))

    def send(self, service, message):
        """Put a message (properties, body) straight into a service's queue; returns once the broker has it."""
        path = f"exchanges/{self._vhost()}/amq.default/publish"
        answer = _good(self.call("POST", path, {"routing_key": queue_of(service), **message}))
        if not answer.json()["routed"]:
            raise CannotDo(f"{service} has no queue")

    def call(self, method, path, body=None):
        """A call of the broker's management API."""
        return self.broker.request(method, f"{self.admin}/api/{path}", json=body, timeout=20)

    def told(self, service):
        """Told of each handler and fact class, except those that have not been told anything yet."""
        marks = {row["_id"]: row for row in self.database(service).cursors.find()}
        for handler in self.handlers(service):
            for fact in handler.facts:
                row = marks.get(mark(handler, fact))
                if row or handler.since == "start":
                    yield Told(handler, fact, (row or {}).get("since", ""), row is None)

    def _vhost(self):
        return quote(self.name, safe="")


def _good(answer):
    answer.raise_for_status()
    return answer
