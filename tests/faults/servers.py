"""RabbitMQ and MongoDB, one or three of each, that a test may kill, freeze and start again on their data."""

import signal
import time
from contextlib import ExitStack, contextmanager

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from deploy.local.keys import secret
from deploy.local.mongo import Mongo
from deploy.local.process import answers
from deploy.local.rabbit import Rabbit
from deploy.local.servers import PORTS, locked, ports
from tests.faults.cutter import Cutter

NODE = ("distribution", "amqp", "management", "metrics")
THREE = (*PORTS, "mongo-2", "mongo-3", *(f"{name}-{number}" for number in (2, 3) for name in NODE))


class Breakable:
    """One server's Process, how to see that it serves, and of RabbitMQ its `rabbitmqctl`."""

    def __init__(self, process, serves, control=None):
        self.process, self.serves, self.control = process, serves, control

    def kill(self):
        """kill -9."""
        self.process.child.kill()
        self.process.child.wait()

    def freeze(self):
        """SIGSTOP: as if it were cut off."""
        self.process.child.send_signal(signal.SIGSTOP)

    def thaw(self):
        """SIGCONT; when that was (epoch seconds)."""
        self.process.child.send_signal(signal.SIGCONT)
        return time.time()

    def start(self):
        """Start on the same data; when it serves again (epoch seconds)."""
        self.process.start()
        return self.serving()

    def serving(self):
        """Wait until it serves; when that was (epoch seconds)."""
        self.process.wait_for(self.serves)
        return time.time()


@contextmanager
def breakable(home):
    """Both servers for the block: their administrators' addresses, and the two by name."""
    home.mkdir(parents=True, exist_ok=True)
    with locked(home):
        chosen = ports(home)
        rabbit, mongo = Rabbit(home, chosen, secret(home, "amqp")), Mongo(home, chosen, secret(home, "mongo"))
        with rabbit.running() as amqp, mongo.running() as uri:
            servers = {
                "rabbitmq": Breakable(rabbit.node, lambda: answers(chosen["amqp"])),
                "mongod": Breakable(mongo.nodes[0], lambda: has_primary(uri)),
            }
            yield {"AMQP_ADMIN": amqp, "MONGO_ADMIN": uri}, servers


@contextmanager
def three(home):
    """A cluster of three RabbitMQ nodes, behind one address as behind a Service, and a replica set of three.

    The administrators' addresses, and the servers by node name or `host:port`.
    """
    home.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        stack.enter_context(locked(home))
        chosen, password = ports(home, THREE), secret(home, "amqp")
        rabbits = [Rabbit(home, chosen, password)]
        for number in (2, 3):
            own = {name: chosen[f"{name}-{number}"] for name in NODE}
            rabbits.append(Rabbit(home / str(number), own, password, first=rabbits[0]))
        for rabbit in rabbits:
            stack.enter_context(rabbit.running())
        mongo = Mongo(home, chosen, secret(home, "mongo"))
        stack.enter_context(mongo.running())
        balancer = Cutter(*(f"127.0.0.1:{rabbit.ports['amqp']}" for rabbit in rabbits))
        stack.callback(balancer.close)
        admins = {"AMQP_ADMIN": rabbits[0].admin, "MONGO_ADMIN": mongo.admin, "AMQP_ADDRESS": balancer.address}
        servers = {rabbit.name: Breakable(rabbit.node, rabbit.serves, rabbit.control) for rabbit in rabbits}
        members = zip(mongo.hosts, mongo.nodes, strict=True)
        servers |= {host: Breakable(node, lambda: has_primary(mongo.admin)) for host, node in members}
        yield admins, servers


def has_primary(uri):
    """Whether there is one that takes writes."""
    with MongoClient(uri, timeoutMS=1000) as client:
        try:
            return client.admin.command("hello")["isWritablePrimary"]
        except PyMongoError:
            return False
