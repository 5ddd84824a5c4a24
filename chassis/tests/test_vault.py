"""Personal texts are unreadable without their key, and gone when it is gone."""

import json
import time

import eventlet
import pytest
import structlog
from nameko.containers import ServiceContainer
from pymongo.errors import AutoReconnect
from pymongocrypt.errors import MongoCryptError

from chassis.batch import instance
from chassis.domain import Sealed
from chassis.service import Service, Vault
from chassis.store import Rows
from chassis.vault import Destroyed, VaultKeys, key_id

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


def test_after_destruction_an_owner_gets_another_key(vault):
    before = vault.seal("person-1", LETTER)
    vault.destroy("person-1")
    after = vault.seal("person-1", LETTER)
    assert key_id(before) != key_id(after)
    assert vault.open(after, "r", "why") == LETTER


def test_every_opening_is_logged_with_who_and_why_and_without_content(vault):
    sealed = vault.seal("person-1", LETTER)
    with structlog.testing.capture_logs() as logs:
        vault.open(sealed, "secretary-1", "办理来信")
    assert [(each["event"], each["reader"], each["reason"]) for each in logs] == [
        ("personal_data_opened", "secretary-1", "办理来信")
    ]
    assert logs[0]["keys"] == [key_id(sealed).hex()]
    assert LETTER not in json.dumps(logs, ensure_ascii=False)


def test_a_changed_byte_is_noticed(vault):
    sealed = vault.seal("person-1", LETTER)
    forged = sealed[:40] + bytes([sealed[40] ^ 1]) + sealed[41:]
    with pytest.raises(MongoCryptError, match="HMAC"):
        vault.open(forged, "r", "why")


def test_whoever_has_everything_but_the_master_key_reads_nothing(service, vault, county):
    sealed = vault.seal("person-1", LETTER)
    with service.paused():
        county.folder.joinpath("example", "vault.key").write_bytes(bytes(range(96)))
    with pytest.raises(MongoCryptError, match="HMAC"):
        service.service.vault.open(sealed, "r", "why")


def test_look_up_hashes_are_keyed_and_stable(vault):
    assert vault.digest("13800000000") == vault.digest("13800000000") != vault.digest("13800000001")
    assert len(vault.digest("x")) == 64


def test_a_database_that_is_away_is_told_as_such(vault, monkeypatch):
    def away(*_):
        raise AutoReconnect("gone")

    monkeypatch.setattr("pymongo.synchronous.encryption._EncryptionIO.insert_data_key", away)
    with pytest.raises(AutoReconnect):
        vault.seal("person-1", LETTER)
