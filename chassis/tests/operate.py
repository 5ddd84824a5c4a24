"""A producer and two subscribers for the operator's tools, and how the tests call them."""

import json
from dataclasses import dataclass

from click.testing import CliRunner

from chassis.domain import Aggregate, now
from chassis.operate import cli
from chassis.operate.county import County
from chassis.service import Service, on
from chassis.store import Repository, Rows, index
from contracts.petition.letters import PetitionAnswered, PetitionSigned

BROKEN = {}


@dataclass(kw_only=True)
class Matter(Aggregate):
    number: str

    def sign(self):
        self._record(PetitionSigned)

    def answer(self):
        self._record(PetitionAnswered)

    def _record(self, fact):
        place = {"village": "510183122211", "office": "510183122", "level": "town", "category": "roads"}
        self.record(fact, now(), number=self.number, round=1, clocks=[], **place)


class Matters(Repository):
    aggregate, collection = Matter, "matters"
    indexes = [index("number", unique=True)]


class PetitionService(Service):
    """A producer that hears nothing."""

    name = "petition"
    matters = Matters()


class Tally(Rows):
    """How often each subject was heard of, and in what order."""

    collection = "tally"
    indexes = [index("subject")]
    derived_by = ("count",)


class Seen(Rows):
    collection = "seen"


class ExampleService(Service):
    """A subscriber: counts, and writes down."""

    name = "example"
    tally = Tally()
    seen = Seen()

    @on(PetitionSigned, PetitionAnswered)
    def count(self, fact):
        row = self.tally.row(fact.subject) or {"last": 0}
        if error := BROKEN.get(fact.subject):
            raise error
        assert fact.sequence > row["last"]
        self.tally.put(fact.subject, {"last": fact.sequence, "subject": fact.subject})
        self.tally.increment(fact.subject, {"n": BROKEN.get("step", 1)})

    @on(PetitionSigned, since="now")
    def note(self, fact):
        self.seen.insert({"_id": fact.id})


class GreedyService(Service):
    """Says that it derives what it does not."""

    name = "analytics"
    tally = Tally()
    seen = Seen()

    @on(PetitionSigned)
    def count(self, fact):
        self.seen.insert({"_id": fact.id})


class IdentityService(Service):
    """Who every service is told by whose access ends."""

    name = "identity"


CLASSES = (IdentityService, PetitionService, ExampleService, GreedyService)


def operated(county):
    """The tests' county as its operator sees it."""
    return County(county.name, *county.admins.values(), {cls.name: cls for cls in CLASSES})


def xiangyin(operator, *args):
    """(exit code, answer) of a command; the answer is parsed when it is JSON."""
    done = CliRunner().invoke(cli.main, args, obj=operator)
    assert done.exception is None or isinstance(done.exception, SystemExit), done.exception
    answers = [line for line in done.stdout.splitlines() if line[:1] in "[{" and line]  # between the services' own logs
    return done.exit_code, json.loads(answers[-1]) if "--json" in args and answers else done.output


def act(producer, rounds, subjects=3):
    """Let each matter be signed and answered in turn."""
    for step in range(rounds):
        for n in range(subjects):
            with producer.service.matters.edit(f"m{n}") as matter:
                matter.sign() if step % 2 else matter.answer()
