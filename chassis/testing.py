"""pytest fixtures to try a service: real broker, real database, nobody else around (docs/chassis.md, Tests)."""

import json
import os
import secrets
import time
from contextlib import contextmanager
from functools import partial
from urllib.parse import parse_qsl, urlencode, urlsplit

import eventlet
import pytest
import requests
from amqp import Message
from eventlet import wsgi
from nameko.containers import ServiceContainer

from chassis import broker, history, people, provision, tokens
from chassis import domain as clock
from chassis.batch import instance
from chassis.every import Every
from chassis.keys import make_keys
from chassis.mongo import connect
from chassis.on import On
from contracts import registry
from contracts.envelope import CONTENT_TYPE, Envelope, parse, render
from contracts.fact import write
from contracts.identity import RegionRegistered

PATIENCE = 20
SERVICES = ("identity", "petition", "sla", "notify", "analytics", "example")
LOOPBACK = "127.0.0.1:0"
TREE = [
    ("510183", None, "city", "邛崃市"),
    ("510183122", "510183", "town", "大同镇"),
    ("510183122211", "510183122", "village", "陶坝村"),
    ("510183122212", "510183122", "village", "样例村"),
]


def wait_until(condition, what="the condition"):
    """The first true value of `condition()`, within 20 s."""
    end = time.monotonic() + PATIENCE
    while not (value := condition()):
        assert time.monotonic() < end, f"waited {PATIENCE} s for {what}"
        eventlet.sleep(0.01)
    return value


class County:
    """Names, accounts and keys of one county on the test servers."""

    def __init__(self, folder):
        self.name, self.folder = f"t{secrets.token_hex(5)}", folder
        self.admins = {name: os.environ[name] for name in ("AMQP_ADMIN", "MONGO_ADMIN")}
        self.admin = connect(self.admins["MONGO_ADMIN"])
        make_keys(folder, SERVICES)
        self.access = people.access_keys(folder / "identity")[0]

    def environment(self, service):
        """The settings of one service of this county, on free ports."""
        own = {"COUNTY": self.name, "SECRETS_DIR": str(self.folder / service), "max_workers": 20}
        addresses = dict.fromkeys(("HTTP_ADDRESS", "INTERNAL_ADDRESS", "HEALTH_ADDRESS"), LOOPBACK)
        return own | addresses | self.accounts(service, secrets.token_hex(8))

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
        listeners = self.broker("GET", "overview").json()["listeners"]
        port = next(each["port"] for each in listeners if each["protocol"] == "amqp")
        return f"amqp://{user or admin.username}:{password or admin.password}@{admin.hostname}:{port}/{self.name}"

    def broker(self, method, path):
        """A call of the broker's management API."""
        return requests.request(method, f"{self.admins['AMQP_ADMIN']}/api/{path}", timeout=20)

    def database(self, service):
        """A service's database, with an administrator's rights."""
        return self.admin[f"{self.name}_{service}"]

    def token(self, person, **changes):
        """An access token of a person; `changes` are arguments of `people.issue`."""
        return people.issue(person, **{"key": self.access} | changes)

    def service_token(self, caller, audience):
        """A service token of `caller` for `audience`."""
        return tokens.Tokens(self.folder / caller, caller).issue(audience)

    def remove(self):
        """Delete everything the county has on the servers."""
        self.broker("DELETE", f"vhosts/{self.name}")
        users = [each["name"] for each in self.broker("GET", "users").json() if each["name"].startswith(self.name)]
        for user in users:
            self.broker("DELETE", f"users/{user}")
        for name in self.admin.list_database_names():
            if name.startswith(self.name):
                self.admin[name].command("dropAllUsersFromDatabase")
                self.admin[name].command("dropAllRolesFromDatabase")
                self.admin.drop_database(name)
        self.admin.close()


class Client:
    """HTTP calls to one port; `person` or `token` says who asks, `key` is the Idempotency-Key."""

    def __init__(self, county, port, token=None):
        self.county, self.base, self.token = county, f"http://127.0.0.1:{port}", token
        self.session = requests.Session()

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


