"""pytest plugin: which features are shown by tests. `make features` runs `pytest -p tests.features -m feature`."""

from collections import Counter, defaultdict
from csv import DictReader
from pathlib import Path

LIST = Path(__file__).parents[1] / "docs" / "features.tsv"
_outcomes = defaultdict(Counter)


def known():
    """Feature id → what it is, from docs/features.tsv."""
    with LIST.open(encoding="utf-8") as lines:
        return {row["id"]: row["feature"] for row in DictReader(lines, delimiter="\t")}


def pytest_runtest_setup(item):
    """Tell the report, which may travel between processes, what the test shows."""
    item.user_properties += [("feature", mark.args[0]) for mark in item.iter_markers("feature")]


def pytest_runtest_logreport(report):
    """Count a test once: by its call, or by what kept it from being called."""
    if report.when == "call" or not report.passed:
        for id in {value for name, value in report.user_properties if name == "feature"}:
            _outcomes[id][report.outcome] += 1


def pytest_terminal_summary(terminalreporter):
    """id | tests | pass or fail, for every feature there is."""
    terminalreporter.section("features")
    for id, feature in known().items():
        counts = _outcomes[id]
        terminalreporter.line(f"{id} | {counts.total():4} | {verdict(counts):4} | {feature[:80]}")


def verdict(counts):
    """`pass` when there are tests and all passed, `fail`, or `-` when there are none."""
    if not counts.total():
        return "-"
    return "pass" if set(counts) == {"passed"} else "fail"
