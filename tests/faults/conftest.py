"""One town for all faults; the report at the end."""

import json

import pytest

from tests.faults import report
from tests.faults.servers import breakable
from tests.faults.town import BreakableTown

DEMO = "deploy/local/demo-policy.json"
LIMITS = {
    "village": {"sign": 4, "answer": 3000, "resolve": 6000},
    "town": {"sign": 3000, "answer": 3000, "resolve": 6000},
}


@pytest.fixture(scope="session")
def broken_town(tmp_path_factory, pytestconfig):
    """Its servers and services live as long as the session."""
    policy = json.loads(pytestconfig.rootpath.joinpath(DEMO).read_text("utf-8"))
    policy["limits"] |= LIMITS
    home = tmp_path_factory.mktemp("faults")
    file = home / "policy.json"
    file.write_text(json.dumps(policy), "utf-8")
    with breakable(home / "servers") as (admins, servers), BreakableTown(home, file, admins, servers).running() as town:
        yield town


@pytest.fixture
def town(broken_town):
    """The town, whole again."""
    broken_town.wait_ready()
    broken_town.tries.clear()
    broken_town.deaths.clear()
    return broken_town


def pytest_terminal_summary(terminalreporter):
    """Write the report and show it."""
    if report.runs:
        report.write()
        terminalreporter.section("faults")
        for line in report.lines():
            terminalreporter.line(line)
