"""Master keys turn: after that an erasure reaches whoever kept a copy of everything (H8)."""

from datetime import timedelta

import bson
import pytest
from nameko.containers import ServiceContainer
from pymongocrypt.errors import MongoCryptError
from pymongocrypt.mongocrypt import MongoCrypt, MongoCryptOptions
from pymongocrypt.synchronous.state_machine import run_state_machine

from chassis.core.glue import instance
from chassis.domain import now
from chassis.operate.masters import KEPT, NOTICE, PERIOD, RUNS, turned
from chassis.privacy.keyring import LocalKeys, key_id
from chassis.privacy.masters import NEXT, MasterMissing, masters
from chassis.privacy.vault import Destroyed
from chassis.service import Service, Vault
from chassis.tests.operate import operated, xiangyin

pytestmark = pytest.mark.own_county

LETTER = "河边又堆满了垃圾，请书记管一管"
TURN = [["announce"], ["use"], ["retire", "announce"]]  # retiring one and announcing the next fall on one day


class ExampleService(Service):
    name = "example"
    vault = Vault()


@pytest.fixture
def service(running):
    made = running(ExampleService)
    made.tick("follow_master_key")
    return made


@pytest.fixture
def operator(county, service):
    with operated(county) as made:
        yield made


class Days:
    """Time goes by, and the operator's command runs at the end of it."""

    def __init__(self, operator, county):
        self.operator, self.county, self.at = operator, county, now()

    def after(self, time, **how):
        self.at += time
        (row,) = turned(self.operator, self.county.folder, self.at, "li", "schedule", **how)
        return row["did"]


@pytest.fixture
def days(operator, county):
    return Days(operator, county)


def turn(days, service):
    """A whole turn of the master key; returns the steps taken."""
    did = []
    for time in (PERIOD, NOTICE, KEPT):
        did.append(days.after(time))
        service.tick("follow_master_key")
    return did


class Thief:
    """Whoever copied the key documents from oplog and backups, and has every key file that is left."""

    def __init__(self, county, service):
        self.county, self.name, self.copies = county, f"{service.database.name}_vault.keys", []

    def copy(self):
        """A dump of the vault, and every entry of the oplog about it."""
        client, (database, _) = self.county.admin, self.name.split(".")
        self.copies += client[database]["keys"].find()
        self.copies += client.local["oplog.rs"].find({"$or": [{"ns": self.name}, {"o.applyOps.ns": self.name}]})

    def opens(self, sealed):
        """Whether any wrapped key that was copied, under any master key that is left, opens it."""
        files = masters(self.county.folder / "example").values()
        return any(_opens(sealed, material, key) for material in set(_materials(self.copies)) for key in files)


def _materials(found):
    if isinstance(found, dict):
        yield from (each for name, each in found.items() if name == "keyMaterial")
        yield from (each for inner in found.values() for each in _materials(inner))
    if isinstance(found, list):
        yield from (each for inner in found for each in _materials(inner))


def _opens(sealed, material, key):
    at = now()
    row = {"_id": bson.Binary(key_id(sealed), 4), "keyMaterial": material, "creationDate": at, "updateDate": at}
    keys = LocalKeys({key_id(sealed): bson.encode(row | {"status": 0, "masterKey": {"provider": "local:tried"}})})
    opener = MongoCrypt(MongoCryptOptions({"local:tried": {"key": key}}, bypass_encryption=True), LocalKeys({}))
    try:
        with opener.decryption_context(bson.encode({"v": bson.Binary(sealed, 6)})) as context:
            return bson.decode(run_state_machine(context, keys))["v"] == LETTER
    except MongoCryptError:
        return False


def test_with_a_run_each_day_a_master_key_is_gone_within_the_window_that_is_shown(service, county, days, monkeypatch):
    monkeypatch.setattr("chassis.privacy.masters.now", lambda: days.at)
    service.service.vault.seal("ann", LETTER)
    first, began = masters(county.folder / "example")["vault.key"], days.at
    while first in masters(county.folder / "example").values():
        assert days.at - began <= PERIOD + KEPT + RUNS
        days.after(timedelta(hours=24))
        service.tick("follow_master_key")
    assert PERIOD + KEPT < days.at - began <= PERIOD + KEPT + RUNS


@pytest.mark.feature("I08")
def test_once_the_master_key_has_turned_no_copy_of_oplog_or_vault_opens_what_was_erased(service, county, days):
    vault, thief = service.service.vault, Thief(county, service)
    ann, bob = vault.seal("ann", LETTER), vault.seal("bob", LETTER)
    thief.copy()
    days.after(PERIOD)
    service.tick("follow_master_key")
    days.after(NOTICE)
    service.tick("follow_master_key")
    thief.copy()
    vault.erase("ann")
    thief.copy()
    assert thief.opens(ann)
    assert days.after(KEPT)[0] == "retire" and thief.opens(ann)  # under the master key of her last days it still is
    service.tick("follow_master_key")
    for time in (NOTICE, KEPT):
        days.after(time)
        service.tick("follow_master_key")
    thief.copy()
    assert not thief.opens(ann)
    assert thief.opens(bob)
    assert vault.open(bob, "r", "why") == LETTER


