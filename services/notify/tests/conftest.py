"""notify on the real broker and database, with an SMS gateway and identity's internal port as real loopback servers."""

import pytest
import requests

from services.notify.service import NotifyService
from services.notify.tests.identity_peer import IdentityPeer
from tests.peers.sms import SmsPeer

PHONES = {"p1": "19900000001", "p2": "19900000002", "p3": "19900000003"}
OFFICES = {"secretary@510183122": ["p2"], "secretary@510183": ["p3"]}
CODE = "482913"
LETTER = {
    "number": "QL-2026-000123",
    "author": "p1",
    "village": "510183122211",
    "office": "510183122",
    "level": "town",
    "category": "environment",
    "round": 1,
    "clocks": [],
}
NEW_LETTER = LETTER | {"urgency": "normal", "anonymity": 1, "photos": 1}


@pytest.fixture
def gateway(county):
    """The SMS gateway, which knows notify's key."""
    county.admit("notify", NotifyService.key_files)
    with SmsPeer(county.folder / "notify" / "sms.key") as peer:
        yield peer


@pytest.fixture
def people(identity):
    """identity, knowing an author p1, the town's secretary p2 and the city's p3."""
    with IdentityPeer() as peer:
        keys = requests.get(f"{identity}/internal/v1/jwks", timeout=5).json()
        peer.control(jwks=keys, contacts=PHONES, roles=OFFICES)
        yield peer


@pytest.fixture
def notify(running, gateway, people, regions):
    """notify, sending by the gateway."""
    own = {"SMS_PROVIDER": "http", "SMS_URL": gateway.url, "NOTICE_HOURS": ""}
    service = running(NotifyService, peers={"identity": people.url}, **own)
    regions(service)
    return service
