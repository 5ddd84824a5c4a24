"""`make test`: lint and all tests on fresh servers, in parallel; ends with one plain line, `N passed, N failed`."""

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
RESULTS = RUN / "results"
COVERAGE = RUN / "coverage"
BANDIT = ["bandit", "-q", "-ll", "-r", "chassis", "contracts", "services", "deploy", "-x", "*/tests/*"]
LINT = [["ruff", "check", "."], ["ruff", "format", "--check", "."], ["lint-imports"], ["mypy"], BANDIT]
MEMORY = Path("/dev/shm")  # nosec B108
ROOM = 8 << 30  # bytes
ELSEWHERE = ("flows", "test_local_stack.py", "test_openapi.py", "test_architecture.py", "test_k8s.py")
PARTS = {
    "identity": ["services/identity", "services/analytics", "services/sla", "tests/test_openapi.py", "--servers=yes"],
    "services": ["contracts", "services/notify", "services/petition", "deploy", "--servers=yes"],
    "domains": ["contracts", "services", "deploy", "tests/test_architecture.py", "tests/test_k8s.py", "--servers=no"],
    "chassis": ["chassis"],
    "flows": ["tests/flows", "tests/test_local_stack.py"],
    "faults": ["tests", *(f"--ignore=tests/{each}" for each in ELSEWHERE)],
}
MEASURED = ("domains", "chassis")


def main():
    """Exit code 0 when everything is green."""
    end_politely()
    for folder in (RESULTS, COVERAGE):
        shutil.rmtree(folder, ignore_errors=True)
        folder.mkdir(parents=True)
    lint = sum(not passes(tool) for tool in LINT) == 0
    print("Starting RabbitMQ and MongoDB", flush=True)
    with fresh(scratch()) as given, TemporaryDirectory(dir=scratch()) as temporary:
        given |= {"PYTEST_DEBUG_TEMPROOT": temporary}
        tests = together({part: pytest(part, folders) for part, folders in PARTS.items()}, given)
    covered = coverage()
    passed, failed = count()
    print(f"lint {word(lint)}, coverage {word(covered)}")
    print(f"{passed} passed, {failed} failed")
    return lint and tests and covered and not failed


def scratch():
    """Where the servers' data lie: in memory if there is room, as nobody needs them afterwards."""
    return MEMORY / "xiangyin" if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > ROOM else RUN


def word(well):
    """How something went."""
    return "passed" if well else "failed"


def passes(command):
    """Whether a tool of ours ends well."""
    return subprocess.run([BIN / command[0], *command[1:]], cwd=ROOT, check=False).returncode == 0


def pytest(part, folders):
    """The command that runs one part: of chassis and, without servers, of domains, under coverage."""
    runner = ["coverage", "run", "-m", "pytest"] if part in MEASURED else ["pytest"]
    return [*runner, f"--junitxml={RESULTS / part}.xml", *folders]


def together(commands, given):
    """Run commands at once, each line of theirs marked; whether all end well. None outlives this call."""
    children = {name: start(command, given) for name, command in commands.items()}
    try:
        with ThreadPoolExecutor() as pool:
            list(pool.map(relay, children, children.values()))
        return sum(child.wait() for child in children.values()) == 0
    finally:
        for child in children.values():
            child.terminate()


def start(command, given):
    """A child with the servers' addresses in its environment, and its output in a pipe."""
    return subprocess.Popen(
        [BIN / command[0], *command[1:]],
        cwd=ROOT,
        env=os.environ | given | {"PYTHONUNBUFFERED": "1"},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )


def relay(name, child):
    """Print what a child says, line by line."""
    for line in child.stdout:
        print(f"{name:8} {line}", end="", flush=True)


def coverage():
    """Whether chassis and domains are covered as `pyproject.toml` asks."""
    passes(["coverage", "combine", "-q"])
    return passes(["coverage", "report"])


def count():
    """(passed, failed) of all parts, the failed ones named; a part that ended without a result counts as a failure."""
    found = [RESULTS / f"{part}.xml" for part in PARTS if (RESULTS / f"{part}.xml").exists()]
    cases = [case for path in found for case in ElementTree.parse(path).iter("testcase")]  # nosec B314
    failed = [said(case, how) for case in cases for how in ("failure", "error") if ended(case, how)]
    failed += [f"{part}: no result" for part in sorted(PARTS.keys() - {path.stem for path in found})]
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
        sys.exit(0 if main() else 1)
    except CannotStart as problem:
        sys.exit(str(problem))
