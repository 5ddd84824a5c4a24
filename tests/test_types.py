"""The check of types can fail: mistakes that a newcomer makes are planted into copies of files, and found."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MARK = "  # planted: "
PLANTS = {
    "services/sla/domain/counting.py": """
def planted() -> None:
    result = 5 + "x"  # planted: operator
    print(result)
""",
    "services/analytics/domain.py": """
def planted(day):  # planted: no-untyped-def
    return end_of(day)
""",
    "services/petition/domain/clock.py": """
def planted(fact: ClocksPromised) -> int:
    if fact.promised:  # planted: attr-defined
        return fact.sequence
    return fact.matter  # planted: return-value
""",
    "services/sla/service.py": """
class Planted(SlaService):
    def planted(self, call):
        matter = self.matters.get("id")
        matter.no_such_method()  # planted: attr-defined
        self.matters.no_such_query()  # planted: attr-defined
        return matter.is_due("today")  # planted: arg-type
""",
    "services/petition/service/reading.py": """
class Planted(Reading):
    def planted(self, call):
        self.vault.seal(1, "text")  # planted: arg-type
        return self.matters.no_such_use()  # planted: attr-defined
""",
}


@pytest.mark.timeout(120)
def test_a_wrong_type_is_found_in_a_domain_and_in_a_service(tmp_path):
    shadows, planted = [], set()
    for number, (file, plant) in enumerate(PLANTS.items()):
        copy = tmp_path / f"{number}.py"
        copy.write_text((ROOT / file).read_text("utf-8") + plant, "utf-8")
        shadows += ["--shadow-file", file, str(copy)]
        lines = copy.read_text("utf-8").splitlines()
        planted |= {(file, at, line.partition(MARK)[2]) for at, line in enumerate(lines, 1) if MARK in line}
    assert found_by_mypy() == set()
    assert found_by_mypy(*shadows) == planted


def found_by_mypy(*shadows):
    """(file, line, code) of each error in the files of PLANTS."""
    command = [sys.executable, "-m", "mypy", "--cache-dir", ".run/mypy", "--no-error-summary", *shadows, *PLANTS]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False).stdout
    errors = [line.split(":", 2) for line in said.splitlines() if ": error: " in line]
    return {(file, int(at), text.rpartition("[")[2].rstrip("]")) for file, at, text in errors}
