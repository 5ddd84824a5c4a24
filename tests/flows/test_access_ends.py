"""Who loses an office loses it everywhere: identity says so once, and the others refuse tokens given before."""

import time
from urllib.parse import urlsplit

import jwt
import pytest

from chassis.auth import people, tokens
from chassis.domain import new_id, now
from chassis.testing import wait_until
from services.analytics.service import AnalyticsService
from services.identity.domain.person import Person
from services.identity.domain.region import Region
from services.identity.service import IdentityService
from services.petition.service import PetitionService
from services.sla.service import SlaService
from tests.faults.cutter import Cutter

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


def shorter(token, county, seconds):
    """The same token, near its end: so many seconds are left of its ten minutes."""
    claims, head = jwt.decode(token, options={"verify_signature": False}), jwt.get_unverified_header(token)
    ends = int(time.time()) + seconds
    claims |= {"iat": ends - people.LIFE, "exp": ends}
    return jwt.encode(claims, county.access, tokens.ALGORITHM, headers={"kid": head["kid"]})


def parked(services, token):
    """What each service answers to an operator's question."""
    return [each.http.get("/v1/parked", token=token).status_code for each in services]


@pytest.fixture
def bus(county):
    """The broker behind a switch; `bus.of(service)` is the address for a service."""
    broker = urlsplit(county.amqp())
    switch = Cutter(f"{broker.hostname}:{broker.port}")
    own = lambda service: county.environment(service)["AMQP_URI"]  # noqa: E731
    switch.of = lambda service: own(service).replace(f"{broker.hostname}:{broker.port}", switch.address)
    yield switch
    switch.down()


@pytest.mark.feature("I04")
def test_an_office_that_ends_while_the_bus_is_down_ends_everywhere_with_the_token(bus, running, person, county):
    identity = running(IdentityService, STRONG_LEVELS="", AMQP_URI=bus.of("identity"))
    others = [
        running(kind, peers={"identity": identity.url}, AMQP_URI=bus.of(kind.name))
        for kind in (SlaService, AnalyticsService)
    ]
    office, token = operator_of(identity), sign_in(identity)
    assert parked([identity, *others], token) == [200, 200, 200]
    bus.down()
    assert identity.http.delete(f"/v1/roles/{office.id}", person=person("cityadmin", CITY)).status_code == 204
    assert parked([identity, *others], token) == [401, 200, 200]  # identity knows; nobody could tell the others
    near_its_end = shorter(token, county, 3)
    assert parked(others, near_its_end) == [200, 200]
    wait_until(lambda: parked(others, near_its_end) == [401, 401], "the end of the token", 10)
    identity.database.quotas.delete_many({})  # a code a minute
    assert parked(others, sign_in(identity)) == [403, 403]
    bus.mend()
    wait_until(lambda: parked(others, token) == [401, 401], "the revocation", 30)


@pytest.mark.feature("I04")
def test_the_end_of_an_office_reaches_every_service_within_two_seconds(running, person, pytestconfig):
    policy = pytestconfig.rootpath / "services" / "petition" / "policy.json"
    identity = running(IdentityService, STRONG_LEVELS="")
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
