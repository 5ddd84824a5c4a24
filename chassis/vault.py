"""The vault: personal texts and pictures, field-encrypted under one data key per owner.

The keys lie in a database of their own, `{COUNTY}_{service}_vault.keys`, wrapped by the master key `vault.key`.
Destroying an owner's key makes everything sealed for them unreadable, in backups of the data too.
"""

import hashlib
import hmac
import time
from contextlib import contextmanager
from pathlib import Path

import bson
import structlog
from bson.binary import UUID_SUBTYPE, Binary
from bson.codec_options import CodecOptions
from bson.raw_bson import RawBSONDocument
from nameko.extensions import DependencyProvider, SharedExtension
from pymongo.encryption import Algorithm, ClientEncryption
from pymongo.errors import DuplicateKeyError, EncryptionError
from pymongo.read_concern import ReadConcern
from pymongocrypt.mongocrypt import MongoCrypt, MongoCryptOptions
from pymongocrypt.synchronous.state_machine import MongoCryptCallback, run_state_machine

from chassis.domain import Missing
from chassis.mongo import Mongo, connect

ENCRYPTED = 6  # the BSON binary subtype; its bytes 1 to 16 are the id of the key
FRESH_SECONDS = 1
RANDOM = Algorithm.AEAD_AES_256_CBC_HMAC_SHA_512_Random
RAW = CodecOptions(RawBSONDocument)
MAJORITY = ReadConcern("majority")

log = structlog.get_logger()


class Destroyed(Missing):
    """这项内容已经按规定清除，无法再查看"""


class VaultKeys(SharedExtension):
    """Seals, opens and destroys; shared by all who need it in one service."""

    mongo = Mongo()

    def setup(self):
        self._unlock(self.container.config, self.container.service_name, self.mongo.client)

    @classmethod
    def of(cls, config, service):
        """The vault of a service, outside its process (commands)."""
        keys = cls()
        keys._unlock(config, service, connect(config["MONGO_URI"]))
        return keys

    def _unlock(self, config, service, client):
        secrets = Path(config["SECRETS_DIR"])
        master = {"local": {"key": secrets.joinpath("vault.key").read_bytes()}}
        self.digest_key = secrets.joinpath("digest.key").read_bytes()
        database = client[f"{config['COUNTY']}_{service}_vault"]
        self.keys = database.get_collection("keys", read_concern=MAJORITY)  # as libmongocrypt itself will read them
        self.owners, self.fetched = Fresh(), Fresh()
        namespace, life = f"{database.name}.keys", FRESH_SECONDS * 1000
        self.sealer = ClientEncryption(master, namespace, client, CodecOptions(), key_expiration_ms=life)
        self.opener = MongoCrypt(MongoCryptOptions(master, bypass_encryption=True), KeysInHand({}))

    def seal(self, owner, clear):
        """Sealed bytes of a str or bytes that belongs to `owner`, whose key is made at the first time."""
        with _own_errors():
            return bytes(self.sealer.encrypt(clear, RANDOM, self._key_for(owner)))

    def open(self, sealed, reader, reason):
        """The clear str or bytes. `reader` (an id) and `reason` are logged. Raises Destroyed."""
        clear = self.open_many([sealed], reader, reason)[0]
        if clear is None:
            raise Destroyed()
        return clear

    def open_many(self, sealed, reader, reason):
        """The clear value of each, None where the key was destroyed; the keys are fetched in one query."""
        ids = [key_id(each) for each in sealed]
        log.info("personal_data_opened", keys=sorted({each.hex() for each in ids}), reader=reader, reason=reason)
        keys = self._fetch(set(ids))
        readable = [Binary(each, ENCRYPTED) for each, key in zip(sealed, ids, strict=True) if keys[key]]
        clear = iter(self._decrypt(readable, keys))
        return [next(clear) if keys[key] else None for key in ids]

    def digest(self, text):
        """Keyed hash (hex) to look a text up by without keeping it in the clear."""
        return hmac.digest(self.digest_key, text.encode(), hashlib.sha256).hex()

    def destroy(self, owner):
        """Destroy an owner's key: nothing sealed for them can be opened again, by other processes after a second."""
        self.keys.delete_one({"keyAltNames": owner})
        self.owners.clear()
        self.fetched.clear()

    def _key_for(self, owner):
        key = self.owners.fresh().get(owner)
        if key is None:
            while (key := self._find(owner) or self._create(owner)) is None:
                time.sleep(0.01)
            self.owners.keep(owner, key)
        return key

    def _find(self, owner):
        row = self.keys.find_one({"keyAltNames": owner}, {"_id": 1})
        return row and row["_id"]

    def _create(self, owner):
        """The id of a new key, or None when somebody else was first and a majority does not have theirs yet."""
        try:
            with _own_errors():
                return self.sealer.create_data_key("local", key_alt_names=[owner])
        except DuplicateKeyError:
            return None

    def _fetch(self, ids):
        """Key id → raw key document, None when there is none."""
        known = {key: row for key, row in self.fetched.fresh().items() if key in ids}
        missing = ids - known.keys()
        for key, row in self._stored(missing).items() if missing else ():
            self.fetched.keep(key, row)
            known[key] = row
        return known

    def _stored(self, ids):
        query = {"_id": {"$in": [Binary(key, UUID_SUBTYPE) for key in ids]}}
        return dict.fromkeys(ids) | {bytes(row["_id"]): row.raw for row in self.keys.with_options(RAW).find(query)}

    def _decrypt(self, sealed, keys):
        with self.opener.decryption_context(bson.encode({"v": sealed})) as context:
            return bson.decode(run_state_machine(context, KeysInHand(keys)))["v"]


class Vault(DependencyProvider):
    """`vault = Vault()` in a service."""

    keys = VaultKeys()

    def get_dependency(self, worker_ctx):
        return self.keys


class KeysInHand(MongoCryptCallback):
    """Answers libmongocrypt's question for keys from those already fetched."""

    def __init__(self, keys):
        self.keys = keys

    def fetch_keys(self, filter):
        asked = bson.decode(bytes(filter))["$or"][0]["_id"]["$in"]
        return [self.keys[bytes(key)] for key in asked]

    def bson_encode(self, doc):
        return bson.encode(doc)

    def _never(self, *_):
        raise NotImplementedError("decryption with a local master key asks only for keys")

    kms_request = collection_info = mark_command = insert_data_key = _never

    def close(self):
        pass


class Fresh:
    """Values kept for a second."""

    def __init__(self):
        self.values = {}

    def keep(self, key, value):
        """Keep one."""
        self.values[key] = value, time.monotonic() + FRESH_SECONDS

    def fresh(self):
        """Those kept less than a second ago; the others are dropped."""
        moment = time.monotonic()
        self.values = {key: kept for key, kept in self.values.items() if kept[1] > moment}
        return {key: value for key, (value, _) in self.values.items()}

    def clear(self):
        """Drop all."""
        self.values = {}


def key_id(sealed):
    """The 16 bytes that name the key of something sealed."""
    return bytes(sealed[1:17])


@contextmanager
def _own_errors():
    """Raise what happened, not pymongo's wrapping of it, so that "away" is still told from "wrong"."""
    try:
        yield
    except EncryptionError as error:
        raise error.cause from None
