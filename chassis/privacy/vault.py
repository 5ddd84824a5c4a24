"""The vault: personal texts and pictures, field-encrypted under one data key per owner.

The keys lie in a database of their own, `{COUNTY}_{service}_vault.keys`, wrapped by the master key `vault.key`.
Destroying an owner's key makes everything sealed for them unreadable, in backups of the data too, and once that master
key has turned (chassis/privacy/masters.py) also for whoever kept a copy of the key. The keyed hashes of a name hang on
its data key in the same way. Beside the keys, `erased` names the people who may never have one again; it is only ever
added to (docs/privacy.md); `masters` says since when which master key is used.
"""

import hashlib
import hmac
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any, Self, TypeVar

import bson
from bson.binary import UUID_SUBTYPE, Binary
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from nameko.extensions import SharedExtension
from pymongo import MongoClient
from pymongo.encryption import Algorithm
from pymongo.errors import DuplicateKeyError, EncryptionError
from pymongo.read_concern import ReadConcern
from pymongocrypt.synchronous.state_machine import run_state_machine

from chassis.core.glue import Gives
from chassis.data.mongo import Mongo, Row, connect
from chassis.domain import Missing, Sealed, now
from chassis.privacy.access_log import Reads
from chassis.privacy.keyring import SECRET_SECONDS, Clear, Keys, LocalKeys, TtlCache, key_id, owner_of, secret_of
from chassis.privacy.masters import Masters

ENCRYPTED = 6  # the BSON binary subtype; its bytes 1 to 16 are the id of the key
RANDOM = Algorithm.AEAD_AES_256_CBC_HMAC_SHA_512_Random
RAW = CodecOptions(RawBSONDocument)
MAJORITY = ReadConcern("majority")
LOOK_UPS = "look-ups"
M = TypeVar("M")
DATES = ("creationDate", "updateDate")
"""Of a key; to the day only, for an anonymous letter has a key of its own from the moment it is written."""


class Destroyed(Missing):
    """这项内容已经按规定清除，无法再查看"""


