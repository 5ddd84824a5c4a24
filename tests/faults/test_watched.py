"""Invariants 10 and 11: what an audit finds, and what a subscriber that is away costs the others."""

from dataclasses import replace

import pytest

from chassis.operate.audit import Audit
from chassis.operate.compare import fact_of
from chassis.operate.county import County
from tests.faults import report
from tests.faults.checker import Checker, check_all, settle
from tests.faults.load import Load
from tests.faults.town import SERVICES

AWAY = ("witness", "analytics")
SOON = 5


def test_invariant_10_an_audit_reports_any_hole(town):
    Load(town, 4).wait()
    settle(town)
    services = {name: town.cls(name) for name in SERVICES}
    county = County(town.name, town.admins["AMQP_ADMIN"], town.admins["MONGO_ADMIN"], services)
    audit = Audit(county)
    assert [row for row in audit.rows() if row["facts"] != row["handled"]] == []
    inbox = town.database("sla").inbox
    lost = inbox.find_one_and_delete({"_id": {"$regex": "^follow_orders"}})
    found = [(account.service, each.fact) for account, each in Audit(county).settle(30).holes()]
    inbox.insert_one(lost)
    county.client.close()
    assert found == [("sla", fact_of(lost["_id"]))]


@pytest.mark.long
def test_invariant_11_a_subscriber_that_is_stopped_delays_no_other(town):
    checker = Checker(town)
    town.end(*AWAY)
    Load(town, 20).wait()
    others = set(SERVICES) - set(AWAY)
    settle(town, others)
    longest = max(max(checker.delays(name).values(), default=0) for name in others)
    town.start(*AWAY)
    report.add("two subscribers stopped: the others", len(AWAY), replace(checker.verdict(), stall=longest))
    assert longest < SOON
    check_all(town)
