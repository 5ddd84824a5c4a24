"""Keys of the vault on their way: kept for a second, handed to libmongocrypt."""

import time

import bson
from pymongocrypt.synchronous.state_machine import MongoCryptCallback

FRESH_SECONDS = 1


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


def owner_of(row):
    """Whose key a raw key document is."""
    return bson.decode(row)["keyAltNames"][0]
