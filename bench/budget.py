"""Where a letter's time and processor go at 10, 20 and 100 letters a second."""

import json
import os
import signal
from functools import partial
from statistics import median

from bench.processors import Processors
from bench.report import Row, percentile
from bench.stories import OurStory
from bench.town import until

RATES, SECONDS = (10, 20, 100), 10
LEAST = 0.02  # of a letter: what is less has no line
BARS = {10: {"bar": 25, "goal": 15}}


class Budget:
    """Per round: processor time per letter and latencies at each rate. Once, before: where they go, printed."""

    most = 2  # rounds

    def __init__(self, bench):
        self.bench, self.town = bench, bench.town
        self.seconds = bench.sized({"seconds": SECONDS})["seconds"]
        self.folder = self.town.home / "probe"
        self.folder.mkdir(exist_ok=True)
        self.commands = self._probed()

    def round(self):
        """Figures of services as in production."""
        with OurStory(self.town).told() as processes:
            found = {rate: self._figures(OurStory(self.town), processes, rate) for rate in RATES}
        return {f"{name} {rate}": figure for rate, figures in found.items() for name, figure in figures.items()}

    def _figures(self, story, processes, rate):
        with Processors.of(self.town, processes).per(rate * self.seconds) as spent:
            waits = story.latencies(self.seconds, rate)
        return {"p50": 1000 * percentile(waits, 50), "p99": 1000 * percentile(waits, 99)} | spent

    def _probed(self):
        """Print what probes in the services note; returns rate → commands to MongoDB per letter."""
        story, found = OurStory(self.town), {}
        self.town.runner = ("bench.probe", str(self.folder))
        with story.told() as processes:
            for rate in RATES:
                self._noted(processes)
                waits = story.latencies(self.seconds, rate)
                noted = self._noted(processes)
                self.bench.say(f"budget: {rate} letters/s, p50 {1000 * median(waits):.0f} ms; of each letter:")
                for line in lines(noted, rate * self.seconds):
                    print(f"    {line}", flush=True)
                found[rate] = commands_of(noted) / (rate * self.seconds)
        self.town.runner = ("chassis.run",)
        return found

    def _noted(self, processes):
        """Service → what its probe has noted since it was asked last."""
        files = {name: self.folder / f"{name}.json" for name in processes}
        for name, file in files.items():
            file.unlink(missing_ok=True)
            os.kill(processes[name].child.pid, signal.SIGUSR1)
        until(lambda: sum(file.exists() for file in files.values()), len(files), 10)
        return {name: json.loads(file.read_text()) for name, file in files.items()}

    def rows(self, rounds):
        """The table's rows."""
        row = partial(Row, against="–", theirs=[], lower=True)
        for rate in RATES:
            spent = [each[f"services {rate}"] for each in rounds]
            yield row(f"processor of all services per letter at {rate}/s", ours=spent, unit="ms", **BARS.get(rate, {}))
            yield row(f"commands to MongoDB per letter at {rate}/s", ours=[self.commands[rate]], unit="commands")


def lines(noted, letters):
    """The lines of a budget, service by service: ages of its fact, processor by stage, commands."""
    for service, found in noted.items():
        yield f"{service}: {1000 * sum(found['cpu'].values()) / letters:.2f} ms of a processor"
        yield from ages(found["ages"])
        yield from shares({stage: 1000 * spent / letters for stage, spent in found["cpu"].items()}, "ms")
        yield from shares({name: count / letters for name, (count, _) in found["commands"].items()}, "times")
    yield f"all: {commands_of(noted) / letters:.1f} commands to MongoDB"


def ages(found):
    """How old the fact was after each step: median and 99th percentile."""
    for step, seconds in found.items():
        seconds.sort()
        yield f"  {1000 * median(seconds):8.1f} {1000 * percentile(seconds, 99):8.1f} ms old when {step}"


def shares(found, unit):
    """What is worth a line, the greatest first."""
    worth = [(share, name) for name, share in found.items() if share >= LEAST]
    return (f"  {share:8.2f} {unit:8} {name}" for share, name in sorted(worth, reverse=True))


def commands_of(noted):
    """How many commands all services have sent."""
    return sum(count for found in noted.values() for count, _ in found["commands"].values())
