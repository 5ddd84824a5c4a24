"""A letter over HTTP until its three effects are durable: throughput, latency at 100 a second, memory afterwards."""

from functools import partial

from bench.report import Row, percentile
from bench.stories import OurStory, StockStory

LETTERS, WARM, SECONDS = 2_000, 300, 12


class Submit:
    """Per round and side: letters per second, and latencies in milliseconds."""

    def __init__(self, bench):
        self.stories = {"ours": OurStory(bench.town), "stock": StockStory(bench.peers)}
        self.size = bench.sized({"letters": LETTERS, "warm": WARM, "seconds": SECONDS})

    def round(self):
        """One run of each."""
        return {side: self.run(story) for side, story in self.stories.items()}

    def run(self, story):
        """Start it, warm it up, hurry it, pace it, stop it."""
        with story.told():
            return measured(story, **self.size)

    def rows(self, rounds):
        """The table's rows."""

        def pair(figure):
            return [[figures[side][figure] for figures in rounds] for side in ("ours", "stock")]

        latency = partial(Row, unit="ms", lower=True)
        at = "latency at 100 letters/s, due → three effects"
        return [
            Row("submit over HTTP → three effects durable", "stock Nameko", *pair("letters"), 1, 1.5, "letters/s"),
            latency(f"{at}, p50", "–", pair("p50")[0], [], 45, 25),
            latency(f"{at}, p50", "stock Nameko", *pair("p50")),
            latency(f"{at}, p99", "–", pair("p99")[0], [], 110, 60),
            latency(f"{at}, p99", "stock Nameko", *pair("p99")),
        ]


class Memory:
    """Resident MB of every service after letters went through all of them, text messages included."""

    def __init__(self, bench):
        self.story, self.size = OurStory(bench.town), bench.sized({"letters": LETTERS})

    def round(self):
        """One run."""
        with self.story.told("notify") as processes:
            self.story.throughput(count=self.size["letters"])
            return {name: resident(process.child.pid) for name, process in processes.items()}

    def rows(self, rounds):
        """One of the table's rows per service."""
        per = {service: [figures[service] for figures in rounds] for service in rounds[0]}
        return [Row(f"memory of `{name}`", "–", figures, [], 110, 90, "MB", True) for name, figures in per.items()]


def measured(story, letters, warm, seconds):
    """Throughput, then latencies, of a running story."""
    story.throughput(warm)
    speed, waits = story.throughput(letters), story.latencies(seconds)
    return {"letters": speed} | {f"p{n}": percentile(waits, n) * 1000 for n in (50, 95, 99)}


def resident(pid):
    """Resident megabytes of a process."""
    with open(f"/proc/{pid}/status") as lines:
        return next(int(line.split()[1]) / 1000 for line in lines if line.startswith("VmRSS"))
