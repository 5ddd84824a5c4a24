"""The key of access tokens changes in three steps, and no token that is in use is refused meanwhile."""

import os
import subprocess
import sys
import time

import pytest

from chassis import keys, people
from chassis.tests.example import ExampleService

pytestmark = pytest.mark.feature("I05")


@pytest.fixture
def folder(tmp_path):
    keys.make_keys(tmp_path, ["identity"])
    return tmp_path / "identity"


def later(folder):
    """A quarter of an hour has passed."""
    for path in folder.glob("access*.pem"):
        os.utime(path, (time.time() - keys.STEP_SECONDS,) * 2)


def published(folder):
    return {people.thumbprint(key.public_key()) for key in people.access_keys(folder)}


def signer(folder):
    return people.thumbprint(people.access_keys(folder)[0].public_key())


def test_each_key_is_published_before_it_signs_and_as_long_as_its_tokens_live(folder):
    before = signer(folder)
    assert keys.change_access_key(folder).startswith("1/3")
    assert signer(folder) == before
    (following,) = published(folder) - {before}
    later(folder)
    assert keys.change_access_key(folder).startswith("2/3")
    assert signer(folder) == following
    assert published(folder) == {before, following}
    later(folder)
    assert keys.change_access_key(folder).startswith("3/3")
    assert published(folder) == {following}
    assert {path.stat().st_mode & 0o777 for path in folder.glob("access*.pem")} == {0o600}


def test_no_step_comes_too_early(folder):
    for step in ("1/3", "2/3", "3/3"):
        assert keys.change_access_key(folder).startswith(step)
        if step != "3/3":
            assert keys.change_access_key(folder).startswith("too early")
        later(folder)


def test_the_command_takes_one_step(folder):
    command = [sys.executable, "-m", "chassis.keys", str(folder)]
    assert subprocess.run(command, capture_output=True, text=True, timeout=30).stdout.startswith("1/3")


def test_a_running_service_follows_without_a_restart(running, county, person):
    """identity's own folder is what the example is given, so that it verifies by itself."""
    folder = county.folder / "identity"
    example = running(ExampleService, SECRETS_DIR=str(folder))
    old = people.issue(person(), people.access_keys(folder)[0])
    for _ in range(2):
        keys.change_access_key(folder)
        later(folder)
    new = people.issue(person(), people.access_keys(folder)[0])
    assert example.http.get("/v1/notes", token=old).ok
    assert example.http.get("/v1/notes", token=new).ok
