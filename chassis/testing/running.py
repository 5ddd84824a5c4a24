"""One service in this process, and what a test does to it."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from functools import partial
from typing import Any, TypeVar

import eventlet
from amqp import Message
from nameko.containers import ServiceContainer
from pymongo import UpdateOne

from chassis import domain as clock
from chassis.bus import broker, history
from chassis.bus.on import On
from chassis.core import settings
from chassis.core.glue import has_died, instance
from chassis.parts.every import Every
from chassis.service import Service
from chassis.testing.county import Client, County
from chassis.web.server import InternalServer, PublicServer
from contracts.sdk import registry
from contracts.sdk.envelope import CONTENT_TYPE, Envelope, parse, render
from contracts.sdk.fact import Fact, producer_of, write

PATIENCE = 20
T = TypeVar("T")


def wait_until(condition: Callable[[], T], what: str = "the condition", seconds: float = PATIENCE) -> T:
    """The first true value of `condition()`, within so many seconds."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end, f"waited {seconds} s for {what}"
        eventlet.sleep(0.01)
    return value


class Running:
    """One service in this process. `database` has an administrator's rights."""

    def __init__(self, cls: type[Service], county: County, peers: dict[str, str], own: dict[str, Any]) -> None:
        self.cls, self.county = cls, county
        county.admit(cls.name, cls.key_files)
        self.config = county.environment(cls.name) | settings.defaults(cls.wanted_settings) | {"PEERS": peers} | own
        self.database = county.database(cls.name)
        county.provision(cls, self.config)
        self.sequences: dict[tuple[str, str], int] = {}
        self._clients: dict[int, Client] = {}
        self.amqp = broker.connect(county.amqp())
        self.start()

    def start(self) -> None:
        """Start, or start again."""
        container = ServiceContainer(self.cls, self.config)
        self.read_history(container)
        try:
            container.start()
        except Exception:
            container.kill()
            raise
        self.container = container

    def stop(self) -> None:
        """Drain and stop, as SIGTERM does."""
        self.container.stop()

    @property
    def http(self) -> Client:
        """A client of the public port."""
        port = self._port(PublicServer)
        if port not in self._clients:
            self._clients[port] = Client(self.county, port)
        return self._clients[port]

    @property
    def url(self) -> str:
        """The address of the internal port, as PEERS gives it to others."""
        return f"http://127.0.0.1:{self._port(InternalServer)}"

    def internal(self, caller: str) -> Client:
        """A client of the internal port with the service token of `caller`."""
        token = self.county.service_token(caller, self.cls.name)
        return Client(self.county, self._port(InternalServer), token)

    @property
    def service(self) -> Any:
        """An instance with its dependencies."""
        return instance(self.container, next(iter(self.container.entrypoints)))

    def tell(
        self, fact: type[Fact], subject: str, at: datetime | None = None, regionid: str | None = None,
        wait: bool = True, **data: Any,
    ) -> Envelope:  # fmt: skip
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

    def deliver(self, fact: Envelope) -> None:
        """Put an Envelope on the bus (again)."""
        self.send(render(fact), fact.type, fact.id, fact.subject, fact.sequence)

    def send(self, body: bytes, wire: str, key: str, subject: str, sequence: int) -> None:
        """Put bytes on the bus."""
        headers = {"subject": subject, "sequence": sequence}
        message = Message(
            body, message_id=key, type=wire, delivery_mode=2, content_type=CONTENT_TYPE, application_headers=headers
        )
        self.amqp.default_channel.basic_publish(message, broker.exchange_of(producer_of(wire)), wire)

    def handled(self, *facts: Envelope) -> None:
        """Wait until facts are handled or parked by each handler."""
        told = [(h, fact) for fact in facts for h in _handlers(self.container) if fact.type in h.wires]
        keys = [handler.key(fact.id, producer_of(fact.type)) for handler, fact in told]
        wait_until(lambda: self.database.inbox.count_documents({"_id": {"$in": keys}}) == len(keys), "the facts")

    def facts(self, fact: type[Fact] | None = None) -> list[Envelope]:
        """What the service has recorded so far, in order, as Envelopes."""
        query = {"type": fact.wire()} if fact else {}
        rows = self.database.events.find(query).sort("_id")
        return [parse(render(Envelope(id=row.pop("_id"), **row)), registry.by_wire()) for row in rows]

    def tick(self, method: str) -> None:
        """Run an `@every` once, now."""
        next(e for e in self.container.entrypoints if isinstance(e, Every) and e.method_name == method).tick()

    @contextmanager
    def paused(self) -> Iterator[None]:
        """The service is stopped for the block."""
        self.stop()
        yield
        self.start()

    def return_undelivered(self, times: int) -> None:
        """Deliver all waiting messages to a consumer that dies without settling them."""
        for _ in range(times):
            with broker.connect(self.county.amqp()) as connection:
                connection.default_channel.basic_consume(broker.queue_of(self.cls.name), callback=lambda _: None)
                wait_until(partial(broker.drain, connection, 1), "a message")
                wait_until(lambda: not broker.drain(connection, 0.3), "the last message")

    def close(self) -> None:
        """Stop for good."""
        self.amqp.close()
        if not has_died(self.container):
            self.container.stop()

    def _port(self, kind: type[PublicServer]) -> int:
        return next(e.port for e in self.container.subextensions if isinstance(e, kind) and type(e) is kind)

    def read_history(self, container: ServiceContainer) -> None:
        """Nobody is around to be asked for history: count it as read, unless a peer is given."""
        told = ((handler, fact) for handler in _handlers(container) for fact in handler.facts)
        read = [history.mark(handler, fact) for handler, fact in told if fact.producer() not in self.config["PEERS"]]
        if read:
            done = {"$set": {"done": True}}
            self.database.cursors.bulk_write([UpdateOne({"_id": each}, done, upsert=True) for each in read])


def _handlers(container: ServiceContainer) -> list[On]:
    return [each for each in container.entrypoints if isinstance(each, On)]
