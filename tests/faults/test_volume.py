"""Invariant 1 for a million facts through one consumer, in memory that does not grow."""

import json
from dataclasses import dataclass
from itertools import islice

import pytest
from amqp import Message

from chassis.bus import broker
from chassis.domain import new_id, now
from contracts.petition.letters import PetitionSigned
from contracts.sdk.envelope import CONTENT_TYPE
from contracts.sdk.examples import example
from tests.faults import report
from tests.faults.checker import Verdict, reordered
from tests.faults.tap import admin_uri
from tests.faults.town import LATE, until

FACTS, FIRST = 1_000_000, 200_000
SUBJECTS = 20_000
WAITING = 5_000  # how many may wait in the queue: what a consumer that keeps up meets
CHUNK = 500
FLAT_MB = 10
WIRE, SAMPLE = PetitionSigned.wire(), example(PetitionSigned)


@dataclass
class Mass:
    """Facts that no producer recorded, sent to one subscriber alone."""

    town: object
    rows: object
    sent: int = 0

    def send(self, count):
        """Send more, as fast as they are taken; returns when all are handled."""
        uri, queue = admin_uri(self.town), broker.queue_of(LATE)
        with broker.connect(uri) as connection:
            for message in islice(self._messages(), count):
                connection.default_channel.basic_publish(message, routing_key=queue)
                self.sent += 1
                if self.sent % CHUNK == 0:
                    broker.beat(connection)
                    until(lambda: self.sent - self.handled() < WAITING, "the consumer", pause=0.05)
            until(lambda: self.handled() >= self.sent, "the last facts")

    def handled(self):
        """How many effects there are."""
        return self.rows.estimated_document_count()

    def _messages(self):
        while True:
            subject, sequence = f"mass-{self.sent % SUBJECTS}", self.sent // SUBJECTS + 1
            place = {"id": new_id(), "subject": subject, "sequence": f"{sequence:010d}", "time": now().isoformat()}
            yield Message(
                json.dumps(SAMPLE | place).encode(),
                message_id=place["id"],
                type=WIRE,
                content_type=CONTENT_TYPE,
                delivery_mode=2,
                application_headers={"subject": subject, "sequence": sequence},
            )


@pytest.fixture
def mass(town):
    """A subscriber that has read all history, and nothing noted yet."""
    town.prepare(LATE)
    town.start(LATE)
    effects = town.database(LATE).effects
    until(lambda: town.database(LATE).cursors.count_documents({"done": True}), "its history")
    effects.delete_many({})
    yield Mass(town, effects)
    town.end(LATE)
    town.forget(LATE)


@pytest.mark.long
@pytest.mark.timeout(1500)
def test_invariant_01_a_million_facts_pass_in_flat_memory(town, mass):
    mass.send(FIRST)
    before = resident(town)
    mass.send(FACTS - FIRST)
    after = resident(town)
    verdict = look(mass)
    report.say(
        f"Memory of the consumer of a million facts: {before:.0f} MB after {FIRST:,}, {after:.0f} MB at the end."
    )
    report.add("a million facts through one consumer", 0, verdict)
    assert after - before < FLAT_MB


def look(mass):
    """The Verdict of the effects of all that was sent."""
    rows = list(mass.rows.find({"subject": {"$regex": "^mass-"}}, {"_id": 0}).sort("_id", 1))
    facts = {row["fact"] for row in rows}
    stall = max((row["at"] - row["told_at"]).total_seconds() for row in rows)
    return Verdict(mass.sent, mass.sent - len(facts), len(rows) - len(facts), reordered(rows), stall)


def resident(town):
    """Resident megabytes of the consumer."""
    with open(f"/proc/{town.processes[LATE].child.pid}/status") as lines:
        return next(int(line.split()[1]) / 1000 for line in lines if line.startswith("VmRSS"))
