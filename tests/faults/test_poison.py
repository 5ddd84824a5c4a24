"""Invariants 2 and 3: what fails is set aside with what follows it, and nobody else waits."""

from dataclasses import replace
from functools import partial

import pytest
from amqp import Message

from chassis.bus import broker
from chassis.data import unit
from chassis.domain import new_id
from chassis.operate import parked
from contracts.sdk.envelope import CONTENT_TYPE
from tests.faults import report
from tests.faults.checker import Checker, check_all
from tests.faults.load import ANSWER, FINISH, SIGN, Load, handle_all
from tests.faults.town import SERVICES, until

WIRE = "petition.signed.v1"
NEIGHBOUR_SECONDS = 10


def blocked(town, *subjects):
    """Whether the witness holds up each of these subjects."""
    return town.database("witness").blocked.count_documents({"subject": {"$in": subjects}}) == len(subjects)


def test_invariant_02_order_per_subject_holds_across_parking_and_failover(town):
    town.start("witness-2")
    checker = Checker(town)
    letters = Load(town, 8, moves=[SIGN]).wait().written
    sick = list(letters)[:4]
    town.spoil("broken", *sick)
    town.arm({"witness": "mid_parking:2", "witness-2": "mid_retry:2"})
    handle_all(town, letters.values(), [ANSWER])
    until(lambda: blocked(town, *sick), "the lanes to be parked")
    town.mend(*sick)
    handle_all(town, letters.values(), FINISH)
    town.hasten("witness")
    verdict = checker.verdict()
    assert town.deaths.keys() <= {"witness", "witness-2"}
    report.add("kill -9 while parking and retrying", town.deaths.total(), verdict)
    town.end("witness-2")
    check_all(town)


def test_invariant_03_poison_stops_no_neighbour(town):
    checker = Checker(town)
    letters = Load(town, 8, moves=[SIGN]).wait().written
    sick, early, *well = letters
    town.spoil("broken", sick)
    town.spoil("not_yet", early)
    strangers = send_rubbish(town)
    handle_all(town, letters.values(), [ANSWER, *FINISH])
    until(lambda: blocked(town, sick, early, *strangers), "the lanes to be parked")
    until(lambda: told_all(town, checker, well), "the neighbours' facts")
    delays = checker.delays("witness")
    longest = max(delays[fact] for fact in checker.told(subjects=well))
    assert longest < NEIGHBOUR_SECONDS
    town.mend(sick, early)
    discard(town, strangers)
    verdict = replace(checker.verdict(), stall=longest)
    report.add("poison (bug, not yet, undecodable, wrong schema): neighbours", 4, verdict)
    check_all(town)


def discard(town, subjects):
    """Give up what the subscribers of its type have parked of these subjects."""
    for database in map(town.database, SERVICES):
        for row in database.parked.find({"subject": {"$in": subjects}}):
            unit.command(database, partial(parked.discard, database, row["_id"], "tester", "not a fact"))


def send_rubbish(town):
    """Publish an undecodable body and one of a wrong schema as petition does; their subjects."""
    bodies = {"rubbish": b"{broken", "wrong": b'{"specversion": "1.0", "type": "petition.signed.v1", "data": {}}'}
    with broker.connect(town.environment("petition")["AMQP_URI"]) as connection:
        for subject, body in bodies.items():
            place = {"subject": subject, "sequence": 1}
            message = Message(
                body, message_id=new_id(), type=WIRE, content_type=CONTENT_TYPE, application_headers=place
            )
            connection.default_channel.basic_publish_confirm(message, broker.exchange_of("petition"), WIRE)
    return list(bodies)


@pytest.mark.long
def test_invariant_03_a_message_that_kills_the_process_condemns_no_innocent(town):
    checker = Checker(town)
    letters = Load(town, 8, moves=[]).wait().written
    killer, *innocents = letters
    town.arm({"witness": f"mid_batch@{killer}"})
    handle_all(town, letters.values(), [SIGN])
    until(lambda: blocked(town, killer), "the killer to be condemned")
    assert town.database("witness").parked.find_one()["error"].startswith("KilledTheProcess")
    assert town.deaths == {"witness": 3}
    handle_all(town, letters.values(), [ANSWER, *FINISH])
    until(lambda: told_all(town, checker, innocents), "the innocents' facts")
    town.end("witness")
    town.start("witness")
    town.hasten("witness")
    report.add("a message that kills the process", 3, checker.verdict())
    check_all(town)


def told_all(town, checker, subjects):
    """Whether the witness has noted every fact of these subjects."""
    noted = town.database("witness").effects.find({"subject": {"$in": subjects}})
    return {row["fact"] for row in noted} >= checker.told(subjects=subjects).keys()
