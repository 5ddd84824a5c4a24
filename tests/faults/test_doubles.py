"""Invariant 9: two relays, two schedulers, two consumers, two senders at once change nothing."""

import pytest

from chassis.domain import new_id
from tests.faults import report
from tests.faults.checker import OPEN, Checker, check_all
from tests.faults.load import Load
from tests.faults.tap import Tap
from tests.faults.town import REPLICAS, until

RELAY = ["before_publish:40", pytest.param("between_confirm_and_delete:10", marks=pytest.mark.long)]


@pytest.mark.long
def test_invariant_09_two_of_every_service_at_once_change_nothing(town):
    checker = Checker(town)
    town.start(*REPLICAS)
    unsigned, load = Load(town, 6, moves=[], to="village").wait(), Load(town, people=4)
    until(lambda: breached(town, unsigned) == len(unsigned.written), "the clocks to run out")
    town.kill(*REPLICAS)
    load.wait()
    until(lambda: len(town.deaths) == len(REPLICAS), "the replicas to be started again")
    verdict = checker.verdict()
    report.add("two of every service, one of each killed", len(REPLICAS), verdict)
    town.end(*REPLICAS)
    check_all(town)


def breached(town, load):
    """How many of the letters were not signed for in time."""
    late = {"type": "petition.breached.v1", "subject": {"$in": list(load.written)}}
    return town.database("petition").events.count_documents(late)


@pytest.mark.parametrize("point", RELAY)
def test_invariant_09_a_relay_frozen_past_its_lease_sends_only_copies(town, point):
    checker, outbox = Checker(town), town.database("petition").outbox
    with Tap(town, "petition") as tap:
        town.arm({"petition": point}, "SIGSTOP")
        load = Load(town, people=4)
        until(lambda: town.stopped("petition"), "the relay to stand still")
        held = [row["_id"] for row in outbox.find({}, {})]
        assert held
        town.start("petition-2")
        until(lambda: not outbox.count_documents({"_id": {"$in": held}}), "its successor to send them")
        before = tap.copies()
        town.thaw("petition")
        load.wait()
        report.add("relay frozen past its lease and woken", 1, checker.verdict())
        written = {row["_id"] for row in town.database("petition").events.find({"_id": {"$gt": checker.since}}, {})}
        until(lambda: tap.seen.keys() >= written, "the tap")
        assert tap.copies() > (before if point.startswith("before") else 0)
    town.end("petition-2")
    check_all(town)


@pytest.mark.long
def test_invariant_09_a_consumer_frozen_and_replaced_has_no_effect_when_it_wakes(town):
    checker, effects = Checker(town), town.database("witness").effects
    town.arm({"witness": "before_commit:8"}, "SIGSTOP")
    load = Load(town, people=4)
    until(lambda: town.stopped("witness"), "the consumer to stand still")
    town.freeze("witness")
    town.start("witness-2")
    since = new_id()
    until(lambda: effects.count_documents({"fact": {"$gt": since}}) > 20, "its successor at work")
    town.thaw("witness")
    load.wait()
    report.add("consumer frozen in its transaction, replaced and woken", 1, checker.verdict())
    town.end("witness-2")
    check_all(town)


@pytest.mark.long
def test_invariant_09_a_sender_frozen_past_its_claim_sends_nothing_twice(town):
    checker, messages = Checker(town), town.database("notify").messages
    town.sms.control(mode="slow")
    Load(town, 12, moves=[]).wait()
    until(lambda: messages.count_documents({"state": "sending", "_id": {"$in": list(town.sms.received())}}), "an SMS")
    town.freeze("notify")
    town.sms.control(mode="ok")
    town.start("notify-2")
    until(lambda: not messages.count_documents({"state": {"$in": OPEN}}), "its successor to find out", 120)
    town.thaw("notify")
    report.add("sender frozen past its claim and woken", 1, checker.verdict())
    town.end("notify-2")
    check_all(town)
