"""docs/subscribe.md, followed to the letter: a county adds a subscriber, which learns what was before it."""

import os
import re
import subprocess
import sys
import tomllib
from pkgutil import resolve_name

import pytest

from chassis.testing import wait_until
from services.petition.service import PetitionService

SHOWN = re.compile(r"^`([\w/]+\.(?:py|toml))`\n\n```\w+\n(.*?)^```", re.M | re.S)
VILLAGE = "510183122211"
LETTER = {"text": "河边垃圾成堆，请派人清理。", "category": "environment", "recipient": "village", "anonymity": 1}


@pytest.fixture
def repository(tmp_path, pytestconfig):
    """The county's repository that the guide shows, from its own words."""
    guide = pytestconfig.rootpath.joinpath("docs", "subscribe.md").read_text("utf-8")
    for name, text in [("bulletin/__init__.py", ""), *SHOWN.findall(guide)]:
        tmp_path.joinpath(name).parent.mkdir(exist_ok=True)
        tmp_path.joinpath(name).write_text(text, "utf-8")
    return tmp_path


@pytest.fixture
def bulletin(repository, monkeypatch):
    """The service that its entry point names."""
    monkeypatch.syspath_prepend(repository)
    project = tomllib.loads(repository.joinpath("pyproject.toml").read_text("utf-8"))["project"]
    yield resolve_name(project["entry-points"]["xiangyin.services"]["bulletin"])
    for name in [name for name in sys.modules if name.partition(".")[0] == "bulletin"]:
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


@pytest.mark.feature("K01")
@pytest.mark.timeout(120)
def test_its_own_tests_pass_in_its_own_repository(repository, servers, pytestconfig):
    path = os.pathsep.join(map(str, [repository, pytestconfig.rootpath]))
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")} | servers
    command = [sys.executable, "-m", "pytest", "-q"]
    run = subprocess.run(
        command, cwd=repository, env=env | {"PYTHONPATH": path}, capture_output=True, text=True, timeout=100
    )
    assert run.returncode == 0, run.stdout[-3000:] + run.stderr[-1000:]
