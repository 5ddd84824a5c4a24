"""The commands of who writes code here: one service's tests, all that need no servers, and a plain end."""

import os
import resource
import shlex
import subprocess
import sys

import pytest

from chassis.registry import names
from deploy.local import suite
from deploy.local.process import CannotStart
from deploy.local.servers import ROOT

UNIT_SECONDS = 2 * 20  # of a processor: 20 s on two
REPORT = """<testsuites><testsuite>
<testcase classname="a" name="good"/>
<testcase classname="a" name="left_out"><skipped/></testcase>
<testcase classname="a" name="bad"><failure message="assert 1 == 2&#10;where 1 = x">long</failure></testcase>
<testcase classname="b" name="broken"><error message="failed on setup"/></testcase>
</testsuite></testsuites>
"""


def made(target, *arguments):
    """The words of the command that `make` would run."""
    command = ["make", "-s", "-n", "-o", "install", target, f"PYTHON={sys.executable}", *arguments]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=20).stdout
    return shlex.split(said.replace("\\\n", ""))[1:]  # without `exec`


def unit(*instead):
    """Run `make unit` with other options in place of its workers; returns its lines."""
    command = [word for word in made("unit") if not word.startswith("--numprocesses")]
    env = {name: value for name, value in os.environ.items() if not name.startswith(("PYTEST_", "COV_"))}
    run = subprocess.run([*command, *instead], cwd=ROOT, env=env, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    return run.stdout.splitlines()


def test_make_test_of_a_service_runs_its_tests_and_no_others():
    assert made("test", "S=sla")[1:] == ["-m", "deploy.local.suite", "sla"]
    assert suite.folder_of("sla") == "services/sla"
    with pytest.raises(CannotStart, match="There is no service called market"):
        suite.folder_of("market")


def test_make_unit_has_every_domain_and_contract_and_nothing_that_needs_servers():
    assert "--servers=no" in made("unit")
    found = {line.partition("::")[0] for line in unit("--collect-only")}
    wanted = {f"services/{name}/tests/test_domain.py" for name in names()}
    assert wanted | {"tests/test_contracts.py", "tests/test_architecture.py"} <= found


@pytest.mark.long
def test_make_unit_takes_twenty_seconds_of_two_processors():
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    unit()
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime <= UNIT_SECONDS


def test_at_the_end_each_failure_is_named_with_its_reason(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(suite, "RESULTS", tmp_path / "tests.xml")
    assert suite.count() == (0, 1)
    suite.RESULTS.write_text(REPORT)
    assert suite.count() == (1, 2)
    assert capsys.readouterr().out.splitlines() == [
        "failed: no result",
        "failed: a::bad: assert 1 == 2",
        "failed: b::broken: failed on setup",
    ]


def test_what_lint_says_is_shown_only_when_it_says_no(capsys):
    assert suite.passes(["python", "-c", "print('fine')"])
    assert not suite.passes(["python", "-c", "raise SystemExit('a slip')"])
    assert capsys.readouterr().out.splitlines()[1:] == ["a slip", ""]