def test_nobody_notices_that_a_master_key_turns(service, county, days):
    container = ServiceContainer(ExampleService, service.config)
    container.start()
    late, vault = instance(container, next(iter(container.entrypoints))).vault, service.service.vault
    sealed = [vault.seal("ann", LETTER)]
    digest = vault.digest("x", under="phones")

    def all_open():
        sealed.extend([vault.seal(f"new-{len(sealed)}", LETTER), late.seal(f"late-{len(sealed)}", LETTER)])
        vault.known.clear(), late.known.clear()
        assert vault.open_many(sealed, "r", "why") == late.open_many(sealed, "r", "why") == [LETTER] * len(sealed)
        assert vault.digest("x", under="phones") == late.digest("x", under="phones") == digest

    for time in (PERIOD, NOTICE, KEPT, NOTICE):
        assert days.after(time)
        all_open()
        service.tick("follow_master_key")
        all_open()
        late.turn()
        all_open()
        service.tick("follow_master_key")
    all_open()
    container.stop()


def test_no_step_is_taken_before_its_time_nor_twice(days, service):
    vault = service.service.vault
    vault.seal("ann", LETTER)
    minute = timedelta(minutes=1)
    assert days.after(PERIOD - minute) == []
    assert days.after(2 * minute) == ["announce"]
    assert days.after(PERIOD) == []  # no process has noticed it
    service.tick("follow_master_key")
    days.at = now()
    assert days.after(NOTICE - minute) == [] == days.after(NOTICE - minute - timedelta(days=1))
    assert days.after(timedelta(days=1) + NOTICE) == ["use"]
    assert days.after(KEPT * 9) == []  # nothing has been put under the new one yet
    service.tick("follow_master_key")
    assert days.after(timedelta(0))[0] == "retire"
    notes = [(row["what"], row["who"]) for row in service.database.audit_log.find().sort("_id")]
    assert notes[:3] == [(f"masters.{step}", "li") for step in ("announce", "use", "retire")]


def test_an_old_master_key_is_not_destroyed_while_anything_is_under_it(service, county, days, operator):
    service.service.vault.seal("ann", LETTER)
    assert days.after(PERIOD, stopped=True) == ["announce", "use"]
    service.service.vault.masters.noted.update_many({}, {"$set": {"used": now() - KEPT}})
    code, (row,) = xiangyin(operator, "masters", str(county.folder), "--now", "--json")
    assert (code, row) == (0, {"service": "example", "did": [], "left": 1})
    service.tick("follow_master_key")
    code, (row,) = xiangyin(operator, "masters", str(county.folder), "--now", "--json")
    assert (code, row) == (0, {"service": "example", "did": ["retire"], "left": 0})


def test_after_a_theft_no_step_waits_for_its_days(service, county, operator):
    sealed, did = service.service.vault.seal("ann", LETTER), []
    for _ in TURN:
        did.append(xiangyin(operator, "masters", str(county.folder), "--now", "--json")[1][0]["did"])
        service.tick("follow_master_key")
    assert did == [["announce"], ["use"], ["retire"]]
    assert service.service.vault.open(sealed, "r", "why") == LETTER


def test_status_says_until_when_an_erasure_is_within_reach_of_a_copy(service, operator, days):
    service.service.vault.seal("ann", LETTER)
    row = xiangyin(operator, "status", "--json")[1][0]
    began, erasure = row["oplog"]["from"], row["erasure"]
    assert began < row["oplog"]["to"]
    assert (erasure["rewrap"], erasure["master"]) == (0, erasure["oldest"])
    assert (
        erasure["after"] == (service.service.vault.masters.noted.find_one()["used"] + PERIOD + KEPT + RUNS).isoformat()
    )
    days.after(PERIOD, stopped=True)
    service.service.vault.masters.look()
    service.service.vault.masters.noted.insert_one({"_id": service.service.vault.masters.current, "used": now()})
    erasure = xiangyin(operator, "status", "--json")[1][0]["erasure"]
    assert erasure["rewrap"] == 1 and erasure["oldest"] < erasure["master"]
    assert "erased for good" in xiangyin(operator, "status")[1]


def test_a_backup_of_a_vault_is_refused_once_its_master_key_is_gone(service, operator, days, tmp_path, county):
    vault = service.service.vault
    ann = vault.seal("ann", LETTER)
    for name in ("old", "new"):
        assert xiangyin(operator, "backup", str(tmp_path / name), "--vaults", "--json")[0] == 0
        if name == "old":
            assert turn(days, service) == TURN
    with service.paused():
        code, said = xiangyin(operator, "restore", str(tmp_path / "old"))
        assert code == 1 and "under a master key that was destroyed on" in said
        assert xiangyin(operator, "restore", str(tmp_path / "new"), "--json")[0] == 0
    assert service.service.vault.open(ann, "r", "why") == LETTER
    service.stop()
    county.admin.drop_database(f"{service.database.name}_vault")  # and with it what would have told of the turn
    assert xiangyin(operator, "restore", str(tmp_path / "old"), "--json")[0] == 0
    with pytest.raises(MasterMissing, match="put the file back"):
        service.start()
    assert xiangyin(operator, "restore", str(tmp_path / "new"), "--json")[0] == 0
    service.start()


def test_what_was_erased_stays_erased_while_its_keys_are_wrapped_anew(service, days):
    vault = service.service.vault
    ann = vault.seal("ann", LETTER)
    days.after(PERIOD, stopped=True)
    vault.masters.look()
    sealer, rewrap = vault.masters.sealer, vault.masters.sealer.rewrap_many_data_key
    sealer.rewrap_many_data_key = lambda *args: (vault.erase("ann"), rewrap(*args))
    vault.seal("bob", LETTER)
    vault.turn()
    with pytest.raises(Destroyed):
        vault.open(ann, "r", "why")
    assert vault.keys.count_documents({"keyAltNames": "ann"}) == 0


def test_the_next_master_key_is_made_like_the_first(county, days, service):
    days.after(PERIOD)
    assert len(masters(county.folder / "example")[NEXT]) == 96
    assert (county.folder / "example" / NEXT).stat().st_mode & 0o777 == 0o600
