"""Escalation when everybody dies: 10,000 open clocks, three replicas of sla and of petition, kill -9 at random.

Each clock that ran out has one record of breach, one escalation where there is a level above, one notice to each who
is told, and no other clock says anything. The oldest are sounded first; a letter that cannot be read holds up no other.
"""

import random
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import accumulate, product

import eventlet
import pytest

from tests.faults import report
from tests.faults.checker import Checker, check_all
from tests.faults.conftest import LIMITS
from tests.faults.load import SIGN, Load
from tests.faults.town import THIRD, until

CLOCKS = ("sign", "answer", "resolve")
SECOND = ("sla-2", "petition-2")
TURN = timedelta(seconds=1 + LIMITS["city"]["resolve"] - LIMITS["city"]["sign"])
SHORT = pytest.param(20, SECOND, 2, id="short", marks=pytest.mark.long)
LONG = pytest.param(1667, (*SECOND, *THIRD), 24, id="long", marks=pytest.mark.long)


@dataclass
class Due:
    """Letters by what becomes of their clocks: `late` to the village, `lost` to the city, `kept` signed in time."""

    late: dict
    lost: dict
    kept: dict

    def expected(self):
        """(letter, level, clock) of every breach there has to be."""
        climbed = {(letter, "village", "sign") for letter in self.late}
        return climbed | {(letter, "city", clock) for letter in self.lost for clock in CLOCKS}


def write(town, count):
    """Letters whose clocks run unheard: sla is away, and hears of all of them at once when it comes back."""
    kept = Load(town, 5, moves=[SIGN], to="village", pause=0, people=1).wait()
    late, lost = (Load(town, count, moves=[], to=to, people=4) for to in ("village", "city"))
    return Due(late.wait().written, lost.wait().written, kept.written)


def breaches(town, due):
    """(letter, level, clock) of every record of a breach, as often as it was told."""
    rows = town.database("petition").events.find({"type": "petition.breached.v1"})
    told = Counter((row["subject"], row["data"]["late_level"], row["data"]["clock"]) for row in rows)
    ours = due.late.keys() | due.lost.keys() | due.kept.keys()
    return Counter({which: times for which, times in told.items() if which[0] in ours})


def killed_meanwhile(town, due, names, kills):
    """kill -9 of one after another, at random, until all clocks that ran out have been judged."""
    wanted = len(due.expected()) - len(CLOCKS)  # but those of the letter that cannot be read
    for _ in range(kills):
        town.kill(random.choice(names))
        eventlet.sleep(random.uniform(0.2, 1.5))
    until(lambda: len(breaches(town, due)) >= wanted, "the clocks to be judged", seconds=600, pause=1)


def spoiled(town, letter):
    """Make a letter unreadable; returns what puts it right."""
    petitions = town.database("petition").petitions
    kept = petitions.find_one({"_id": letter})
    petitions.update_one({"_id": letter}, {"$set": {"clocks": "unreadable"}})
    return lambda: (petitions.replace_one({"_id": letter}, kept), town.hasten("petition"))


def out_of_turn(town, since):
    """How many clocks were sounded after one that had been due later, by more than letters overlap."""
    rows = town.database("sla").events.find({"type": "sla.elapsed.v1", "_id": {"$gt": since}}).sort("_id", 1)
    dues = [datetime.fromisoformat(row["data"]["due_at"]) for row in rows]
    return sum(latest - due > TURN for due, latest in zip(dues, accumulate(dues, max), strict=True))


def notices(town, template, facts):
    """(fact, channel, whom) → how often it was told by this template."""
    query = {"template": template, "cause": {"$in": facts}, "address": {"$regex": "^person:"}}
    rows = town.database("notify").messages.find(query, {"cause": 1, "channel": 1, "address": 1})
    return Counter((row["cause"], row["channel"], row["address"]) for row in rows)


def ids(town, wire, letters):
    """Ids of the facts of this type about these letters."""
    query = {"type": wire, "subject": {"$in": list(letters)}}
    return [row["_id"] for row in town.database("petition").events.find(query, {"_id": 1})]


def each_told_once(town, template, facts):
    """One SMS and one message in the app for each of these facts."""
    told = notices(town, template, facts)
    assert set(told.values()) == {1}
    assert sorted(which[:2] for which in told) == sorted(product(facts, ("inapp", "sms")))


@pytest.mark.feature("S02")
@pytest.mark.feature("P03")
@pytest.mark.timeout(1800)
@pytest.mark.parametrize(("letters", "replicas", "kills"), [SHORT, LONG])
def test_each_clock_that_runs_out_is_told_once_whoever_is_killed(town, letters, replicas, kills):
    checker = Checker(town)
    town.end("sla")
    due = write(town, letters)
    mend = spoiled(town, next(iter(due.lost)))
    town.start("sla", *replicas)
    killed_meanwhile(town, due, ("sla", "petition", *replicas), kills)
    mend()
    report.add("clocks run out, sla and petition killed", kills, checker.verdict(seconds=1200))
    assert breaches(town, due) == Counter(due.expected())
    climbed = ids(town, "petition.escalated.v1", due.late)
    assert len(climbed) == len(due.late)
    assert not ids(town, "petition.escalated.v1", due.lost | due.kept)
    each_told_once(town, "letter_late", ids(town, "petition.breached.v1", due.late | due.lost))
    for template in ("letter_escalated_to_you", "letter_climbed"):
        each_told_once(town, template, climbed)
    assert out_of_turn(town, checker.since) <= kills
    town.end(*replicas)
    check_all(town)
