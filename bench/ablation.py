"""The same story and the same spike with one part of the load machinery switched off at a time, beside all of it."""

from functools import partial
from math import inf

from bench import report
from bench.processors import Processors
from bench.report import Row, percentile
from bench.spike import WAVES, Spike
from bench.stories import PER_SECOND, OurStory

LETTERS, WARM, SECONDS, WAVE_SECONDS = 1_000, 300, 8, 3
PARTS = ("coalescer", "write_locks", "group_commit", "lookups")
FIGURES = {
    "p99": ("p99 at 100 letters/s", "ms"),
    "cpu": ("processor of services, database and broker per letter at 100/s", "ms"),
    "spike p95": ("p95 of a request in the spike", "ms"),
    "spike failed": ("requests of the spike that fail", "%"),
}
"""What is told in the table, beside throughput."""


class Ablation:
    """Per round and side (`full`, or the part it is without): throughput, latencies, processor time, the spike."""

    most = 1  # round; more when it is asked for alone

    def __init__(self, bench):
        self.bench, self.town = bench, bench.small()
        self.size = bench.sized({"letters": LETTERS, "warm": WARM, "seconds": SECONDS, "wave": WAVE_SECONDS})

    def round(self):
        """One run of each."""
        return {name: self.run(name) for name in ("full", *PARTS)}

    def run(self, name):
        """Start it without the part of this name, warm it up, hurry it, pace it, send waves, stop it."""
        self.town.runner = ("bench.without", name) if name in PARTS else ("chassis.run",)
        story = OurStory(self.town)
        with story.told() as processes:
            try:
                found = self._story(story, Processors.of(self.town, processes)) | self._spike()
            except ExceptionGroup:  # more than a hundred letters wait: it does not keep up
                found = {"letters": 0} | dict.fromkeys(["p50", *FIGURES], inf)
        self.town.runner = ("chassis.run",)
        self.bench.say(f"ablation: {name}: {report.line(found)}")
        return found

    def _story(self, story, processors):
        letters, seconds = self.size["letters"], self.size["seconds"]
        story.throughput(self.size["warm"])
        speed = story.throughput(letters)
        with processors.per(PER_SECOND * seconds) as spent:
            waits = story.latencies(seconds)
        return {"letters": speed, "cpu": sum(spent.values())} | {f"p{n}": percentile(waits, n) * 1000 for n in (50, 99)}

    def _spike(self):
        found = Spike(self.bench, self.town).run(WAVES, self.size["wave"])
        return {"spike p95": found["p95"], "spike failed": found["failed"]}

    def rows(self, rounds):
        """The table's rows: what is without each part, in times of what is with all."""
        row = partial(Row, against="all parts")
        return [
            row(f"without `{part}`: {title}", ours=ours, theirs=theirs, unit=unit, lower=figure in FIGURES)
            for part in PARTS
            for figure, (title, unit) in ({"letters": ("throughput", "letters/s")} | FIGURES).items()
            for ours, theirs in [([each[side][figure] for each in rounds] for side in (part, "full"))]
        ]
