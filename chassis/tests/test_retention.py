"""What is old is forgotten by schedule, what was erased stays erased after a restore: as the operator does it."""

import json
from datetime import timedelta

import pytest

from chassis.data import unit
from chassis.domain import now
from chassis.operate.county import County
from chassis.privacy.retention import Rule, schedule
from chassis.registry import services
from chassis.service import Service, Vault
from chassis.store import Rows
from chassis.tests.operate import xiangyin

pytestmark = [pytest.mark.feature("I08"), pytest.mark.own_county]
AT = now()
RULES = [
    {
        "name": "texts",
        "collection": "letters",
        "since": "at",
        "days": 30,
        "clear": ["text", "said.$[].text"],
        "words": "满",
    },
    {"name": "rows", "collection": "letters", "since": "at", "days": 90, "where": {"state": ["closed"]}, "words": "满"},
]


class Letters(Rows):
    collection = "letters"


class ExampleService(Service):
    name = "example"
    letters = Letters()
    vault = Vault()


@pytest.fixture
def service(running, tmp_path, monkeypatch):
    """A service with a schedule and four letters of 0, 40, 100 (open) and 100 days."""
    file = tmp_path / "retention.json"
    file.write_text(json.dumps(RULES))
    monkeypatch.setattr(ExampleService, "retention", file)
    made = running(ExampleService)
    for key, days, state in [("new", 0, "open"), ("month", 40, "open"), ("long", 100, "open"), ("over", 100, "closed")]:
        said = [{"text": b"sealed"}, {"text": None}]
        row = {
            "_id": key,
            "at": AT - timedelta(days=days),
            "state": state,
            "text": b"sealed",
            "said": said,
            "version": 1,
        }
        unit.command(made.database, lambda row=row: made.service.letters.insert(row))
    return made


@pytest.fixture
def operator(county):
    with County(county.name, *county.admins.values(), {"example": ExampleService}) as operator:
        yield operator


def test_a_dry_run_counts_and_an_apply_forgets_once(service, operator):
    _, counted = xiangyin(operator, "retention", "--json")
    assert [(row["rule"], row["due"]) for row in counted] == [("texts", 3), ("rows", 1)]
    assert service.database.letters.count_documents({"text": None}) == 0
    _, done = xiangyin(operator, "retention", "--apply", "--json")
    assert [row["due"] for row in done] == [3, 1]
    kept = {
        row["_id"]: (row["text"], row["said"][0]["text"], row["version"]) for row in service.database.letters.find()
    }
    assert kept == {"new": (b"sealed", b"sealed", 1), "month": (None, None, 2), "long": (None, None, 2)}
    _, again = xiangyin(operator, "retention", "--apply", "--json")
    assert [row["due"] for row in again] == [0, 0]
    assert service.database.audit_log.count_documents({"what": "retention"}) == 4


def test_each_service_does_it_by_itself(service):
    service.tick("forget_what_is_old")
    assert service.database.letters.count_documents({}) == 3


def test_the_services_schedules_can_be_read():
    schedules = {name: cls.retention for name, cls in services().items() if cls.retention}
    assert schedules.keys() >= {"petition", "identity", "notify"}
    for path in schedules.values():
        for rule in schedule(path):
            assert isinstance(rule, Rule) and rule.days > 0 and rule.words


def test_a_restore_brings_back_data_and_keys_but_nobody_who_was_erased(service, operator, tmp_path):
    vault = service.service.vault
    ann, bob = vault.seal("ann", "王秀英"), vault.seal("bob", "李建国")
    for folder, more in (("data", []), ("vaults", ["--vaults"])):
        code, written = xiangyin(operator, "backup", str(tmp_path / folder), *more, "--json")
        assert code == 0 and written
    vault.erase("ann")
    service.database.letters.delete_many({})
    with service.paused():
        for folder in ("data", "vaults"):
            assert xiangyin(operator, "restore", str(tmp_path / folder), "--json")[0] == 0
    vault = service.service.vault
    assert {"new", "month", "long"} <= {row["_id"] for row in service.database.letters.find()}
    assert vault.open_many([ann, bob], "operator", "恢复演练") == [None, "李建国"]
    written = b"".join(path.read_bytes() for path in tmp_path.glob("*/*.bson"))
    assert "王秀英".encode() not in written
    assert xiangyin(operator, "restore", str(tmp_path))[0] == 1
