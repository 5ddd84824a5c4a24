"""Two villages merge while matters run: office, clocks, messages and roll-ups follow, and the past stays true."""

from datetime import timedelta

import pytest

from chassis.domain import now
from chassis.testing import wait_until
from tests.flows.town import CITY, TOWN, VILLAGE

HEIR, HEIRS_TOWN = "510183122211", "510183122"
LIMITS = {"village": {"sign": 300, "answer": 600, "resolve": 900}}


def called(town, number):
    """The last digits of the phones that were told of a letter's arrival."""
    sent = [sms for sms in town.sms.sent() if number in sms["text"] and sms["template"] == "letter_arrived"]
    return sorted(sms["phone"][-4:] for sms in sent)


def submitted(town, region, **query):
    """Letters counted in a region."""
    query = {"region": region, "metric": "petitions.submitted"} | query
    counters = town.get("analytics", "/v1/counters", "city", params=query).json()["counters"]
    return sum(row["count"] for row in counters)


def clocks(town, id):
    """Clock → state of a letter."""
    found = town.get("sla", f"/v1/clocks?matter={id}", "villager").json()["clocks"]
    return {clock["clock"]: clock["state"] for clock in found}


def merge(town):
    """The city's administrator merges the two villages; every service knows when this returns."""
    answer = town.post("identity", f"/v1/regions/{VILLAGE}/merger", "admin", json={"into": HEIR})
    assert answer.status_code == 200, answer.text
    for service in ("petition", "sla", "notify", "analytics"):
        rows = town.database(service).regions
        wait_until(lambda: rows.find_one({"_id": VILLAGE})["heir"] == HEIR, f"{service} to know")  # noqa: B023


@pytest.mark.feature("I01")
def test_matters_of_both_villages_go_on_in_the_one_they_became(town):
    town.token("heir")  # signed in before the merger, as the village's own secretary was
    letter = town.write(recipient="village")
    number, id = letter["number"], letter["id"]
    wait_until(lambda: called(town, number) == ["0008"], "the old office told")
    wait_until(lambda: submitted(town, VILLAGE) == 1, "the counter")
    wait_until(lambda: clocks(town, id) == dict.fromkeys(("sign", "answer", "resolve"), "running"), "the clocks")
    assert town.get("petition", f"/v1/petitions/{number}", "heir").status_code == 404
    merge(town)
    desk = town.get("petition", "/v1/office/petitions", "heir").json()["items"]
    assert [item["number"] for item in desk] == [number]
    assert town.move(number, "heir", "sign")["state"] == "signed"
    assert town.move(number, "village", "answer", text="已安排")["state"] == "answered"
    wait_until(lambda: clocks(town, id) == {"sign": "stopped", "answer": "stopped", "resolve": "running"}, "clocks")
    assert town.move(number, "heir", "pass_up")["level"] == "town"
    assert town.get("petition", f"/v1/petitions/{number}", "town").status_code == 404
    after = town.write(recipient="village")["number"]
    wait_until(lambda: called(town, after) == ["0008", "0010"], "everyone in the merged office told")
    wait_until(lambda: submitted(town, HEIR) == 2, "the heir's counters")
    assert [submitted(town, region) for region in (VILLAGE, TOWN, HEIRS_TOWN, CITY)] == [1, 0, 2, 2]
    yesterday = (now() - timedelta(days=1)).date().isoformat()
    assert [submitted(town, region, as_of=yesterday) for region in (TOWN, HEIRS_TOWN, CITY)] == [1, 1, 2]
