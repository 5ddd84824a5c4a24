"""One town for all stories of a module."""

import json

import pytest

from tests.flows.town import Town

DEMO = "deploy/local/demo-policy.json"


STORY_SECONDS = 240  # the first of a module also starts its town


def pytest_collection_modifyitems(items):
    """A story takes longer than a test of one service."""
    for item in items:
        if "town" in getattr(item, "fixturenames", ()) and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(STORY_SECONDS))


@pytest.fixture(scope="module")
def town(servers, tmp_path_factory, request, pytestconfig):
    """All services running, with time limits of seconds as in the demonstration, changed by the module's `LIMITS`."""
    policy = json.loads(pytestconfig.rootpath.joinpath(DEMO).read_text("utf-8"))
    policy["limits"] |= getattr(request.module, "LIMITS", {})
    home = tmp_path_factory.mktemp("town")
    file = home / "policy.json"
    file.write_text(json.dumps(policy), "utf-8")
    with Town(home, file, servers).running() as town:
        yield town
