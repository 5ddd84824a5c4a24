"""docs/subscribe.md, followed to the letter: a county adds a subscriber, which learns what was before it."""

import re
import sys
from importlib import import_module

import pytest

import services
from chassis.testing import wait_until
from services.petition.service import PetitionService

VILLAGE = "510183122211"
LETTER = {"text": "河边垃圾成堆，请派人清理。", "category": "environment", "recipient": "village", "anonymity": 1}


@pytest.fixture
def bulletin(tmp_path, pytestconfig, monkeypatch):
    """The service that the guide shows, from its own words."""
    guide = pytestconfig.rootpath.joinpath("docs", "subscribe.md").read_text("utf-8")
    files = re.findall(r"^`services/bulletin/(\w+\.py)`\n\n```python\n(.*?)^```", guide, re.M | re.S)
    folder = tmp_path / "bulletin"
    folder.mkdir()
    for name, text in [("__init__.py", ""), *files]:
        folder.joinpath(name).write_text(text, "utf-8")
    monkeypatch.setattr(services, "__path__", [*services.__path__, str(tmp_path)])
    yield import_module("services.bulletin.service").BulletinService
    for name in [name for name in sys.modules if name.startswith("services.bulletin")]:
        del sys.modules[name]


@pytest.mark.feature("K01")
def test_a_subscriber_added_later_counts_what_was_before_and_what_comes(
    bulletin, running, person, regions, pytestconfig
):
    policy = pytestconfig.rootpath / "services" / "petition" / "policy.json"
    petition, villager = running(PetitionService, POLICY_FILE=str(policy), CLUE_SEAL="", CLUE_MAIL=""), person()
    regions(petition)
    write = lambda: petition.http.post("/v1/petitions", json=LETTER, person=villager)  # noqa: E731
    assert write().status_code == 201
    county = running(bulletin, peers={"petition": petition.url})
    assert write().status_code == 201
    line = {"village": VILLAGE, "category": "environment", "letters": 2}
    wait_until(lambda: county.http.get("/v1/board").json() == [line], "the board")
