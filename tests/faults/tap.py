"""A tap on the bus: takes a copy of every message that a service publishes, copies of the same fact too."""

from collections import Counter
from urllib.parse import urlsplit

import eventlet

from chassis.bus import broker


class Tap:
    """Counts what a service of a town publishes, for a block, in `seen` by fact id."""

    def __init__(self, town, service):
        self.uri, self.exchange, self.seen = admin_uri(town), broker.exchange_of(service), Counter()

    def __enter__(self):
        self.connection = broker.connect(self.uri)
        channel = self.connection.default_channel
        queue = channel.queue_declare(exclusive=True).queue
        channel.queue_bind(queue, self.exchange, "#")
        channel.basic_consume(queue, callback=self._note, no_ack=True)
        self.reader = eventlet.spawn(self._read)
        return self

    def __exit__(self, *_):
        self.reader.kill()
        self.connection.close()

    def copies(self):
        """How many messages were copies of an earlier one."""
        return self.seen.total() - len(self.seen)

    def _note(self, message):
        self.seen[message.properties["message_id"]] += 1

    def _read(self):
        while True:
            broker.beat(self.connection)
            broker.drain(self.connection, 1)


def admin_uri(town):
    """The AMQP address of a town for its broker's administrator."""
    admin = urlsplit(town.admins["AMQP_ADMIN"])
    return f"amqp://{admin.username}:{admin.password}@{town.admins['AMQP_ADDRESS']}/{town.name}"
