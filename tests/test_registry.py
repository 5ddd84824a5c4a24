"""The entry points `xiangyin.services` are the only list of services: a declared one is in every list there is."""

import ast
import json
import os
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

from chassis import registry
from chassis.auth import people
from deploy.local.declared import declare

ROOT = Path(__file__).parents[1]
MADE_UP = """
from chassis.service import Service, Setting, http, on
from contracts.petition.letters import PetitionSubmitted

class MadeUpService(Service):
    "A service that nobody has written."
    name = "madeup"
    settings = {"COLOUR": Setting(default="green")}

    @http("GET", "/v1/nothing")
    def show(self, call):
        "Nothing."

    @on(PetitionSubmitted)
    def look(self, fact):
        pass
"""
OF_FACTS = ["catalogue", "facts", "producers"]


def lists(folder, *path):
    """What `tests.guests.lists` finds with more folders on the path."""
    env = os.environ | {"PYTHONPATH": os.pathsep.join(map(str, path))}
    command = [sys.executable, "-W", "ignore", "-m", "tests.guests.lists", folder]
    run = subprocess.run(command, cwd=ROOT, env=env, capture_output=True, text=True, timeout=120, check=False)
    assert run.returncode == 0, run.stderr
    return json.loads(run.stdout)


def test_a_service_that_is_declared_is_in_every_list_and_nothing_else_was_touched(tmp_path):
    package = tmp_path / "madeup"
    package.mkdir()
    package.joinpath("__init__.py").touch()
    package.joinpath("service.py").write_text(MADE_UP)
    found = lists(tmp_path / "made", declare(tmp_path, madeup="madeup.service:MadeUpService"))
    assert len(found) > 15
    assert sorted(name for name, members in found.items() if "madeup" not in members) == OF_FACTS
    assert list(found["ports"])[:5] == ["identity", "petition", "sla", "notify", "analytics"]


def test_what_is_installed_is_what_pyproject_says():
    """If not: make install."""
    declared = tomllib.loads(ROOT.joinpath("pyproject.toml").read_text("utf-8"))["project"]["entry-points"]
    classes = {name: f"{cls.__module__}:{cls.__name__}" for name, cls in registry.services().items()}
    assert classes == declared[registry.GROUP]
    assert {name: cls.name for name, cls in registry.services().items()} == {name: name for name in classes}


def test_an_unknown_service_and_one_of_two_distributions_are_one_clear_sentence(tmp_path, monkeypatch):
    with pytest.raises(registry.NoSuchService, match="there is no service ghost; installed are analytics, identity, "):
        registry.service("ghost")
    monkeypatch.syspath_prepend(declare(tmp_path, sla="elsewhere:SlaService"))
    with pytest.raises(registry.NoSuchService, match="two distributions have a service sla: guests and xiangyin"):
        registry.service("sla")


def test_no_tool_is_told_the_name_of_a_service():
    """Types and coverage follow by pattern, also for services to come."""
    tools = tomllib.loads(ROOT.joinpath("pyproject.toml").read_text("utf-8"))["tool"]
    told = {"mypy": tools["mypy"]["files"], "coverage": tools["coverage"]["run"]["source"]}
    domains = {*ROOT.glob("services/*/domain.py"), *ROOT.glob("services/*/domain/__init__.py")}
    for tool, patterns in told.items():
        assert [each for each in patterns if any(name in each for name in registry.names())] == []
        seen = {path for pattern in patterns for path in ROOT.glob(pattern)}
        assert [each for each in domains if not {each, *each.parents} & seen] == [], tool


def test_the_chassis_names_no_service_but_the_one_that_peoples_tokens_are_from():
    names = registry.names()
    texts = {
        (path.name, node.value)
        for path in ROOT.joinpath("chassis").rglob("*.py")
        if "tests" not in path.parts
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Constant) and node.value in names
    }
    assert texts == {("people.py", people.ISSUER)}
