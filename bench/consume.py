"""Consumers, each with its queue filled before: ours in two kinds of effect, stock Nameko, FastStream, a bare loop."""

from functools import partial

from bench import facts
from bench.report import Row
from bench.town import rate

JSON = "application/json"
NAMEKO_QUEUE = f"evt-petition-{facts.WIRE}--consumer.keep"
WARM = 5  # the first fifth is not timed
SIZES = {"analytics": 30_000, "sla": 10_000, "keeper": 30_000, "nameko": 6_000, "fast": 6_000, "bare": 40_000}


class Consume:
    """Rates in facts per second, of one round after another."""

    def __init__(self, bench, town=None):
        self.town, self.peers, self.sizes = town or bench.town, bench.peers, bench.sized(SIZES)
        self.peers.queues.declare(NAMEKO_QUEUE, "fast", "bare")

    def round(self):
        """One run of each."""
        ours = {name: self.ours(name) for name in ("analytics", "sla", "keeper")}
        stock = self.peer("nameko", NAMEKO_QUEUE, "consumer", "stock", "consumer")
        fast = self.peer("fast", "fast", "fast", "fast", "fast")
        return ours | {"nameko": stock, "fast": fast, "bare": self.peer("bare", "bare", "bare", "bare", "bare")}

    def ours(self, service):
        """One of our services, until every fact is handled once, committed and acknowledged."""
        inbox, size = self.town.database(service).inbox, self.sizes[service]
        queue, before = f"{service}.inbox", inbox.count_documents({})
        self.town.queues.purge(queue)
        self.town.queues.fill(queue, map(facts.message, facts.submitted(size)))
        with self.town.running(service):
            speed = rate(lambda: inbox.estimated_document_count() - before, size // WARM, size)
            self.town.settle([service])
        self.town.queues.purge("petition.inbox")  # promises about matters that petition never had
        assert inbox.count_documents({}) == before + size
        return speed

    def peer(self, side, queue, collection, program, *arguments):
        """One of the peers, until every message is in its collection."""
        rows, size = self.peers.database[collection], self.sizes[side]
        before = rows.count_documents({})
        self.peers.queues.purge(queue)
        self.peers.queues.fill(queue, map(partial(facts.message, content_type=JSON), facts.submitted(size)))
        with self.peers.running(program, *arguments):
            return rate(lambda: rows.estimated_document_count() - before, size // WARM, size)

    def rows(self, rounds):
        """The table's rows."""
        per = {side: [figures[side] for figures in rounds] for side in rounds[0]}
        row = partial(Row, unit="facts/s")
        return [
            row("consume: counters (`analytics`)", "stock Nameko, one insert", per["analytics"], per["nameko"], 4, 6),
            row("consume: counters (`analytics`)", "FastStream, one insert", per["analytics"], per["fast"], 5, 6),
            row("consume: a clock per fact (`sla`)", "stock Nameko, one insert", per["sla"], per["nameko"], 3, 5),
            row("consume: a clock per fact (`sla`)", "FastStream, one insert", per["sla"], per["fast"], 4, 5),
            row("consume: one plain row per fact", "stock Nameko, one insert", per["keeper"], per["nameko"], 3, 5),
            row("consume: one plain row per fact", "FastStream, one insert", per["keeper"], per["fast"], 4, 5),
            row("consume: counters (`analytics`)", "bare loop, no validation", per["analytics"], per["bare"], 0.4, 0.6),
        ]
