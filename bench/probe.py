"""One service that notes where its time goes: `python -m bench.probe FOLDER services.petition`.

At SIGUSR1 it writes FOLDER/petition.json and begins anew: `cpu`, stage → seconds of a processor, by looking
now and then at what runs; `commands`, command → [how many, seconds until answered]; `ages`, step → seconds since
each `petition.submitted` that came so far was recorded.
"""

from chassis import run  # isort: skip — first: it patches what everything else imports

import json
import signal
import sys
import time
from collections import Counter, defaultdict
from pathlib import Path

import eventlet
from pymongo import monitoring

from bench.stages import stage_of
from chassis.bus.batch import Batch
from chassis.bus.hand_over import HandOver
from chassis.data.unit import Unit
from chassis.domain import age
from contracts.petition.letters import PetitionSubmitted

LOOK_SECONDS = 0.001
WIRE = PetitionSubmitted.wire()


class Commands(monitoring.CommandListener):
    """Counts what is sent to MongoDB."""

    def __init__(self, found):
        self.found, self.names = found, {}

    def started(self, event):
        where = event.command.get(event.command_name)
        name = f"{event.command_name} {where}" if isinstance(where, str) else event.command_name
        self.names[event.request_id] = f"{name} (transaction)" if "autocommit" in event.command else name

    def succeeded(self, event):
        entry = self.found[self.names.pop(event.request_id, event.command_name)]
        entry[0] += 1
        entry[1] += event.duration_micros / 1e6

    failed = succeeded


class Probe:
    """What was noted since the last writing."""

    def __init__(self, path):
        self.path, self.commands = path, defaultdict(lambda: [0, 0.0])
        self.begin()

    def begin(self):
        """Nothing yet."""
        self.cpu, self.ages, self.looked = Counter(), defaultdict(list), time.process_time()
        self.commands.clear()

    def look(self, _, frame):
        """What was used of a processor since the last look was used here; the system looks every few milliseconds."""
        used = time.process_time()
        self.cpu[stage_of(frame)] += used - self.looked
        self.looked = used

    def write(self):
        """Write it down."""
        found = {"cpu": self.cpu, "commands": self.commands, "ages": self.ages}
        self.path.with_suffix(".new").write_text(json.dumps(found))
        self.path.with_suffix(".new").rename(self.path)
        self.begin()

    def watch(self):
        """Look, listen and note from now on."""
        monitoring.register(Commands(self.commands))
        self._around(Unit, "flush", lambda unit, *_: [fact.id for fact in unit.facts if fact.type == WIRE], "committed")
        self._around(HandOver, "confirmed", lambda _, row: [row["_id"]] * (WIRE in row["wire"]), "confirmed")
        told = lambda _, items: [item.id for item in items if item.type == WIRE]  # noqa: E731
        self._around(Batch, "run", told, "handled", "received")
        signal.signal(signal.SIGUSR1, lambda *_: eventlet.spawn_n(self.write))
        signal.signal(signal.SIGPROF, self.look)
        signal.setitimer(signal.ITIMER_PROF, LOOK_SECONDS, LOOK_SECONDS)

    def _around(self, owner, name, ids, after, before=None):
        """Note the ages of the facts `ids(owner, …)` when this method has returned, or is called."""
        method = getattr(owner, name)

        def noted(*arguments):
            facts = list(ids(*arguments))
            self._note(before, facts)
            method(*arguments)
            self._note(after, facts)

        setattr(owner, name, noted)

    def _note(self, step, facts):
        if step and facts:
            self.ages[step] += map(age, facts)


if __name__ == "__main__":
    probe = Probe(Path(sys.argv[1], sys.argv[2].rpartition(".")[2]).with_suffix(".json"))
    probe.watch()
    run.main(sys.argv[2])
