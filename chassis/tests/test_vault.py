"""Personal texts are unreadable without their key, and gone when it is gone."""

import hmac
import json
import time
from contextlib import contextmanager
from datetime import datetime
from urllib.parse import parse_qsl

import eventlet
import pytest
import structlog
from eventlet import wsgi
from nameko.containers import ServiceContainer
from pymongo.errors import AutoReconnect, OperationFailure
from pymongo.synchronous.collection import Collection
from pymongocrypt.errors import MongoCryptError
from pymongocrypt.mongocrypt import MongoCrypt, MongoCryptOptions

from chassis.core.glue import instance
from chassis.domain import Sealed
from chassis.parts.privacy import Erasures
from chassis.privacy import access_log
from chassis.privacy.keyring import LocalKeys, key_id
from chassis.privacy.masters import MasterMissing, name_of
from chassis.privacy.vault import DATES, Destroyed, VaultKeys
from chassis.service import Service, Vault
from chassis.store import Rows
from chassis.testing import wait_until
from contracts.identity.villagers import PersonErased
from contracts.sdk.envelope import render

LETTER = "河边又堆满了垃圾，请书记管一管"


class Letters(Rows):
    collection = "letters"


class ExampleService(Service):
    name = "example"
    letters = Letters()
    vault = Vault()


@pytest.fixture
def service(running):
    return running(ExampleService)


@pytest.fixture
def vault(service):
    return service.service.vault


@pytest.fixture
def replica(service):
    """The vault of a second process of the same service."""
    container = ServiceContainer(ExampleService, service.config)
    container.start()
    yield instance(container, next(iter(container.entrypoints))).vault
    container.stop()


@pytest.mark.parametrize("clear", [LETTER, "", b"\xff\xd8 a photo", b"", "x" * 100_000])
def test_what_is_sealed_can_be_opened_by_who_says_why(vault, clear):
    sealed = vault.seal("person-1", clear)
    assert isinstance(sealed, Sealed)
    assert vault.open(sealed, "secretary-1", "办理来信") == clear


def test_no_clear_text_is_stored(service, vault):
    sealed = vault.seal("person-1", LETTER)
    service.service.letters.insert({"_id": "1", "text": sealed, "phone": vault.digest("13800000000")})
    stored = b"".join(service.database.letters.find_raw_batches())
    assert sealed in stored
    assert LETTER.encode() not in stored
    assert b"13800000000" not in stored
    assert vault.open(service.service.letters.row("1")["text"], "r", "why") == LETTER


def test_the_same_text_never_looks_the_same_twice(vault):
    assert vault.seal("person-1", LETTER) != vault.seal("person-1", LETTER)


def test_an_owner_has_one_key_however_many_seal_for_them_at_once(vault):
    pool = eventlet.GreenPool()
    sealed = list(pool.imap(lambda _: vault.seal("person-1", LETTER), range(20)))
    assert len({key_id(each) for each in sealed}) == 1
    assert vault.keys.count_documents({"keyAltNames": "person-1"}) == 1


def test_many_are_opened_with_one_query_and_the_destroyed_ones_are_none(vault, monkeypatch):
    sealed = [vault.seal(f"person-{n}", f"信 {n}") for n in range(5)]
    vault.destroy("person-3")
    queries = []
    fetch = VaultKeys._stored
    monkeypatch.setattr(VaultKeys, "_stored", lambda self, ids: queries.append(ids) or fetch(self, ids))
    assert vault.open_many(sealed, "r", "why") == ["信 0", "信 1", "信 2", None, "信 4"]
    assert vault.open_many(sealed, "r", "why")[0] == "信 0"
    assert len(queries) == 1
    assert vault.open_many([], "r", "why") == []


def test_destroying_the_key_makes_everything_unreadable_at_once_here(vault):
    first, second = vault.seal("person-1", LETTER), vault.seal("person-1", b"photo")
    assert vault.open(first, "r", "why") == LETTER
    vault.destroy("person-1")
    for sealed in (first, second):
        with pytest.raises(Destroyed):
            vault.open(sealed, "r", "why")