class Running:
    """One service in this process. `database` has an administrator's rights."""

    def __init__(self, cls, county, peers, own):
        self.cls, self.county = cls, county
        self.config = county.environment(cls.name) | {"PEERS": peers} | own
        self.database = county.database(cls.name)
        provision.provision(cls, self.config | county.admins)
        self.sequences = {}
        self.amqp = broker.connect(county.amqp())
        self.start()

    def start(self):
        """Start, or start again."""
        container = ServiceContainer(self.cls, self.config)
        self.read_history(container)
        container.start()
        self.container = container

    def stop(self):
        """Drain and stop, as SIGTERM does."""
        self.container.stop()

    @property
    def http(self):
        """A client of the public port."""
        return Client(self.county, self._port("PublicServer"))

    @property
    def url(self):
        """The address of the internal port, as PEERS gives it to others."""
        return f"http://127.0.0.1:{self._port('InternalServer')}"

    def internal(self, caller):
        """A client of the internal port with the service token of `caller`."""
        token = self.county.service_token(caller, self.cls.name)
        return Client(self.county, self._port("InternalServer"), token)

    @property
    def service(self):
        """An instance with its dependencies."""
        return instance(self.container, next(iter(self.container.entrypoints)))

    def tell(self, fact, subject, at=None, regionid=None, wait=True, **data):
        """Publish a fact as its producer would; waits until it is handled or parked. Returns its Envelope."""
        place = (fact.producer(), subject)
        self.sequences[place] = self.sequences.get(place, 0) + 1
        told = Envelope(
            id=clock.new_id(),
            source=f"/{fact.producer()}",
            type=fact.wire(),
            subject=subject,
            sequence=self.sequences[place],
            time=at or clock.now(),
            regionid=regionid,
            traceparent=None,
            correlationid=None,
            causationid=None,
            data=write(fact, data),
        )
        self.deliver(told)
        if wait:
            self.handled(told)
        return told

    def deliver(self, fact):
        """Put an Envelope on the bus (again)."""
        self.send(render(fact), fact.type, fact.id, fact.subject, fact.sequence)

    def send(self, body, wire, key, subject, sequence):
        """Put bytes on the bus."""
        headers = {"subject": subject, "sequence": sequence}
        message = Message(
            body, message_id=key, type=wire, delivery_mode=2, content_type=CONTENT_TYPE, application_headers=headers
        )
        self.amqp.default_channel.basic_publish(message, broker.exchange_of(wire.partition(".")[0]), wire)

    def handled(self, *facts):
        """Wait until facts are handled or parked by each handler."""
        keys = [h.key(fact.id) for fact in facts for h in _handlers(self.container) if fact.type in h.wires()]
        wait_until(lambda: self.database.inbox.count_documents({"_id": {"$in": keys}}) == len(keys), "the facts")

    def facts(self, fact=None):
        """What the service has recorded so far, in order, as Envelopes."""
        query = {"type": fact.wire()} if fact else {}
        rows = self.database.events.find(query).sort("_id")
        return [parse(render(Envelope(id=row.pop("_id"), **row)), registry.by_wire()) for row in rows]

    def tick(self, method):
        """Run an `@every` once, now."""
        next(e for e in self.container.entrypoints if isinstance(e, Every) and e.method_name == method).tick()

    @contextmanager
    def paused(self):
        """The service is stopped for the block."""
        self.stop()
        yield
        self.start()

    def return_undelivered(self, times):
        """Deliver all waiting messages to a consumer that dies without settling them."""
        for _ in range(times):
            with broker.connect(self.county.amqp()) as connection:
                connection.default_channel.basic_consume(broker.queue_of(self.cls.name), callback=lambda _: None)
                wait_until(partial(broker.drain, connection, 1), "a message")
                wait_until(lambda: not broker.drain(connection, 0.3), "the last message")

    def close(self):
        """Stop for good."""
        self.amqp.close()
        if not self.container._died.ready():
            self.container.stop()

    def _port(self, kind):
        server = next(e for e in self.container.subextensions if type(e).__name__ == kind)
        return server.port

    def read_history(self, container):
        """Nobody is around to be asked for history: count it as read, unless a peer is given."""
        for handler in _handlers(container):
            for fact in handler.facts:
                if fact.producer() not in self.config["PEERS"]:
                    row = {"_id": history.mark(handler, fact)}
                    self.database.cursors.update_one(row, {"$set": {"done": True}}, upsert=True)


def _handlers(container):
    return [each for each in container.entrypoints if isinstance(each, On)]


@pytest.fixture
def county(tmp_path, servers):
    """A fresh county, removed at the end."""
    made = County(tmp_path)
    yield made
    made.remove()


@pytest.fixture
def identity(county):
    """A loopback server that answers as identity does where every service asks: its public keys, and no history."""
    pages = {"/internal/v1/jwks": json.dumps(people.jwks([county.access.public_key()])).encode(), "/v1/facts": b""}

    def answer(environ, start_response):
        page = pages.get(environ["PATH_INFO"])
        start_response("404 Not Found" if page is None else "200 OK", [("Content-Type", "application/json")])
        return [page or b""]

    socket = eventlet.listen(("127.0.0.1", 0))
    server = eventlet.spawn(wsgi.server, socket, answer, log_output=False)
    yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    server.kill()
    socket.close()


@pytest.fixture
def running(county, identity):
    """`running(PetitionService, POLICY_FILE=…)`: the service in this process."""
    started = []

    def start(cls, peers=None, **own):
        started.append(Running(cls, county, {"identity": identity} | (peers or {}), own))
        return started[-1]

    yield start
    for service in started:
        service.close()


@pytest.fixture
def person():
    """`person(role="villager", region="510183122211", id=None)`: somebody holding one role (None: none) there."""

    def make(role="villager", region="510183122211", id=None):
        home = region if role == "villager" else None
        return people.Person(id or clock.new_id(), home, {role: (region,)} if role else {})

    return make


@pytest.fixture
def regions():
    """`regions(running_service)` tells it a small tree: a city, a town and two villages."""

    def tell(service):
        for key, parent, level, place in TREE:
            service.tell(RegionRegistered, subject=key, code=key, place=place, parent=parent, level=level)

    return tell


@pytest.fixture
def store(servers):
    """`store(Petitions)`: a repository in a fresh database with its indexes."""
    client = connect(os.environ["MONGO_ADMIN"])
    database = client[f"t{secrets.token_hex(5)}_store"]

    def bound(repository):
        made = repository.on(database)
        if repository.indexes:
            made.rows.create_indexes(list(repository.indexes))
        return made

    for name in ("events", "outbox"):
        database.create_collection(name)
    yield bound
    client.drop_database(database.name)
    client.close()
