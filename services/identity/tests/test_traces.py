"""Traces that identity leaves of its own staff's work, for early warning."""

import pytest

from services.identity.tests.conftest import CITY, TOWN, VILLAGE
from services.identity.tests.test_service import PHONE, sign_in

pytestmark = pytest.mark.feature("I10")


def test_a_masked_list_and_a_renewed_token_leave_traces(here, somebody, person):
    clerk, villager = somebody(PHONE, "townadmin", TOWN), somebody("+8613800138001")
    here.database.people.update_one({"_id": villager.id}, {"$set": {"region": VILLAGE}})
    listed = here.http.get("/v1/people", params={"region": VILLAGE}, person=person("cityadmin", CITY, clerk.id))
    assert [each["id"] for each in listed.json()["items"]] == [villager.id]
    tokens = sign_in(here).json()
    assert here.http.post("/v1/sessions/refresh", json={"refresh_token": tokens["refresh_token"]}).status_code == 200
    left = {row["kind"]: row["things"] for row in here.database.signals.find({"who": clerk.id})}
    assert left == {"listed": [villager.id], "renewal": ["127.0.*.*"]}
    assert here.database.reads.count_documents({"whom": villager.id}) == 0
