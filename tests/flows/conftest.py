"""One town for all stories of a module."""

import json
from pathlib import Path

import pytest

from tests.flows.town import Town

HERE = Path(__file__).parent
DEMO = "deploy/local/demo-policy.json"


STORY_SECONDS = 240  # the first of a module also starts its town


def pytest_collection_modifyitems(items):
    """A story takes longer than a test of one service; those of one town are told by one worker."""
    for item in items:
        if HERE in item.path.parents and "town" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.xdist_group(item.module.__name__))
            if not item.get_closest_marker("timeout"):
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
