"""The letter told once: over HTTP, then three effects of it; by our services and by the same story in stock Nameko."""

import time
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from threading import Thread

from pymongo.collection import Collection
from pymongo.errors import PyMongoError

from bench import clients
from bench.town import free_ports, until
from chassis.auth import people
from chassis.domain import new_id
from deploy.local.process import answers

PER_SECOND = 100
SETTLE_SECONDS = 2


@dataclass
class Effect:
    """What a subscriber does to a letter: a new document in a collection; `field` holds its or its fact's id."""

    rows: Collection
    field: str = "_id"

    def done(self):
        """Letters of which the effect is there."""
        return self.rows.estimated_document_count()

    def watch(self, seen):
        """Note in `seen` when the majority had each document, until the stream is closed; returns the stream."""
        stream = self.rows.watch([{"$match": {"operationType": "insert"}}])
        Thread(target=self._note, args=(stream, seen), daemon=True).start()
        return stream

    def _note(self, stream, seen):
        with suppress(PyMongoError):
            for change in stream:
                seen[change["fullDocument"][self.field].rpartition(":")[2].partition("@")[0]] = time.time()


class Story:
    """Measures a running story from outside; `port` takes the letters and `effects` follow."""

    def throughput(self, count):
        """Letters per second, from the first request to the last effect."""
        before, started = [effect.done() for effect in self.effects], time.perf_counter()
        clients.hurry(self.port, self.tokens(), count)
        for effect, was in zip(self.effects, before, strict=True):
            until(effect.done, was + count)
        return count / (time.perf_counter() - started)

    def latencies(self, seconds, per_second=PER_SECOND):
        """Seconds from when a letter was due, so many a second, to its last effect, sorted."""
        since, seen = new_id(), [{} for _ in self.effects]
        with ExitStack() as stack:
            for effect, times in zip(self.effects, seen, strict=True):
                stack.enter_context(effect.watch(times))
            due = clients.pace(self.port, self.tokens(), per_second, seconds)
            until(lambda: len(self._ended(due, seen, since)), len(due))
        ends = self._ended(due, seen, since)
        return sorted(ends[letter] - at for letter, at in due.items())

    def _ended(self, due, seen, since):
        """Letter → when its last effect was seen, of those of which all effects were."""
        names = self.letters(since)
        ends = [{names.get(key, key): at for key, at in dict(times).items()} for times in seen]
        return {letter: max(end[letter] for end in ends) for letter in due if all(letter in end for end in ends)}


class OurStory(Story):
    """petition → sla, analytics and the county's own subscriber, in a Town."""

    services = ("identity", "petition", "sla", "analytics", "keeper")

    def __init__(self, town):
        self.town, self.port = town, town.ports["petition"]
        clocked, counted, kept = (town.database("sla").matters, town.database("analytics").inbox,
                                 town.database("keeper").letters)  # fmt: skip
        self.effects = [Effect(clocked, field="subject"), Effect(counted), Effect(kept)]

    @contextmanager
    def told(self, *more):
        """All services running for the block; yields their processes by name."""
        with self.town.running(*self.services, *more) as processes:
            yield processes
            self.town.settle(processes)
            time.sleep(SETTLE_SECONDS)

    def tokens(self):
        """Access tokens for all clients, of the sample villagers, valid for ten minutes."""
        key = people.access_keys(self.town.home / "secrets" / "identity")[0]
        found = list(self.town.database("identity").people.find({"region": {"$ne": None}}))
        villagers = [people.Person(row["_id"], row["region"], {"villager": [row["region"]]}) for row in found]
        return [people.issue(villagers[n % len(villagers)], key, self.town.name) for n in range(clients.CLIENTS)]

    def letters(self, since):
        """Fact → letter, of the facts younger than an id."""
        events = self.town.database("petition").events.find({"_id": {"$gt": since}}, {"subject": 1})
        return {row["_id"]: row["subject"] for row in events}


class StockStory(Story):
    """An HTTP service that inserts and dispatches, and three services with one insert each."""

    subscribers = ("first", "second", "third")

    def __init__(self, peers):
        self.peers, self.port = peers, free_ports()
        self.effects = [Effect(peers.database[name]) for name in self.subscribers]

    @contextmanager
    def told(self):
        """All services running for the block."""
        with ExitStack() as stack:
            for name in self.subscribers:
                stack.enter_context(self.peers.running("stock", name))
            service = stack.enter_context(self.peers.running("stock", "letters", str(self.port)))
            service.wait_for(lambda: answers(self.port))
            time.sleep(SETTLE_SECONDS)  # a stock service does not say when its queue is bound
            yield
            time.sleep(SETTLE_SECONDS)

    def tokens(self):
        """Nobody asks who is writing."""
        return ["-"] * clients.CLIENTS

    def letters(self, since):
        """Its effects carry the letter's own id."""
        return {}
