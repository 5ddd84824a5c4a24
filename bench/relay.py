"""The relay: from our `outbox` into three bound quorum queues, beside stock Nameko's EventDispatcher."""

from bench import facts
from bench.report import Row
from bench.town import rate

EXCHANGE = "petition.events"
OURS = ("sla.inbox", "notify.inbox", "analytics.inbox")
THEIRS = ("one", "two", "three")
WARM = 5  # the first fifth is not timed
SIZES = {"ours": 20_000, "one": 4_000, "ten": 8_000}


class Relay:
    """Rates in facts per second; each is durable in three queues, confirmed and, with us, deleted from `outbox`."""

    def __init__(self, bench):
        self.town, self.peers, self.sizes = bench.town, bench.peers, bench.sized(SIZES)
        self.peers.queues.declare(*THEIRS)
        self.peers.queues.bind(EXCHANGE, facts.WIRE, *THEIRS)

    def round(self):
        """One run of each."""
        return {"ours": self.ours(), "one": self.theirs("one", 1), "ten": self.theirs("ten", 10)}

    def ours(self):
        """The petition service with facts waiting in its outbox; its fourth subscriber is not bound meanwhile."""
        outbox, size = self.town.database("petition").outbox, self.sizes["ours"]
        outbox.insert_many([facts.row(each) for each in facts.submitted(size)])
        self.town.queues.unbind(EXCHANGE, facts.WIRE, "keeper.inbox")
        self.town.queues.purge(*OURS)
        with self.town.running("petition"):
            speed = rate(lambda: size - outbox.estimated_document_count(), size // WARM, size)
        with self.town.queues.depth() as depth:
            assert [depth(name) for name in OURS] == [size] * len(OURS)
        self.town.queues.purge(*OURS)
        self.town.queues.bind(EXCHANGE, facts.WIRE, "keeper.inbox")
        return speed

    def theirs(self, side, workers):
        """A stock service that only dispatches."""
        size = self.sizes[side]
        self.peers.queues.purge(*THEIRS)
        with self.peers.queues.depth() as depth, self.peers.running("stock", "dispatcher", str(size), str(workers)):
            return rate(lambda: min(map(depth, THEIRS)), size // WARM, size)

    def rows(self, rounds):
        """The table's rows."""
        per = {side: [figures[side] for figures in rounds] for side in rounds[0]}
        title = "relay: confirmed facts into 3 quorum queues, from `outbox`"
        return [
            Row(title, "stock Nameko `EventDispatcher`", per["ours"], per["one"], 3, 5, "facts/s"),
            Row(title, "the same in 10 workers at once", per["ours"], per["ten"], unit="facts/s"),
        ]
