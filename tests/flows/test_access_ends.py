"""Who loses an office loses it everywhere: identity says so once, and the others refuse tokens given before."""

import time

import pytest

from chassis.domain import new_id, now
from chassis.testing import wait_until
from services.analytics.service import AnalyticsService
from services.identity.domain import Person, Region
from services.identity.service import IdentityService
from services.petition.service import PetitionService
from services.sla.service import SlaService

CITY, PHONE, WITHIN = "510183", "+8613800138000", 2


def operator_of(identity):
    """Somebody who operates the county, and her office."""
    city = Region.register(CITY, "邛崃市", None, now())
    identity.service.regions.add(city)
    vault, id = identity.service.vault, new_id()
    made = Person(id=id, phone=vault.seal(id, PHONE), phone_digest=vault.digest(f"phone:{PHONE}"))
    office = made.grant("operator", city, None, "test", now())
    identity.service.people.add(made)
    return office


def sign_in(identity):
    challenge = identity.http.post("/v1/challenges", json={"phone": PHONE}).json()["challenge"]
    code = identity.internal("notify").get(f"/internal/v1/challenges/{challenge}").json()["code"]
    return identity.http.post("/v1/sessions", json={"challenge": challenge, "code": code}).json()["access_token"]


@pytest.mark.feature("I04")
def test_the_end_of_an_office_reaches_every_service_within_two_seconds(running, person, pytestconfig):
    policy = pytestconfig.rootpath / "services" / "petition" / "policy.json"
    identity = running(IdentityService, FIXED_CODE="")
    peers = {"identity": identity.url}
    services = [
        running(PetitionService, peers=peers, POLICY_FILE=str(policy), CLUE_SEAL="", CLUE_MAIL=""),
        running(SlaService, peers=peers),
        running(AnalyticsService, peers=peers),
        identity,
    ]
    office = operator_of(identity)
    token = sign_in(identity)
    assert [each.http.get("/v1/parked", token=token).status_code for each in services] == [200] * 4
    began = time.monotonic()
    ended = identity.http.delete(f"/v1/roles/{office.id}", person=person("cityadmin", CITY))
    assert ended.status_code == 204
    for each in services:
        wait_until(lambda: each.database.revocations.count_documents({}) == 1, each.cls.name)  # noqa: B023
    assert time.monotonic() - began < WITHIN
    assert [each.http.get("/v1/parked", token=token).status_code for each in services] == [401] * 4
