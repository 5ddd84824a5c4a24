"""Keys of the vault on their way: kept for a moment, handed to libmongocrypt."""

import hashlib
import time
from typing import Any

import bson
from pymongo.encryption import Algorithm
from pymongocrypt.options import ExplicitEncryptOpts
from pymongocrypt.synchronous.state_machine import MongoCryptCallback, run_state_machine

FRESH_SECONDS, SECRET_SECONDS = 1, 60
DETERMINISTIC = Algorithm.AEAD_AES_256_CBC_HMAC_SHA_512_Deterministic
PURPOSE = "secret of keyed hashes"
Clear = Any  # str or bytes, as it was sealed
Keys = dict[bytes, bytes | None]  # key id → raw key document, None when there is none


class LocalKeys(MongoCryptCallback):
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


class TtlCache:
    """Values kept for some seconds."""

    def __init__(self, seconds=FRESH_SECONDS):
        self.values, self.seconds = {}, seconds

    def keep(self, key, value):
        """Keep one."""
        self.values[key] = value, time.monotonic() + self.seconds

    def get(self, key):
        """One, or None when its time is over."""
        value, end = self.values.get(key, (None, 0))
        return value if end > time.monotonic() else None

    def fresh(self):
        """Those whose time is not over; the others are dropped."""
        moment = time.monotonic()
        self.values = {key: kept for key, kept in self.values.items() if kept[1] > moment}
        return {key: value for key, (value, _) in self.values.items()}

    def clear(self):
        """Drop all."""
        self.values = {}


def key_id(sealed):
    """The 16 bytes that name the key of something sealed."""
    return bytes(sealed[1:17])


def owner_of(row):
    """Whose key a raw key document is."""
    return bson.decode(row)["keyAltNames"][0]


def secret_of(opener, row):
    """32 bytes that follow from the data key in a raw key document, and are kept nowhere.

    Deterministic encryption is a pseudo-random function of what it encrypts (its IV is an HMAC), here of one constant.
    """
    options = ExplicitEncryptOpts(DETERMINISTIC, key_id=bytes(bson.decode(row)["_id"]))
    with opener.explicit_encryption_context(bson.encode({"v": PURPOSE}), options) as context:
        made = run_state_machine(context, LocalKeys({options.key_id: row}))
    return hashlib.sha256(bson.decode(made)["v"]).digest()
