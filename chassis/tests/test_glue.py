"""The private names that chassis/core/glue.py reaches for exist in the pinned versions of Nameko and amqp."""

import inspect

import pytest
from amqp import Message, method_framing, transport
from nameko.containers import ServiceContainer

from chassis.core import glue


class ExampleService:
    name = "example"


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
