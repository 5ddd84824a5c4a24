"""A county's own service from a repository of its own: installed as a wheel beside ours, it is seen as ours are."""

import json
import os
import subprocess
import sys
import zipfile

import pytest

from chassis.auth.keys import make_keys
from chassis.registry import services
from chassis.testing import wait_until
from deploy.local.process import Process, ready
from deploy.local.servers import ROOT
from tests.flows.town import VILLAGE, Town
from tests.test_registry import lists

DISTRIBUTIONS = ("contracts", "chassis", ".", "tests/guests/water")
WATER = "county_water-1.0.0"
LOOK = """import sys
there = {*sys.modules}
from contracts.sdk.registry import all_facts
assert all_facts()
print(*{*sys.modules} - there)"""
FOREVER = {"until": "2040-01-01T00:00:00+08:00"}

pytestmark = [pytest.mark.feature("K01"), pytest.mark.timeout(480), pytest.mark.xdist_group("wheels")]


class Installed(Town):
    """A town whose services run from the wheels, with nothing of this checkout in their way."""

    site = ""

    def environment(self, service):
        return super().environment(service) | {"PYTHONPATH": self.site}

    def process(self, service):
        command = [sys.executable, "-P", "-m", "chassis.run", service]
        return Process(service, command, self.home / "logs", self.environment(service))

    def program(self, module, *arguments, of="petition"):
        """What a module of the wheels says, with the settings of a service and an administrator's rights."""
        command, env = [sys.executable, "-P", "-W", "ignore", "-m", module, *arguments], self.environment(of)
        run = subprocess.run(command, cwd=self.home, env=env | self.admins, capture_output=True, text=True, check=False)
        assert run.returncode == 0, run.stdout + run.stderr
        return run.stdout

    def operate(self, *command):
        """What `xiangyin` answers."""
        return json.loads(self.program("chassis.operate", *command, "--json"))


def pip(*arguments):
    """Without a network."""
    command = [sys.executable, "-m", "pip", "--disable-pip-version-check", *arguments]
    subprocess.run(command, cwd=ROOT, check=True, capture_output=True, timeout=300)


@pytest.fixture(scope="module")
def wheels(tmp_path_factory):
    """Ours and the county's, built here."""
    folder = tmp_path_factory.mktemp("wheels")
    given = [f"./{each}" for each in DISTRIBUTIONS]
    pip("wheel", "-q", "--no-index", "--no-build-isolation", "--no-deps", "--wheel-dir", folder, *given)
    return sorted(folder.glob("*.whl"))


@pytest.fixture(scope="module")
def site(wheels, tmp_path_factory):
    """Folders to be put on PYTHONPATH: ours, and the county's."""
    ours, own = (tmp_path_factory.mktemp(name) for name in ("ours", "own"))
    for folder, foreign in {ours: False, own: True}.items():
        install(folder, *(each for each in wheels if each.name.startswith(WATER) == foreign))
    return ours, own


def install(folder, *wheels):
    pip("install", "-q", "--no-index", "--no-deps", "--target", folder, *wheels)


@pytest.fixture
def installed(servers, tmp_path, site):
    """Our services, from their wheels."""
    installed = Installed(tmp_path, ROOT / "services" / "petition" / "policy.json", servers)
    installed.site = str(site[0])
    with installed.running() as running:
        yield running


def test_wheels_hold_what_the_sources_hold(wheels):
    """Rules, schedules, regions, published schemas: every file but tests and caches."""
    held = {name for wheel in wheels for name in zipfile.ZipFile(wheel).namelist()}
    for package in ("contracts", "chassis", "services"):
        files = (path.relative_to(ROOT) for path in ROOT.joinpath(package).rglob("*") if path.is_file())
        wanted = {str(path) for path in files if not {"tests", "__pycache__"} & set(path.parts)}
        assert wanted - held == {f"{package}/pyproject.toml"} - {"services/pyproject.toml"}


def test_contracts_install_alone(wheels, tmp_path):
    install(tmp_path, *(each for each in wheels if each.name.startswith("xiangyin_contracts")))
    command, env = [sys.executable, "-P", "-c", LOOK], {"PYTHONPATH": str(tmp_path)}
    said = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, check=True).stdout
    loaded = {name.partition(".")[0] for name in said.split()} - set(sys.stdlib_module_names)
    assert loaded == {"contracts", "marshmallow"}


def test_a_countys_own_service_is_in_every_list(site, tmp_path):
    found = lists(tmp_path, site[1])
    assert [name for name, members in found.items() if "water" not in members] == []


def test_a_countys_own_service_runs_beside_ours_and_nobody_is_restarted(installed, site):
    assert f"Origin: {site[0]}/chassis/" in installed.program("inspect", "--details", "chassis.registry")
    installed.write()
    assert "water" not in {row["service"] for row in installed.operate("status")}
    join(installed, site)
    after = installed.write()
    complaints = [{"village": VILLAGE, "letters": 2}]
    wait_until(lambda: installed.get("water", "/v1/complaints").json() == complaints, "two letters")
    cut = installed.post("water", "/v1/cuts", "village", json=FOREVER)
    assert cut.status_code == 201, cut.text
    look(installed, after, cut.json()["id"])


def join(installed, site):
    """Its key, its port, what it needs on broker and database, its process; nobody else is touched."""
    installed.site = os.pathsep.join(map(str, site))
    installed.ports["water"] = max(installed.ports.values()) + 1
    known = {name: cls.key_files for name, cls in services().items()}
    make_keys(installed.home / "secrets", known | {"water": ["pumps.key"]})
    born = {name: process.child.pid for name, process in installed.processes.items()}
    installed.services.append("water")
    installed.program("chassis.provision", "water", of="water")
    installed.processes["water"] = process = installed.process("water")
    process.start()
    process.wait_for(lambda: ready(installed.url("water", 200)), 120)
    assert {name: installed.processes[name].child.pid for name in born} == born


def look(installed, after, cut):
    """What an operator sees of it."""
    (row,) = [row for row in installed.operate("status") if row["service"] == "water"]
    assert (row["parked"]["facts"], row["history_owed"]) == (0, [])
    (account,) = [row for row in installed.operate("audit") if (row["service"], row["handler"]) == ("water", "count")]
    assert (account["facts"], account["handled"], account["holes"]) == (2, 2, 0)
    assert "water" in {row["service"] for row in installed.operate("trace", after["number"])}
    (told,) = [row for row in installed.operate("trace", cut) if row["kind"] == "fact"]
    assert (told["service"], told["what"]) == ("water", "water.supply_cut.v1")
    rebuilt = installed.operate("rebuild", "water", "--why", "looked at")
    assert (rebuilt["facts"], rebuilt["collections"]) == (2, ["complaints"])
    assert installed.operate("replay", "--why", "looked at") == {"sent": {}}
    written = installed.operate("backup", str(installed.home / "backup"), "--service", "water")
    assert f"{installed.name}_water.cuts" in {row["collection"] for row in written}
