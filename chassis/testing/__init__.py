"""pytest fixtures to try a service: real broker, real database, nobody else around (docs/chassis.md, Tests)."""

import json
import os
import secrets
from collections import defaultdict
from itertools import chain
from typing import Any

import eventlet
import pytest
from eventlet import wsgi

from chassis import domain as clock
from chassis.auth import people
from chassis.data.mongo import connect
from chassis.testing.county import County
from chassis.testing.running import Running, wait_until
from contracts.identity.regions import RegionRegistered

__all__ = ["County", "Running", "wait_until"]

TREE = [
    ("510183", None, "city", "邛崃市"),
    ("510183122", "510183", "town", "大同镇"),
    ("510183122211", "510183122", "village", "陶坝村"),
    ("510183122212", "510183122", "village", "样例村"),
]


@pytest.fixture(scope="session")
def servers():
    """The administrators' addresses, `{"AMQP_ADMIN": …, "MONGO_ADMIN": …}`; who runs the tests has started them."""
    return {name: os.environ[name] for name in ("AMQP_ADMIN", "MONGO_ADMIN")}


@pytest.fixture(scope="session")
def counties():
    """Empty counties that wait for the next test, by their kind, removed at the end."""
    waiting: defaultdict[Any, list[County]] = defaultdict(list)
    yield waiting
    for county in chain(*waiting.values()):
        county.remove()


@pytest.fixture
def county(request, servers, counties, tmp_path_factory):
    """An empty county; with `own_county` one for this test only, with `county_of(kind)` one only such tests had."""
    own, kind = (request.node.get_closest_marker(name) for name in ("own_county", "county_of"))
    waiting = [] if own else counties[kind and kind.args]
    made = waiting.pop() if waiting else County(tmp_path_factory.mktemp("county"))
    yield made
    if own:
        return made.remove()
    made.empty()
    waiting.append(made)


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
        started.append(Running(cls, county, {people.ISSUER: identity} | (peers or {}), own))
        return started[-1]

    yield start
    for service in started:
        service.close()


@pytest.fixture
def person():
    """`person(role="villager", region="510183122211", id=None)`: somebody holding one role (None: none) there.

    With `fresh=True` she has just given a code sent to her phone.
    """

    def make(role="villager", region="510183122211", id=None, fresh=False):
        home, moment = region if role == "villager" else None, clock.now() if fresh else None
        return people.Person(id or clock.new_id(), home, {role: (region,)} if role else {}, fresh=moment)

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