def test_a_replica_that_has_the_key_in_hand_loses_it_within_two_seconds(vault, replica):
    sealed = vault.seal("person-1", LETTER)
    assert replica.open(sealed, "r", "why") == LETTER
    vault.destroy("person-1")
    time.sleep(2)
    with pytest.raises(Destroyed):
        replica.open(sealed, "r", "why")


def test_a_key_tells_the_day_it_was_made_on_and_no_more(vault):
    """For the key of an anonymous letter is made when it is written."""
    vault.seal("letter-1", LETTER)
    (row,) = vault.keys.find()
    assert {(row[name].hour, row[name].minute, row[name].microsecond) for name in DATES} == {(0, 0, 0)}


def test_after_destruction_an_owner_gets_another_key(vault):
    before = vault.seal("person-1", LETTER)
    vault.destroy("person-1")
    after = vault.seal("person-1", LETTER)
    assert key_id(before) != key_id(after)
    assert vault.open(after, "r", "why") == LETTER


def test_every_opening_is_kept_with_who_and_why_and_logged_without_anybody(vault):
    sealed = vault.seal("person-1", LETTER)
    with structlog.testing.capture_logs() as logs:
        vault.open(sealed, "secretary-1", "办理来信")
    assert [(each["event"], each["reason"], each["people"]) for each in logs] == [
        ("personal_data_opened", "办理来信", 1)
    ]
    told = json.dumps(logs, ensure_ascii=False)
    assert LETTER not in told and "secretary-1" not in told and "person-1" not in told
    (row,) = vault.data.reads.find()
    assert (row["who"], row["whom"], row["why"]) == ("secretary-1", ["person-1"], "办理来信")
    with pytest.raises(OperationFailure, match="not authorized"):
        vault.data.reads.delete_many({})


def test_what_nobody_reads_is_not_logged(vault):
    """A log of an anonymous author's repeated answer would lead to her."""
    sealed = vault.seal("person-1", LETTER)
    gone = vault.seal("person-2", LETTER)
    vault.destroy("person-2")
    assert vault.repeat(sealed) == LETTER
    assert vault.masked([sealed, None, gone], lambda clear: clear[:1] + "*") == ["河*", None, None]
    assert list(vault.data.reads.find()) == []


def test_the_log_of_a_month_is_counted_by_reader_and_reason_in_beijing_time(service, vault):
    rows = [
        ("2026-10-31T15:59:59", "admin-1", ["a"], "查看来信"),
        ("2026-10-31T16:00:00", "admin-1", ["a"], "查看来信"),
        ("2026-11-30T15:59:59", "admin-1", ["a", "b"], "查看来信"),
        ("2026-11-30T15:59:59", "b", ["b"], "导出本人数据"),
        ("2026-11-30T16:00:00", "admin-1", ["a"], "查看来信"),
    ]
    fields = ("_id", "at", "who", "whom", "why")
    for number, (at, *rest) in enumerate(rows):
        row = (str(number), datetime.fromisoformat(f"{at}+00:00"), *rest)
        service.database.reads.insert_one(dict(zip(fields, row, strict=True)))
    assert sorted(access_log.totals(vault.data, "2026-11"), key=lambda row: row["who"]) == [
        {"who": "admin-1", "why": "查看来信", "reads": 2, "people": 3},
        {"who": "b", "why": "导出本人数据", "reads": 1, "people": 1},
    ]
    assert [row["who"] for row in access_log.about(vault.data, "b", 10)] == ["admin-1"]
    shown = service.internal("identity").get("/internal/v1/reads", params={"after": "3"}).json()
    assert [(row["id"], row["who"], row["whom"]) for row in shown] == [("4", "admin-1", ["a"])]
    assert service.internal("notify").get("/internal/v1/reads").status_code == 403


