"""One county on the test servers: its names, accounts, keys and tokens."""

import os
import secrets
from collections import defaultdict
from functools import cached_property, partial
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import eventlet
import requests
from amqp.exceptions import NotFound

from chassis.auth import people, tokens
from chassis.auth.keys import make_keys
from chassis.bus import broker
from chassis.core import settings
from chassis.data.mongo import connect
from chassis.provision import QUEUE_ARGUMENTS, consumed, provision

LOOPBACK = "127.0.0.1:0"


class County:
    """Names, accounts and keys of one county on the test servers."""

    def __init__(self, folder):
        self.name, self.folder = f"t{secrets.token_hex(5)}", folder
        self.admins = {name: os.environ[name] for name in ("AMQP_ADMIN", "MONGO_ADMIN")}
        self.admin = connect(self.admins["MONGO_ADMIN"])
        self.passwords, self.key_files = defaultdict(partial(secrets.token_hex, 8)), {}
        self.admit(people.ISSUER, ("access.pem",))
        self.access = people.access_keys(folder / people.ISSUER)[0]
        self.provisioned, self.used, self.bound = {}, set(), set()

    def admit(self, service, key_files=()):
        """Have a service known to all others by its key, with what `Service.key_files` says it needs besides."""
        wanted = self.key_files.get(service, frozenset()) | set(key_files)
        if self.key_files.get(service) != wanted:
            self.key_files[service] = wanted
            make_keys(self.folder, self.key_files)

    def environment(self, service):
        """The settings of one service of this county, on free ports."""
        self.admit(service)
        own: dict[str, Any] = {"COUNTY": self.name, "SECRETS_DIR": str(self.folder / service)}
        own |= {"max_workers": 20, "RATES": 1000.0}
        addresses = dict.fromkeys(("HTTP_ADDRESS", "INTERNAL_ADDRESS", "HEALTH_ADDRESS"), LOOPBACK)
        return settings.defaults(settings.EVERY) | own | addresses | self.accounts(service, self.passwords[service])

    def accounts(self, service, password):
        """AMQP_URI and MONGO_URI of a service's own account."""
        user, mongo = f"{self.name}_{service}", urlsplit(self.admins["MONGO_ADMIN"])
        hosts = mongo.netloc.rpartition("@")[2]
        query = urlencode(dict(parse_qsl(mongo.query)) | {"authSource": user})
        return {
            "AMQP_URI": self.amqp(user, password),
            "MONGO_URI": f"mongodb://{user}:{password}@{hosts}/?{query}",
        }

    def amqp(self, user=None, password=None):
        """The AMQP address of this county for an account (default: the administrator)."""
        admin = urlsplit(self.admins["AMQP_ADMIN"])
        at = f"{admin.hostname}:{self.amqp_port}/{self.name}"
        return f"amqp://{user or admin.username}:{password or admin.password}@{at}"

    @cached_property
    def amqp_port(self):
        """Where the broker takes connections."""
        listeners = self.broker("GET", "overview").json()["listeners"]
        return next(each["port"] for each in listeners if each["protocol"] == "amqp")

    def broker(self, method, path):
        """A call of the broker's management API."""
        return requests.request(method, f"{self.admins['AMQP_ADMIN']}/api/{path}", timeout=20)

    def database(self, service):
        """A service's database, with an administrator's rights."""
        return self.admin[f"{self.name}_{service}"]

    def provision(self, cls, env):
        """Make what a service needs, unless it is there; what an earlier test's class of that name had goes."""
        name, known = cls.name, self.provisioned.get(cls.name)
        if known is not cls:
            first = name not in self.used
            if known and first:
                self._drop(name)
            provision(cls, env | self.admins)
            self.provisioned[name] = cls
            (self.bound.add if first else self.bound.discard)(name)
        elif name not in self.used | self.bound:
            self._bind(cls)
        self.used.add(name)

    def empty(self):
        """Leave of all services, which have stopped, what `provision` made, and nothing else.

        A queue that was not used now goes: it would take in what others publish. It comes back when it is used.
        """
        with broker.connect(self.amqp()) as connection:
            self.bound = {name for name in self.provisioned if self._keep(connection, name)}
        while self.used:
            service = self.used.pop()
            for database in (self.database(service), self.database(f"{service}_vault")):
                for name in set(database.list_collection_names()) - {"topology"}:
                    database[name].delete_many({})

    def _keep(self, connection, service):
        """Whether a queue is as `provision` made it once what it holds is thrown away; else it goes."""
        queue = broker.queue_of(service)
        if service in self.used & self.bound and _is_left(connection, queue):
            connection.default_channel.queue_purge(queue)
            return True
        connection.default_channel.queue_delete(queue)
        return False

    def _bind(self, cls):
        """Make a queue that went."""
        queue = broker.queue_of(cls.name)
        with broker.connect(self.amqp()) as connection:
            channel = connection.default_channel
            channel.queue_declare(queue, durable=True, auto_delete=False, arguments=QUEUE_ARGUMENTS)
            for fact in consumed(cls):
                channel.queue_bind(queue, broker.exchange_of(fact.producer()), fact.wire())
        self.bound.add(cls.name)

    def _drop(self, service):
        self.broker("DELETE", f"queues/{self.name}/{broker.queue_of(service)}")
        for database in (self.database(service), self.database(f"{service}_vault")):
            self._drop_database(database)

    def _drop_database(self, database):
        database.command("dropAllUsersFromDatabase")
        database.command("dropAllRolesFromDatabase")
        self.admin.drop_database(database.name)

    def token(self, person, **changes):
        """An access token of a person; `changes` are arguments of `people.issue`."""
        own: dict[str, Any] = {"key": self.access, "county": self.name}
        return people.issue(person, **own | changes)

    def service_token(self, caller, audience):
        """A service token of `caller` for `audience`."""
        self.admit(caller)
        return tokens.Tokens(self.folder / caller, caller).issue(audience)

    def remove(self):
        """Delete everything the county has on the servers."""
        self.broker("DELETE", f"vhosts/{self.name}")
        users = [each["name"] for each in self.broker("GET", "users").json() if each["name"].startswith(self.name)]
        for user in users:
            self.broker("DELETE", f"users/{user}")
        for name in self.admin.list_database_names():
            if name.startswith(self.name):
                self._drop_database(self.admin[name])
        self.admin.close()


def _is_left(connection, queue):
    """Whether nobody consumes a queue any more, within half a second: then what a consumer held is back in it."""
    try:
        with connection.channel() as channel:
            for _ in range(50):
                if channel.queue_declare(queue, passive=True).consumer_count == 0:
                    return True
                eventlet.sleep(0.01)
    except NotFound:
        pass
    return False


class Client:
    """HTTP calls to one port; `person` or `token` says who asks, `key` is the Idempotency-Key."""

    def __init__(self, county, port, token=None):
        self.county, self.base, self.token = county, f"http://127.0.0.1:{port}", token
        self.session = requests.Session()
        self.session.trust_env = False

    def request(self, method, path, person=None, token=None, key=None, headers=None, **kwargs):
        """A `requests.Response`."""
        token = token or self.token or (person and self.county.token(person))
        sent = {"Authorization": f"Bearer {token}"} if token else {}
        sent |= ({"Idempotency-Key": key} if key else {}) | (headers or {})
        return self.session.request(method, self.base + path, headers=sent, timeout=30, **kwargs)

    def __getattr__(self, name):
        if name not in ("get", "post", "put", "patch", "delete"):
            raise AttributeError(name)
        return lambda path, **kwargs: self.request(name.upper(), path, **kwargs)
