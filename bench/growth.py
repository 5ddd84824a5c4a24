"""The same story in a small county and in one with a million matters; then its facts read by a fresh analytics."""

from bench.consume import Consume
from bench.report import Row
from bench.stories import OurStory
from bench.submit import measured
from bench.town import rate

LETTERS, WARM, SECONDS = 1_000, 300, 12
WINDOWS = 5


class Growth:
    """A county with few matters beside one with many: letters per second, and latencies in milliseconds."""

    def __init__(self, bench):
        self.towns = {"few": bench.small(), "many": bench.large()}
        self.matters, self.size = bench.matters, bench.sized({"letters": LETTERS, "warm": WARM, "seconds": SECONDS})

    def round(self):
        """One run of each."""
        return {name: self.run(OurStory(town)) for name, town in self.towns.items()}

    def run(self, story):
        """Start it, warm it up, hurry it, pace it, stop it."""
        with story.told():
            return measured(story, **self.size)

    def rows(self, rounds):
        """The table's rows."""

        def pair(figure):
            return [[figures[side][figure] for figures in rounds] for side in ("many", "few")]

        title = f"growth: {self.matters:,} matters and {facts(self.towns['many']) / 1e6:.1f} million facts"
        return [
            Row(f"{title}, throughput", "1,000 matters", *pair("letters"), 0.8, 0.95, "letters/s"),
            Row(f"{title}, p95 at 100 letters/s", "1,000 matters", *pair("p95"), 1.25, 1.05, "ms", True),
        ]


def facts(town):
    """How many there are about its matters."""
    return sum(town.database(name).events.estimated_document_count() for name in ("petition", "sla"))


class History:
    """A fresh analytics reads the large county's facts over HTTP; each window of it beside a live run there."""

    def __init__(self, bench):
        self.town, self.matters = bench.large(), bench.matters
        self.live, self.windows = Consume(bench, self.town), self.read()

    def round(self):
        """The next window of the history that was read, and a live run."""
        return {"history": next(self.windows), "live": self.live.ours("analytics")}

    def read(self):
        """Rates of one window after another; what comes before the first is the warm-up."""
        analytics, part = self.town.database("analytics"), self.matters // (WINDOWS + 1)
        known = list(analytics.cursors.find())
        for name in ("inbox", "counters", "cursors"):
            analytics[name].drop()
        self.town.prepare("analytics")
        analytics.cursors.insert_many([row for row in known if "petition" not in row["_id"]])
        with self.town.running("petition"), self.town.started("analytics"):
            done = analytics.inbox.estimated_document_count
            found = [rate(done, part * n, part * (n + 1)) for n in range(1, WINDOWS + 1)]
        analytics.cursors.drop()
        analytics.cursors.insert_many(known)
        yield from found

    def rows(self, rounds):
        """The table's rows."""
        history, live = ([figures[side] for figures in rounds] for side in ("history", "live"))
        title = f"history: {self.matters:,} facts into a fresh `analytics`"
        return [Row(title, "its live rate", history, live, 1, 2, "facts/s")]
