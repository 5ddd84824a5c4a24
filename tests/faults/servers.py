"""A RabbitMQ and a MongoDB that a test may kill and start again on their data."""

import time
from contextlib import contextmanager

from pymongo import MongoClient
from pymongo.errors import PyMongoError

from deploy.local.keys import secret
from deploy.local.mongo import Mongo
from deploy.local.process import answers
from deploy.local.rabbit import Rabbit
from deploy.local.servers import locked, ports


class Breakable:
    """One server's Process and how to see that it serves."""

    def __init__(self, process, serves):
        self.process, self.serves = process, serves

    def kill(self):
        """kill -9."""
        self.process.child.kill()
        self.process.child.wait()

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
                "mongod": Breakable(mongo.node, lambda: is_primary(uri)),
            }
            yield {"AMQP_ADMIN": amqp, "MONGO_ADMIN": uri}, servers


def is_primary(uri):
    """Whether the node takes writes."""
    with MongoClient(uri, directConnection=True, timeoutMS=1000) as client:
        try:
            return client.admin.command("hello")["isWritablePrimary"]
        except PyMongoError:
            return False
