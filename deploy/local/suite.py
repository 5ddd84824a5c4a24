"""`make test`: all tests, shared out among workers on one broker and one database, and the checks of lint beside them.

    python -m deploy.local.suite [SERVICE]

runs those of one service alone. The last line is plain, `N passed, N failed`; what failed is named above it.
"""

import os
import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.etree import ElementTree

from deploy.local.process import CannotStart
from deploy.local.servers import ROOT, RUN, end_politely, fresh

BIN = Path(sys.executable).parent
RESULTS = RUN / "results" / "tests.xml"
COVERAGE = RUN / "coverage"
BANDIT = ["bandit", "-q", "-ll", "-r", "chassis", "contracts", "services", "deploy", "-x", "*/tests/*"]
LINT = [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["lint-imports"], ["mypy"], BANDIT]
MEMORY = Path("/dev/shm")  # nosec B108
ROOM = 8 << 30  # bytes
WORKERS = min(2 * (os.cpu_count() or 1), 8)  # a test waits for servers half of its time
TESTS = ["pytest", f"--numprocesses={WORKERS}", f"--junitxml={RESULTS}"]
MEASURED = ["--cov", "--cov-report=", "--cov-fail-under=0"]


def main(service=None):
    """Exit code 0 when everything is green."""
    end_politely()
    for folder in (RESULTS.parent, COVERAGE):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    only = [folder_of(service)] if service else MEASURED
    with ThreadPoolExecutor(1) as beside:
        checks = beside.submit(lint)
        tests = on_servers([*TESTS, *only])
    well = {"lint": checks.result()} | ({} if service else {"coverage": passes(["coverage", "report"])})
    passed, failed = count()
    print(", ".join(f"{name} {'passed' if good else 'failed'}" for name, good in well.items()))
    print(f"{passed} passed, {failed} failed")
    return tests and all(well.values()) and not failed


def folder_of(service):
    """Where the tests of a service are. Raises CannotStart when it is none of ours."""
    if not (ROOT / "services" / service / "tests").is_dir():
        raise CannotStart(f"There is no service called {service} in services/.")
    return f"services/{service}"


def lint():
    """Whether all tools have nothing to say."""
    return sum(not passes(tool) for tool in LINT) == 0


def passes(command):
    """Whether a tool of ours ends well; what it says otherwise is shown when it has ended."""
    run = subprocess.run([BIN / command[0], *command[1:]], cwd=ROOT, capture_output=True, text=True, check=False)
    if run.returncode:
        print(f"{' '.join(command)}\n{run.stdout}{run.stderr}", flush=True)
    return run.returncode == 0


def on_servers(command):
    """Whether a tool ends well, with fresh servers in its environment."""
    print("Starting RabbitMQ and MongoDB", flush=True)
    with fresh(scratch()) as given, TemporaryDirectory(dir=scratch()) as temporary:
        env = os.environ | given | {"PYTEST_DEBUG_TEMPROOT": temporary, "PYTHONUNBUFFERED": "1"}
        return subprocess.run([BIN / command[0], *command[1:]], cwd=ROOT, env=env, check=False).returncode == 0


def scratch():
    """Where the servers' data lie: in memory if there is room, as nobody needs them afterwards."""
    return MEMORY / "xiangyin" if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM else RUN


def count():
    """(passed, failed), the failed ones named; that there is no result is a failure too."""
    if not RESULTS.exists():
        print("failed: no result")
        return 0, 1
    cases = list(ElementTree.parse(RESULTS).iter("testcase"))  # nosec B314
    failed = [said(case, how) for case in cases for how in ("failure", "error") if ended(case, how)]
    for each in failed:
        print(f"failed: {each}")
    return sum(not ended(case, "failure", "error", "skipped") for case in cases), len(failed)


def said(case, how):
    """Name of a test case, and the first line of why it failed."""
    reason = case.find(how).get("message", "").partition("\n")[0]
    return f"{case.get('classname')}::{case.get('name')}: {reason[:300]}"


def ended(case, *how):
    """Whether a test case of a JUnit report ended in one of these ways."""
    return any(case.find(each) is not None for each in how)


if __name__ == "__main__":
    try:
        sys.exit(0 if main(*sys.argv[1:]) else 1)
    except CannotStart as problem:
        sys.exit(str(problem))