# erasure


def keys(service):
    return service.county.admin[f"{service.database.name}_vault"]["keys"]


@pytest.mark.feature("I08")
def test_an_erased_person_gets_no_other_key(vault):
    sealed = vault.seal("person-1", LETTER)
    vault.erase("person-1")
    vault.erase("person-1")
    for attempt in (lambda: vault.open(sealed, "r", "why"), lambda: vault.seal("person-1", LETTER)):
        with pytest.raises(Destroyed):
            attempt()
    assert vault.keys.count_documents({"keyAltNames": "person-1"}) == 0


@pytest.mark.feature("I08")
def test_an_erasure_told_by_identity_reaches_every_service(service, vault):
    sealed = vault.seal("person-1", LETTER)
    service.tell(PersonErased, subject="person-1")
    with pytest.raises(Destroyed):
        vault.open(sealed, "r", "why")


@pytest.mark.feature("I08")
def test_a_restored_key_is_destroyed_again_before_the_service_is_set_up(service):
    sealed = service.service.vault.seal("person-1", LETTER)
    backup = list(keys(service).find())
    service.service.vault.erase("person-1")
    with service.paused():
        keys(service).insert_many(backup)
    with pytest.raises(Destroyed):
        service.service.vault.open(sealed, "r", "why")
    assert keys(service).count_documents({}) == 0


@pytest.mark.feature("I08")
def test_a_service_that_lost_its_tombstones_too_asks_identity_before_it_is_ready(service):
    """The fact was handled, and the inbox knows it; only the vault, restored as a whole, does not."""
    sealed = service.service.vault.seal("person-1", LETTER)
    backup = list(keys(service).find())
    told = service.tell(PersonErased, subject="person-1")
    service.config["PEERS"]["identity"] = "http://127.0.0.1:1"
    with service.paused():
        keys(service).insert_many(backup)
        keys(service).database.erased.delete_many({})
    eventlet.sleep(0.1)
    assert not erasures(service).applied
    with identity_that_told(told) as address:
        service.config["PEERS"]["identity"] = address
        wait_until(lambda: erasures(service).applied, "the comparison")
    with pytest.raises(Destroyed):
        service.service.vault.open(sealed, "r", "why")


def erasures(service):
    return next(each for each in service.container.extensions if isinstance(each, Erasures))


@contextmanager
def identity_that_told(fact):
    """identity's history of one fact."""

    def answer(environ, start_response):
        start_response("200 OK", [])
        asked = dict(parse_qsl(environ["QUERY_STRING"], keep_blank_values=True))
        return [b"" if asked["after"] else render(fact) + b"\n"]

    socket = eventlet.listen(("127.0.0.1", 0))
    server = eventlet.spawn(wsgi.server, socket, answer, log_output=False)
    yield f"http://127.0.0.1:{socket.getsockname()[1]}"
    server.kill()
    socket.close()


def test_a_changed_byte_is_noticed(vault):
    sealed = vault.seal("person-1", LETTER)
    forged = sealed[:40] + bytes([sealed[40] ^ 1]) + sealed[41:]
    with pytest.raises(MongoCryptError, match="HMAC"):
        vault.open(forged, "r", "why")


def test_whoever_has_everything_but_the_master_key_reads_nothing(vault, monkeypatch):
    sealed = vault.seal("person-1", LETTER)
    wrong = {vault.masters.current: {"key": bytes(range(96))}}
    opener = MongoCrypt(MongoCryptOptions(wrong, bypass_encryption=True), LocalKeys({}))
    monkeypatch.setattr(vault.masters, "opener", opener)
    with pytest.raises(MongoCryptError, match="HMAC"):
        vault.open(sealed, "r", "why")