class VaultKeys(SharedExtension):
    """Seals, opens and destroys; shared by all who need it in one service."""

    mongo = Mongo()

    def setup(self) -> None:
        self._unlock(self.container.config, self.container.service_name, self.mongo.client)
        self.keys.delete_many({"keyAltNames": {"$in": self.all_erased()}})  # a restored vault has them again
        self.masters.require_all()

    @classmethod
    def of(cls, config: Mapping[str, Any], service: str) -> Self:
        """The vault of a service, outside its process (commands)."""
        keys = cls()
        keys._unlock(config, service, connect(config["MONGO_URI"]))
        return keys

    def _unlock(self, config: Mapping[str, Any], service: str, client: MongoClient[Row]) -> None:
        self.data = client[f"{config['COUNTY']}_{service}"]
        self.reads = Reads(self.data)
        database = client[f"{self.data.name}_vault"]
        self.erased = database.erased
        self.keys = database.get_collection("keys", read_concern=MAJORITY)  # as libmongocrypt itself will read them
        self.owners, self.fetched, self.known = TtlCache(), TtlCache(), TtlCache(SECRET_SECONDS)
        self.masters = Masters(config["SECRETS_DIR"], database)

    def seal(self, owner: str, clear: str | bytes) -> Sealed:
        """Sealed bytes of a str or bytes that belongs to `owner`, whose key is made at the first time."""
        with _own_errors():
            return bytes(self.masters.sealer.encrypt(clear, RANDOM, self._key_for(owner)))

    def open(self, sealed: Sealed, reader: str, reason: str) -> Clear:
        """The clear str or bytes, for `reader` (an id) who says why; kept in the access log first. Raises Destroyed."""
        return _there(self.open_many([sealed], reader, reason))

    def open_many(self, sealed: Sequence[Sealed], reader: str, reason: str) -> list[Clear | None]:
        """The clear value of each, None where the key was destroyed; the keys are fetched in one query."""
        ids, keys = self._keys_of(sealed)
        if owners := {owner_of(row) for row in keys.values() if row}:
            self.reads.keep(reader, owners, reason)
        return self._opened(sealed, ids, keys)

    def masked(self, sealed: Sequence[Sealed | None], mask: Callable[[Clear], M]) -> list[M | None]:
        """`mask(clear)` of each, None where there is nothing or the key was destroyed: nobody reads it, so no log."""
        given = [each for each in sealed if each]
        clear = iter(self._opened(given, *self._keys_of(given)))
        shown = [each and next(clear) for each in sealed]
        return [mask(each) if each else None for each in shown]

    def repeat(self, sealed: Sealed) -> Clear:
        """The clear value, for nobody but the one who was given it before: without a log. Raises Destroyed."""
        return _there(self._opened([sealed], *self._keys_of([sealed])))

    def digest(self, text: str, under: str | None = None) -> str:
        """Keyed hash (hex) to look a text up by without keeping it in the clear.

        Its key follows from the data key of the name `under`: `destroy(under)` ends all hashes of that name, and other
        processes make no more after a minute.
        """
        return self.digests([text], under)[0]

    def digests(self, texts: Iterable[str], under: str | None = None) -> list[str]:
        """`digest` of each."""
        key = self.secret(under or LOOK_UPS)
        return [hmac.digest(key, text.encode(), hashlib.sha256).hex() for text in texts]

    def secret(self, name: str) -> bytes:
        """The key (32 bytes) of the keyed hashes of a name, made at the first time."""
        while not (found := self.secrets([name])):
            if not self._create(name):
                time.sleep(0.01)
        return found[name]

    def secrets(self, names: Iterable[str]) -> dict[str, bytes]:
        """Name → key (32 bytes) of its keyed hashes, for those names that have one; fetched in one query."""
        known = {name: self.known.get(name) for name in names}
        if missing := [name for name, secret in known.items() if secret is None]:
            for row in self.keys.with_options(RAW).find({"keyAltNames": {"$in": missing}}):
                name = owner_of(row.raw)
                known[name] = secret_of(self.masters.opener, row.raw)
                self.known.keep(name, known[name])
                time.sleep(0)  # a county has hundreds; others are answered meanwhile
        return {name: secret for name, secret in known.items() if secret}

    def named(self, prefix: str, before: str, limit: int = 0) -> list[str]:
        """Owners whose names begin with a prefix and sort before another name, in order; no more than `limit`."""
        span = {"keyAltNames": {"$elemMatch": {"$gte": prefix, "$lt": before}}}
        found = self.keys.find(span, {"keyAltNames": 1}, sort=[("keyAltNames", 1)], limit=limit)
        return [row["keyAltNames"][0] for row in found]

    def destroy(self, owner: str) -> None:
        """Destroy an owner's key: nothing sealed for them can be opened again, by other processes after a second."""
        self.keys.delete_one({"keyAltNames": owner})
        for kept in (self.owners, self.fetched, self.known):
            kept.clear()

    def erase(self, owner: str) -> None:
        """Destroy a person's key, and let nobody make her another."""
        with suppress(DuplicateKeyError):
            self.erased.insert_one({"_id": owner, "at": now()})
        self.destroy(owner)

    def all_erased(self) -> list[str]:
        """Everybody who was erased."""
        return self.erased.distinct("_id")

    def erased_among(self, owners: Iterable[str]) -> set[str]:
        """Those of the owners who are erased already."""
        return {row["_id"] for row in self.erased.find({"_id": {"$in": list(owners)}})}

    def turn(self) -> None:
        """Look at the master keys again, and put under the one in use what is under the one on its way out."""
        with _own_errors():
            self.masters.follow()
        self.fetched.clear()

    def _key_for(self, owner: str) -> Binary:
        key = self.owners.fresh().get(owner)
        if key is None:
            while (key := self._find(owner) or self._create(owner)) is None:
                time.sleep(0.01)
            self.owners.keep(owner, key)
        return key

    def _find(self, owner: str) -> Binary | None:
        row = self.keys.find_one({"keyAltNames": owner}, {"_id": 1})
        return row["_id"] if row else None

    def _create(self, owner: str) -> Binary | None:
        """The id of a new key, or None when somebody else was first and a majority does not have theirs yet.

        Raises Destroyed for the erased.
        """
        try:
            with _own_errors():
                key = self.masters.sealer.create_data_key(self.masters.current, key_alt_names=[owner])
        except DuplicateKeyError:
            return None
        self.keys.update_one({"_id": key}, {"$set": dict.fromkeys(DATES, _today())})
        if self.erased_among([owner]):  # afterwards, so that an erasure meanwhile is not missed
            self.destroy(owner)
            raise Destroyed()
        return key

    def _keys_of(self, sealed: Sequence[Sealed]) -> tuple[list[bytes], Keys]:
        """The key id of each, and the key documents by id."""
        ids = [key_id(each) for each in sealed]
        return ids, self._fetch(set(ids))

    def _opened(self, sealed: Sequence[Sealed], ids: list[bytes], keys: Keys) -> list[Clear | None]:
        readable = [Binary(each, ENCRYPTED) for each, key in zip(sealed, ids, strict=True) if keys[key]]
        clear = iter(self._decrypt(readable, keys))
        return [next(clear) if keys[key] else None for key in ids]

    def _fetch(self, ids: set[bytes]) -> Keys:
        """Key id → raw key document, None when there is none."""
        known = {key: row for key, row in self.fetched.fresh().items() if key in ids}
        missing = ids - known.keys()
        for key, row in self._stored(missing).items() if missing else ():
            self.fetched.keep(key, row)
            known[key] = row
        return known

    def _stored(self, ids: set[bytes]) -> Keys:
        query = {"_id": {"$in": [Binary(key, UUID_SUBTYPE) for key in ids]}}
        return dict.fromkeys(ids) | {bytes(row["_id"]): row.raw for row in self.keys.with_options(RAW).find(query)}

    def _decrypt(self, sealed: list[Binary], keys: Keys) -> list[Clear]:
        with self.masters.opener.decryption_context(bson.encode({"v": sealed})) as context:
            return bson.decode(run_state_machine(context, LocalKeys(keys)))["v"]


class Vault(Gives[VaultKeys]):
    """`vault = Vault()` in a service."""

    keys = VaultKeys()

    def get_dependency(self, worker_ctx: object) -> VaultKeys:
        return self.keys


def _today() -> datetime:
    return now().replace(hour=0, minute=0, second=0, microsecond=0)


def _there(clear: list[Clear | None]) -> Clear:
    if clear[0] is None:
        raise Destroyed()
    return clear[0]


@contextmanager
def _own_errors() -> Iterator[None]:
    """Raise what happened, not pymongo's wrapping of it, so that "away" is still told from "wrong"."""
    try:
        yield
    except EncryptionError as error:
        raise error.cause from None
