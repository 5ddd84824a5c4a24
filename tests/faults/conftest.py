"""One town for all faults, and one on clusters; the report at the end."""

import json
from pathlib import Path

import pytest

from tests.faults import report
from tests.faults.servers import breakable, three
from tests.faults.town import BreakableTown, until

HERE = Path(__file__).parent
FAULT_SECONDS = 300
DEMO = "deploy/local/demo-policy.json"
LIMITS = {
    "village": {"sign": 4, "answer": 3000, "resolve": 6000},
    "town": {"sign": 3000, "answer": 3000, "resolve": 6000},
    "city": {"sign": 4, "answer": 5, "resolve": 6},
}


@pytest.fixture(scope="session")
def policy(tmp_path_factory, pytestconfig):
    """The demonstration's rules with other limits."""
    rules = json.loads(pytestconfig.rootpath.joinpath(DEMO).read_text("utf-8"))
    rules["limits"] |= LIMITS
    file = tmp_path_factory.mktemp("policy") / "policy.json"
    file.write_text(json.dumps(rules), "utf-8")
    return file


@pytest.fixture(scope="session")
def broken_town(tmp_path_factory, policy):
    """Its servers and services live as long as the session."""
    home = tmp_path_factory.mktemp("faults")
    with breakable(home / "servers") as (admins, servers):
        with BreakableTown(home, policy, admins, servers).running() as town:
            yield town


@pytest.fixture(scope="module")
def broken_cluster(tmp_path_factory, policy):
    """A town on three RabbitMQ nodes and three members of MongoDB."""
    home = tmp_path_factory.mktemp("cluster")
    with three(home / "servers") as (admins, servers):
        with BreakableTown(home, policy, admins, servers).running() as town:
            yield town


@pytest.fixture
def town(broken_town):
    """The town, whole again."""
    yield from whole(broken_town)


@pytest.fixture
def cluster(broken_cluster):
    """The town on clusters, whole again: every member at work."""
    until(lambda: complete(broken_cluster), "all members to be back")
    yield from whole(broken_cluster)


def complete(town):
    """Whether all members of both clusters serve."""
    members = town.mongo.admin.command("replSetGetStatus")["members"]
    nodes = town.broker("GET", "nodes").json()
    return all(each["stateStr"] in ("PRIMARY", "SECONDARY") for each in members) and all(n["running"] for n in nodes)


def whole(town):
    """Ready, and with nothing counted yet; nothing that a test broke stays broken, even when it fails."""
    town.wait_ready()
    for counter in (town.tries, town.deaths, town.crashes):
        counter.clear()
    yield town
    town.mend_all()


def pytest_collection_modifyitems(items):
    """All faults are one worker's, who begins with them: they may take longest."""
    for item in items:
        if HERE in item.path.parents and not item.get_closest_marker("timeout"):
            item.add_marker(pytest.mark.timeout(FAULT_SECONDS))


def pytest_sessionfinish():
    """Write the report."""
    if report.runs:
        report.write()


def pytest_terminal_summary(terminalreporter):
    """Show the report."""
    if report.runs:
        terminalreporter.section("faults")
        for line in report.lines():
            terminalreporter.line(line)
