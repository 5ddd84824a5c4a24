"""The checker: sets of ids are compared exactly, whatever was broken meanwhile.

accepted = written = published = each subscriber's effects; order per subject from the order of the effects;
text messages counted at the gateway.
"""

from collections import Counter, defaultdict
from dataclasses import dataclass
from itertools import pairwise

from chassis.domain import new_id
from chassis.operate.compare import fact_of
from chassis.provision import consumed
from tests.faults.town import SERVICES, until
from tests.flows.town import CITY

OPEN = ["queued", "sending", "checking"]
PRODUCERS = ("identity", "petition", "sla", "notify")
WITNESSED = ("petition", "sla")


@dataclass
class Verdict:
    """What became of the facts of one run, as a witness saw it; `stall` in seconds."""

    facts: int
    lost: int
    doubled: int
    reordered: int
    stall: float


class Checker:
    """Everything since it was made. `witness` names the subscriber whose effects are compared."""

    def __init__(self, town, witness="witness", since=None, collection="effects"):
        self.town, self.witness, self.collection = town, witness, collection
        self.since = new_id() if since is None else since

    def verdict(self, after=0, seconds=120):
        """The Verdict, once all is quiet; a stall is counted from `after` (epoch seconds) for facts older than that."""
        settle(self.town, {*SERVICES, self.witness}, seconds)
        told, rows = self.told(), self._effects()
        seen = Counter(row["fact"] for row in rows)
        assert seen.keys() <= told.keys()
        return Verdict(
            facts=len(told),
            lost=len(told.keys() - seen.keys()),
            doubled=seen.total() - len(seen),
            reordered=reordered(rows),
            stall=max(max(self.delays(name, after).values(), default=0.0) for name in {*SERVICES, self.witness}),
        )

    def told(self, subjects=None):
        """Fact id → its time (epoch seconds), of all or of some subjects."""
        query = {"_id": {"$gt": self.since}} | ({"subject": {"$in": subjects}} if subjects else {})
        found = (row for name in WITNESSED for row in self.town.database(name).events.find(query, {"time": 1}))
        return {row["_id"]: row["time"].timestamp() for row in found}

    def delays(self, subscriber, after=0):
        """Fact id → seconds until this subscriber had handled it."""
        told, known = self.told(), self.town.database(subscriber).inbox.find({}, {"at": 1})
        handled = {fact_of(row["_id"]): row["at"].timestamp() for row in known}
        return {fact: handled[fact] - max(at, after) for fact, at in told.items() if fact in handled}

    def _effects(self):
        found = self.town.database(self.witness)[self.collection].find({"fact": {"$gt": self.since}})
        return list(found.sort("_id", 1))


def reordered(rows):
    """How many effects came after one of a later fact of their subject."""
    lanes = defaultdict(list)
    for row in rows:
        lanes[row["source"], row["subject"]].append(row["sequence"])
    return sum(later < earlier for lane in lanes.values() for earlier, later in pairwise(lane))


def settle(town, subscribers=SERVICES, seconds=120):
    """Wait until every fact is out, in and done with, and every message sent."""
    until(lambda: not unsettled(town, subscribers), Reason(town, subscribers), seconds, pause=0.3)


def unsettled(town, subscribers):
    """What is still on its way, by kind; holes are looked for, which costs, when nothing else is."""
    state = {f"{name} outbox": town.database(name).outbox.count_documents({}) for name in PRODUCERS}
    state |= {f"{name} parked": town.database(name).parked.count_documents({}) for name in subscribers}
    state |= {f"{name} blocked": town.database(name).blocked.count_documents({}) for name in subscribers}
    state["messages"] = town.database("notify").messages.count_documents({"state": {"$in": OPEN}})
    return _some(state) or _some({f"{name} holes": len(holes(town, name)) for name in subscribers})


def _some(state):
    return {name: count for name, count in state.items() if count}


class Reason:
    """Says what is unsettled when it is too late."""

    def __init__(self, town, subscribers):
        self.town, self.subscribers = town, subscribers

    def __str__(self):
        errors = {row["error"] for name in self.subscribers for row in self.town.database(name).parked.find()}
        return f"{unsettled(self.town, self.subscribers)} to settle; parked by {errors}"


def holes(town, subscriber):
    """Ids of facts that a subscriber should have had and has not."""
    types = [fact.wire() for fact in consumed(town.cls(subscriber))]
    told = {row["_id"] for name in PRODUCERS for row in town.database(name).events.find({"type": {"$in": types}}, {})}
    known = town.database(subscriber).inbox.find({}, {})
    return told - {fact_of(row["_id"]) for row in known}


def check_all(town):
    """Every letter of the whole run: accepted = written = clocks = counts = text messages, each exactly once."""
    petitions = {row["_id"] for row in town.database("petition").petitions.find({}, {})}
    assert petitions == town.accepted.keys()
    submitted = town.database("petition").events.find({"type": "petition.submitted.v1"})
    assert sorted(row["subject"] for row in submitted) == sorted(petitions)
    clocks = Counter(row["subject"] for row in town.database("sla").matters.find())
    assert clocks == dict.fromkeys(petitions, 1)
    check_once(town.database("sla").events, "sla.elapsed.v1", "data")
    check_once(town.database("petition").events, "petition.breached.v1", "data")
    check_counts(town)
    check_messages(town, petitions)
    assert not town.crashes, town.crashes


def check_once(events, wire, *names):
    """No two of these facts have the same subject and the same values of these fields."""
    said = Counter(tuple(str(row[name]) for name in ("subject", *names)) for row in events.find({"type": wire}))
    assert [which for which, times in said.items() if times > 1] == []


def check_counts(town):
    """Analytics counted every fact of a matter once."""
    types = Counter(row["type"] for row in town.database("petition").events.find())
    for name in ("submitted", "signed", "answered", "done", "closed", "breached", "escalated"):
        assert town.counted(CITY, f"petitions.{name}") == types[f"petition.{name}.v1"], name


def check_messages(town, petitions):
    """The gateway received each message that notify says it sent, once; one receipt per letter."""
    sent = town.database("notify").messages.find({"state": "sent", "channel": "sms"}, {"template": 1})
    templates = {row["_id"]: row["template"] for row in sent}
    received = town.sms.received()
    assert received.keys() == templates.keys()
    assert set(received.values()) == {1}
    assert Counter(templates.values())["letter_received"] == len(petitions)
