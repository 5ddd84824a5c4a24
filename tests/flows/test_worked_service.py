"""docs/chassis.md shows a whole service with its tests: they pass as they stand there, in a process of their own."""

import os
import re
import subprocess
import sys

import pytest

from deploy.local.servers import ROOT

SHOWN = re.compile(r"^`((?:contracts|services)/[\w/]+\.py)`\n\n```python\n(.*?)^```", re.M | re.S)
LEFT_OUT = {".git", ".mypy_cache", ".run", "__pycache__"}


def link_all(source, target):
    """A folder whose content is that of another, by links, so that something can be added."""
    target.mkdir()
    for path in source.iterdir():
        if path.name not in LEFT_OUT | {"contracts", "services"}:
            target.joinpath(path.name).symlink_to(path)


@pytest.fixture
def checkout(tmp_path):
    """The repository with the files that the guide shows."""
    folder = tmp_path / "checkout"
    link_all(ROOT, folder)
    for part in ("contracts", "services"):
        link_all(ROOT / part, folder / part)
    for name, text in SHOWN.findall(ROOT.joinpath("docs", "chassis.md").read_text("utf-8")):
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.parent.joinpath("__init__.py").touch()
        path.write_text(text, "utf-8")
    return folder


@pytest.mark.timeout(180)
def test_the_service_that_the_guide_shows_passes_its_tests(checkout, servers):
    env = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")} | servers
    files = ["contracts/lost.py", "services/lost"]
    for command in (["ruff", "check", *files], ["mypy", *files], ["pytest", "-q", "services/lost"]):
        words = [sys.executable, "-m", *command]
        run = subprocess.run(words, cwd=checkout, env=env, capture_output=True, text=True, timeout=170)
        assert run.returncode == 0, run.stdout[-3000:]
