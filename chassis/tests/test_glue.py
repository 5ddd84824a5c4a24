"""The private names that chassis/core/glue.py reaches for exist in the pinned versions of Nameko, amqp and werkzeug."""

import inspect

import pytest
from amqp import Message, method_framing, transport
from nameko import containers
from nameko.containers import ServiceContainer
from nameko.extensions import DependencyProvider, SharedExtension, iter_extensions
from werkzeug import routing

from chassis.core import glue


class Shared(SharedExtension):
    pass


class Server(SharedExtension):
    shared = Shared()


class Dependency(DependencyProvider):
    shared, server = Shared(), Server()


class ExampleService:
    name = "example"
    dependency = Dependency()


@pytest.fixture
def container():
    return ServiceContainer(ExampleService, {})


def test_a_container_of_nameko_injects_dependencies_spawns_workers_and_knows_whether_it_died(container):
    assert type(glue.instance(container, None)) is ExampleService
    assert glue.worker(container, sum, [1, 2]).wait() == 3
    assert not glue.has_died(container)
    container.kill()
    assert glue.has_died(container)


@pytest.mark.parametrize("kind", [transport.TCPTransport, transport.SSLTransport])
def test_a_transport_of_amqp_has_one_function_that_receives(kind):
    assert "self._quick_recv = self.sock." in inspect.getsource(kind._setup_transport)
    assert "self._quick_recv" in inspect.getsource(kind._read)


def test_amqp_makes_what_it_receives_of_one_class_that_loads_its_properties():
    assert method_framing.Message is glue.Received
    assert inspect.signature(Message._load_properties) == inspect.signature(glue.Received._load_properties)


def test_a_container_has_all_extensions_that_nameko_would_find(container):
    assert containers.iter_extensions is glue.parts_of
    (dependency,) = container.dependencies
    assert container.subextensions == set(iter_extensions(dependency)) == {dependency.server, dependency.shared}


def test_werkzeug_finds_routes_by_rules_that_build_no_urls():
    assert "self._compile_builder(False).__get__(self, None)" in inspect.getsource(routing.Rule.compile)
    rules = routing.Map([glue.Rule("/v1/letters/<number>", methods=["GET"], endpoint="read")])
    assert rules.bind("here").match("/v1/letters/7") == ("read", {"number": "7"})
