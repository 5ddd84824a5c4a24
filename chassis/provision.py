"""Makes what one service needs on the broker and in the database, with an administrator's rights; safe to repeat.

    COUNTY=… AMQP_ADMIN=… MONGO_ADMIN=… AMQP_URI=… MONGO_URI=… python -m chassis.provision petition

`AMQP_URI` and `MONGO_URI` are the service's own: their account is made with the least rights it can work with.
"""

import sys
from contextlib import suppress
from typing import Any
from urllib.parse import quote, unquote, urlsplit

import requests
from pymongo import MongoClient
from pymongo.errors import CollectionInvalid, OperationFailure

from chassis.bus.broker import exchange_of, queue_of
from chassis.bus.on import handlers
from chassis.core import settings
from chassis.core.group import provided
from chassis.parts.collections import CHASSIS, VAULT, Table
from chassis.registry import service
from chassis.store import Collection

NEEDED = dict.fromkeys(("COUNTY", "AMQP_ADMIN", "MONGO_ADMIN", "AMQP_URI", "MONGO_URI"), settings.Setting())
QUEUE_ARGUMENTS = {"x-queue-type": "quorum", "x-single-active-consumer": True}
ROLE_EXISTS, USER_EXISTS = 51002, 51003


class Mismatch(RuntimeError):
    """Something exists already with other properties than wanted; a person must decide what becomes of it."""


def provision(cls, env):
    """Everything for the Service subclass `cls`; `env` has the five variables above. Raises Mismatch."""
    broker = Broker(env["AMQP_ADMIN"], env["AMQP_URI"])
    facts = consumed(cls)
    broker.declare(cls.name, facts)
    client: MongoClient[dict[str, Any]] = MongoClient(env["MONGO_ADMIN"])
    with client:
        Database(client, f"{env['COUNTY']}_{cls.name}", env["MONGO_URI"]).declare(tables(cls), facts)


def consumed(cls):
    """Fact classes a service handles."""
    return {fact for handler in handlers(cls) for fact in handler.facts}


def tables(cls):
    """Collection name → Table of all a service keeps."""
    own = provided(cls, Collection).values()
    return CHASSIS | {each.collection: Table(list(each.indexes), options=dict(each.options)) for each in own}


class Broker:
    """RabbitMQ through its management API, in the virtual host that the service's URI names."""

    def __init__(self, admin, uri):
        account = urlsplit(uri)
        self.admin, self.user, self.password = admin, unquote(account.username), unquote(account.password)
        self.vhost = quote(unquote(account.path[1:]), safe="")

    def declare(self, service, facts):
        """Virtual host, exchanges, queue, bindings and account."""
        self._put(f"vhosts/{self.vhost}")
        for producer in {service} | {fact.producer() for fact in facts}:
            self._put(f"exchanges/{self.vhost}/{exchange_of(producer)}", type="topic", durable=True)
        self._put(f"queues/{self.vhost}/{queue_of(service)}", durable=True, arguments=QUEUE_ARGUMENTS)
        self._bind(queue_of(service), {(exchange_of(fact.producer()), fact.wire()) for fact in facts})
        self._admit(service)

    def _bind(self, queue, wanted):
        existing = self._call("GET", f"queues/{self.vhost}/{queue}/bindings").json()
        bound = {(each["source"], each["routing_key"]): each["properties_key"] for each in existing if each["source"]}
        for exchange, wire in wanted - bound.keys():
            self._call("POST", f"bindings/{self.vhost}/e/{exchange}/q/{queue}", {"routing_key": wire})
        for exchange, wire in bound.keys() - wanted:
            self._call("DELETE", f"bindings/{self.vhost}/e/{exchange}/q/{queue}/{bound[exchange, wire]}")

    def _admit(self, service):
        user = quote(self.user, safe="")
        self._put(f"users/{user}", password=self.password, tags="")
        rights = {"write": exchange_of(service), "read": queue_of(service)}
        patterns = {right: f"^{name.replace('.', '[.]')}$" for right, name in rights.items()}
        self._put(f"permissions/{self.vhost}/{user}", configure="^$", **patterns)
        keys = {"write": f"^{service}[.]", "read": "^$"}
        self._put(f"topic-permissions/{self.vhost}/{user}", exchange=exchange_of(service), **keys)

    def _put(self, path, **properties):
        self._call("PUT", path, properties)

    def _call(self, method, path, body=None):
        answer = requests.request(method, f"{self.admin}/api/{path}", json=body, timeout=20)
        if answer.status_code == 400:
            reason = answer.json()["reason"]
            raise Mismatch(f"RabbitMQ has {path} with other properties ({reason}); drain and delete it first")
        answer.raise_for_status()
        return answer


class Database:
    """A service's database and vault, and its one account, kept in the service's database."""

    def __init__(self, client, name, uri):
        account = urlsplit(uri)
        self.data, self.vault = client[name], client[f"{name}_vault"]
        self.user, self.password = unquote(account.username), unquote(account.password)

    def declare(self, tables, facts):
        """Collections, indexes, account; last what `chassis.bus.topology` holds the code against."""
        _make(self.data, tables)
        _make(self.vault, VAULT)
        roles = [_role(self.data, tables), _role(self.vault, VAULT)]
        _create_or_update(self.data, "User", USER_EXISTS, self.user, pwd=self.password, roles=roles)
        types = sorted(fact.wire() for fact in facts)
        self.data.topology.replace_one({"_id": "inbox"}, {"types": types}, upsert=True)


def _make(database, tables):
    for name, table in tables.items():
        with suppress(CollectionInvalid):
            database.create_collection(name, **table.options)
        try:
            if table.indexes:
                database[name].create_indexes(table.indexes)
        except OperationFailure as error:
            reason = (error.details or {}).get("codeName")
            raise Mismatch(f"{database.name}.{name} has another such index ({reason}); drop it first") from None


def _role(database, tables):
    privileges = [
        {"resource": {"db": database.name, "collection": name}, "actions": table.rights}
        for name, table in tables.items()
    ]
    _create_or_update(database, "Role", ROLE_EXISTS, "service", privileges=privileges, roles=[])
    return {"role": "service", "db": database.name}


def _create_or_update(database, kind, exists, name, **properties):
    try:
        database.command(f"create{kind}", name, **properties)
    except OperationFailure as error:
        if error.code != exists:
            raise
        database.command(f"update{kind}", name, **properties)


if __name__ == "__main__":
    try:
        provision(service(sys.argv[1]), settings.read(NEEDED))
    except (Mismatch, requests.RequestException, OperationFailure, RuntimeError) as error:
        sys.exit(f"{sys.argv[1]}: {error}")
