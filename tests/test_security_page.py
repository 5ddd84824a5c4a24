"""docs/security.md promises only what a test shows."""

import re

from tests.test_architecture import ROOT

PAGE = ROOT.joinpath("docs", "security.md").read_text("utf-8")
TEST = re.compile(r"`(test_\w+)`")


def defined():
    """Names of all tests there are."""
    files = [
        path for folder in ("chassis", "services", "contracts", "tests") for path in ROOT.joinpath(folder).rglob("*.py")
    ]
    return {name for path in files for name in re.findall(r"^ *def (test_\w+)", path.read_text("utf-8"), re.M)}


def test_every_test_that_the_page_names_exists():
    named = set(TEST.findall(PAGE))
    assert len(named) > 50
    assert sorted(named - defined()) == []


def test_every_row_that_says_what_stops_somebody_names_a_test():
    threats = PAGE.partition("## Who, what")[2].partition("## 个人信息保护法")[0]
    rows = [line for line in threats.splitlines() if re.match(r"\| (?!---|tries|has )", line)]
    assert len(rows) > 30
    assert [row for row in rows if not TEST.search(row)] == []
