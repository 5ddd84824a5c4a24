"""The key of access tokens changes in three steps, and no token that is in use is refused meanwhile."""

import pytest

from chassis.auth import keys, people
from chassis.tests.example import ExampleService

pytestmark = [pytest.mark.feature("I05"), pytest.mark.own_county]


@pytest.fixture
def folder(tmp_path):
    keys.make_keys(tmp_path, {"identity": ["access.pem"]})
    return tmp_path / "identity"


def published(folder):
    return {people.thumbprint(key.public_key()) for key in people.access_keys(folder)}


def signer(folder):
    return people.thumbprint(people.access_keys(folder)[0].public_key())


def test_each_key_is_published_before_it_signs_and_after(folder):
    before = signer(folder)
    keys.rotate(folder.parent, "announce", "identity", "access")
    assert signer(folder) == before
    (following,) = published(folder) - {before}
    keys.rotate(folder.parent, "use", "identity", "access")
    assert signer(folder) == following
    assert published(folder) == {before, following}
    keys.rotate(folder.parent, "retire", "identity", "access")
    assert published(folder) == {following}
    assert {path.stat().st_mode & 0o777 for path in folder.glob("access*.pem")} == {0o600}


def test_a_running_service_follows_without_a_restart(running, county, person):
    """identity's own folder is what the example is given, so that it verifies by itself."""
    folder = county.folder / "identity"
    example = running(ExampleService, SECRETS_DIR=str(folder))
    old = people.issue(person(), people.access_keys(folder)[0], county.name)
    for step in ("announce", "use"):
        keys.rotate(county.folder, step, "identity", "access")
    new = people.issue(person(), people.access_keys(folder)[0], county.name)
    assert example.http.get("/v1/notes", token=old).ok
    assert example.http.get("/v1/notes", token=new).ok
