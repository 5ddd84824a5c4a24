"""One town for all stories of a module."""

import json

import pytest

from tests.flows.town import Town

DEMO = "deploy/local/demo-policy.json"


@pytest.fixture(scope="module")
def town(tmp_path_factory, request, pytestconfig):
    """All services running, with time limits of seconds as in the demonstration, changed by the module's `LIMITS`."""
    policy = json.loads(pytestconfig.rootpath.joinpath(DEMO).read_text("utf-8"))
    policy["limits"] |= getattr(request.module, "LIMITS", {})
    home = tmp_path_factory.mktemp("town")
    file = home / "policy.json"
    file.write_text(json.dumps(policy), "utf-8")
    with Town(home, file).running() as town:
        yield town
