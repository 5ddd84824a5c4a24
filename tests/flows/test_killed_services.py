"""Nothing lost, nothing doubled: letters are written while one service after another is killed and started again."""

import random
from itertools import count, cycle

import eventlet

from chassis.registry import names
from chassis.testing import wait_until
from tests.flows.town import CITY, LETTER

LETTERS, CLIENTS, KILLS = 300, 10, 2 * len(names())
LIMITS = {"town": {"sign": 3000, "answer": 3000, "resolve": 6000}}


def write_all(town, numbers):
    """One client: takes the next letter until none is left."""
    for number in numbers:
        if number >= LETTERS:
            return
        town.insist("petition", "/v1/petitions", "villager", f"letter-{number}", LETTER)
        eventlet.sleep(random.uniform(0, 1))


def test_every_letter_has_its_effects_exactly_once_whoever_is_killed(town):
    town.token("villager")
    numbers = count()
    clients = [eventlet.spawn(write_all, town, numbers) for _ in range(CLIENTS)]
    for _, service in zip(range(KILLS), cycle(names()), strict=False):
        town.kill(service)
    for client in clients:
        client.wait()
    written = {row["_id"] for row in town.database("petition").petitions.find({}, {"_id": 1})}
    assert len(written) == LETTERS
    assert town.database("petition").events.count_documents({"type": "petition.submitted.v1"}) == LETTERS

    wait_until(lambda: town.database("sla").matters.count_documents({}) >= LETTERS, "all clocks", 60)
    matters = list(town.database("sla").matters.find())
    assert sorted(row["subject"] for row in matters) == sorted(written)
    assert {tuple(clock["clock"] for clock in row["clocks"]) for row in matters} == {("sign", "answer", "resolve")}

    wait_until(lambda: town.counted(CITY, "petitions.submitted") >= LETTERS, "all counts", 60)
    assert town.counted(CITY, "petitions.submitted") == LETTERS

    wait_until(lambda: received(town, "letter_received") >= LETTERS <= received(town, "letter_arrived"), "all SMS", 120)
    assert received(town, "letter_received") == received(town, "letter_arrived") == LETTERS
    assert set(town.sms.received().values()) == {1}
    for service in names():
        assert town.database(service).parked.count_documents({}) == 0


def received(town, template):
    """How many SMS of a template the gateway sent."""
    return sum(sent["template"] == template for sent in town.sms.sent())
