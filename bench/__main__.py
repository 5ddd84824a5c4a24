"""Measures us beside our peers on servers of its own.

python -m bench                                 everything; writes bench/RESULTS.md and bench/charts/
python -m bench relay consume --rounds 3        some of it; prints the table
python -m bench submit --scale 0.2              smaller
"""

import argparse
import shutil
import sys
import time
import warnings
from functools import cache
from importlib.util import find_spec

warnings.simplefilter("ignore")  # eventlet's own notice, which every import of nameko repeats

from bench import report  # noqa: E402
from bench.ablation import Ablation  # noqa: E402
from bench.budget import Budget  # noqa: E402
from bench.consume import Consume  # noqa: E402
from bench.growth import Growth, History  # noqa: E402
from bench.guest import Guest  # noqa: E402
from bench.lists import Lists  # noqa: E402
from bench.relay import Relay  # noqa: E402
from bench.spike import Spike  # noqa: E402
from bench.submit import Memory, Submit  # noqa: E402
from bench.town import Peers, Town  # noqa: E402
from bench.volume import load  # noqa: E402
from deploy.local.process import CannotStart  # noqa: E402
from deploy.local.servers import RUN, end_politely, fresh  # noqa: E402

MEASURES = {
    "relay": Relay,
    "consume": Consume,
    "submit": Submit,
    "growth": Growth,
    "history": History,
    "memory": Memory,
    "lists": Lists,
    "spike": Spike,
    "guest": Guest,
    "budget": Budget,
    "ablation": Ablation,
}
FEW = 1_000


class Bench:
    """What the measures share: servers, counties, peers, sizes."""

    def __init__(self, admins, options):
        self.admins, self.options = admins, options
        self.home, self.began = RUN / "bench", time.monotonic()
        shutil.rmtree(self.home, ignore_errors=True)
        self.town, self.peers, self.matters = self.county("town"), Peers(self.home, admins), 0

    def say(self, text):
        """A line of progress with the time since the start."""
        passed = int(time.monotonic() - self.began)
        print(f"{passed // 60:3}:{passed % 60:02}  {text}", flush=True)

    def sized(self, sizes):
        """Sizes at the scale that was asked for."""
        return {name: max(1, int(size * self.options.scale)) for name, size in sizes.items()}

    def county(self, name):
        """A new county, founded."""
        self.say(f"founding the county `{name}`")
        town = Town(self.home, self.admins, name)
        town.found()
        return town

    @cache  # noqa: B019
    def small(self):
        """A county with a thousand matters."""
        town = self.county("few")
        load(town, FEW, self.options.load_minutes * 60)
        return town

    @cache  # noqa: B019
    def large(self):
        """A county with `matters` matters, as many as were wanted or could be loaded in time."""
        town = self.county("many")
        self.say(f"loading {self.options.matters:,} matters, for at most {self.options.load_minutes} minutes")
        self.matters = load(town, self.options.matters, self.options.load_minutes * 60)
        self.say(f"{self.matters:,} matters are there")
        return town

    def measure(self, name):
        """The rows of one measure."""
        self.say(f"{name}: preparing")
        measure, rounds = MEASURES[name](self), []
        most = self.options.rounds
        if not self.options.measures:
            most = min(most, getattr(measure, "most", most))
        for number in range(1, most + 1):
            rounds.append(measure.round())
            self.say(f"{name}: round {number} of {most}: {report.line(rounds[-1])}")
        return measure.rows(rounds)


def main(options):
    """Run what was asked for; everything at full size is what RESULTS.md is written from."""
    if not find_spec("faststream"):
        raise CannotStart("FastStream is not installed here: `make bench` installs it and runs this.")
    with fresh() as admins:
        bench = Bench(admins, options)
        rows = [row for name in MEASURES if name in (options.measures or MEASURES) for row in bench.measure(name)]
        print(report.table(rows))
        if not options.measures:
            report.write(rows, options.rounds, time.monotonic() - bench.began)
            bench.say("bench/RESULTS.md and bench/charts/ are written")


def asked():
    """The command line."""
    parser = argparse.ArgumentParser(prog="python -m bench", description=__doc__.partition("\n")[0])
    parser.add_argument("measures", nargs="*", metavar="measure", help=f"some of: {' '.join(MEASURES)}")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--scale", type=float, default=1, help="of the numbers of facts and letters")
    parser.add_argument("--matters", type=int, default=1_000_000, help="in the large county; five facts each")
    parser.add_argument("--load-minutes", type=float, default=15, help="stop loading the large county after these")
    options = parser.parse_args()
    if unknown := set(options.measures) - set(MEASURES):
        parser.error(f"unknown: {' '.join(unknown)}")
    return options


if __name__ == "__main__":
    end_politely()
    try:
        main(asked())
    except CannotStart as problem:
        sys.exit(str(problem))