@pytest.mark.own_county
def test_a_service_does_not_start_when_the_master_key_of_its_vault_is_gone(service, vault, county):
    vault.seal("person-1", LETTER)
    kept = county.folder.joinpath("example", "vault.key").read_bytes()
    service.stop()
    county.folder.joinpath("example", "vault.key").write_bytes(bytes(range(96)))
    with pytest.raises(MasterMissing, match=f"1 keys of .*{name_of(kept)}"):
        service.start()
    county.folder.joinpath("example", "vault.key").write_bytes(kept)
    service.start()


# keyed hashes


def test_look_up_hashes_are_keyed_and_stable(vault):
    assert vault.digest("13800000000") == vault.digest("13800000000") != vault.digest("13800000001")
    assert len(vault.digest("x")) == 64


def test_with_the_data_and_every_key_file_but_without_the_vault_no_guess_of_what_was_hashed_is_confirmed(vault, county):
    """ID numbers and phones are few enough to try all of them (M4)."""
    kept = {vault.digest("13800000000"), vault.digest("13800000000", under="quotas")}
    files = [path.read_bytes() for path in county.folder.joinpath("example").iterdir()]
    keys = [file[at : at + 32] for file in files for at in range(max(1, len(file) - 31))]
    assert kept.isdisjoint(hmac.digest(key, b"13800000000", "sha256").hex() for key in [*files, *keys])
    vault.destroy("quotas")  # nor with the vault as it is now, once the name is destroyed
    assert vault.digest("13800000000") in kept and vault.secrets(["quotas"]) == {}


def test_hashes_under_different_names_cannot_be_compared_and_those_of_a_name_end_with_it(vault, replica):
    texts = ["13800000000", "13800000001"]
    here = vault.digests(texts, under="phones")
    assert here == [vault.digest(each, under="phones") for each in texts] == replica.digests(texts, under="phones")
    assert vault.digest(texts[0], under="quotas") not in here
    vault.destroy("phones")
    assert vault.secrets(["phones", "quotas"]).keys() == {"quotas"}
    assert vault.digest(texts[0], under="phones") not in here


def test_however_many_hash_under_a_new_name_at_once_it_has_one_key(vault, replica):
    pool = eventlet.GreenPool()
    made = pool.imap(lambda number: (vault, replica)[number % 2].digest("x", under="new"), range(20))
    assert len(set(made)) == 1


def test_the_key_of_hashes_is_kept_in_hand_and_many_are_fetched_in_one_query(vault, monkeypatch):
    names = [f"words:{number}" for number in range(5)]
    before = {name: vault.digest("x", under=name) for name in names}
    monkeypatch.setattr(VaultKeys, "_create", None)
    vault.known.clear()
    find, asked = Collection.find, []

    def counted(collection, *args, **kwargs):
        asked.extend([args] if collection.full_name == vault.keys.full_name else [])  # others run in this process, too
        return find(collection, *args, **kwargs)

    monkeypatch.setattr(Collection, "find", counted)
    secrets = vault.secrets([*names, "never made"])
    assert {name: hmac.digest(key, b"x", "sha256").hex() for name, key in secrets.items()} == before
    assert {name: vault.digest("x", under=name) for name in names} == before
    assert len(asked) == 1


def test_a_database_that_is_away_is_told_as_such(vault, monkeypatch):
    def away(*_):
        raise AutoReconnect("gone")

    monkeypatch.setattr("pymongo.synchronous.encryption._EncryptionIO.insert_data_key", away)
    with pytest.raises(AutoReconnect):
        vault.seal("person-1", LETTER)


def test_a_hash_under_a_name_is_of_that_name_in_every_replica_until_the_name_is_destroyed(vault, replica):
    first = vault.digest("text", under="the-day")
    assert first == vault.digest("text", under="the-day") == replica.digest("text", under="the-day")
    others = [vault.digest("text"), vault.digest("text", under="another"), vault.digest("t", under="the-day")]
    assert len({first, *others}) == 4
    assert vault.named("the-", "the-e") == ["the-day"] and vault.named("the-", "the-day") == []
    vault.destroy("the-day")
    assert vault.digest("text", under="the-day") != first
