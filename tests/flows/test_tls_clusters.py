"""Members of a cluster speak TLS to each other too: three of MongoDB elect, two nodes of RabbitMQ join."""

import socket
import ssl
from contextlib import ExitStack, closing

import pytest
import requests
import trustme
from pymongo import MongoClient, WriteConcern
from pymongo.errors import ServerSelectionTimeoutError

from chassis.testing import wait_until
from deploy.local.keys import secret
from deploy.local.mongo import Mongo
from deploy.local.rabbit import Rabbit
from deploy.local.servers import ports
from tests.faults.servers import NODE, THREE
from tests.flows.test_tls import HERE, certificates, pair

pytestmark = [pytest.mark.long, pytest.mark.timeout(400)]
ALL = WriteConcern(w=3, wtimeout=20_000)


@pytest.fixture
def tls(tmp_path):
    """A folder of certificates, as every member has it."""
    return certificates(tmp_path / "tls", trustme.CA(), HERE, "localhost")


def test_three_members_of_mongodb_elect_one_and_take_no_plain_connection(tls, tmp_path):
    mongo = Mongo(tmp_path, ports(tmp_path, THREE), secret(tmp_path, "mongo"), tls)
    with mongo.running() as admin, MongoClient(admin) as client:
        assert client.get_database("probe", write_concern=ALL).probe.insert_one({}).acknowledged
        for host in mongo.hosts:
            with MongoClient(f"mongodb://{host}", serverSelectionTimeoutMS=300) as plain:
                with pytest.raises(ServerSelectionTimeoutError):
                    plain.admin.command("ping")


def test_nodes_of_rabbitmq_join_and_take_no_node_without_a_certificate(tls, tmp_path):
    chosen = ports(tmp_path, THREE)
    first = Rabbit(tmp_path, chosen, secret(tmp_path, "amqp"), tls)
    own = {name: chosen[f"{name}-2"] for name in NODE}
    second = Rabbit(tmp_path / "2", own, first.password, tls, first=first)
    with ExitStack() as stack:
        for rabbit in (first, second):
            stack.enter_context(rabbit.running())
        assert wait_until(lambda: nodes(first, tls) == sorted([first.name, second.name]), "both nodes", 30)
        assert greeted(chosen["distribution"], tls, pair(tls))
        stranger = certificates(tmp_path / "stranger", trustme.CA())
        for shown in (None, pair(stranger)):
            with pytest.raises((ssl.SSLError, ConnectionError)):
                greeted(chosen["distribution"], tls, shown)


def nodes(rabbit, tls):
    """Names of the nodes of the cluster that run."""
    found = requests.get(f"{rabbit.admin}/api/nodes", verify=str(tls / "ca.crt"), timeout=5).json()
    return sorted(each["name"] for each in found if each["running"])


def greeted(port, tls, shown):
    """Whether the port between nodes believes a certificate: it then waits for us to speak. Raises when it does not."""
    context = ssl.create_default_context(cafile=tls / "ca.crt")
    if shown:
        context.load_cert_chain(*shown)
    raw = socket.create_connection((HERE, port), 5)
    with closing(context.wrap_socket(raw, server_hostname=HERE, do_handshake_on_connect=False)) as node:
        node.do_handshake()
        node.settimeout(2)
        try:
            return node.recv(1) != b""
        except TimeoutError:
            return True
