"""The master keys that wrap the data keys of a vault, and libmongocrypt with them.

They turn (`xiangyin masters`): `vault.next.key` is announced, becomes `vault.key`, which wraps what is new, and what it
takes the place of is `vault.old.key` until nothing is under it any more and it is destroyed. Each is known by a name
made of itself, which every data key carries, so no two places can mean different keys by one name.
"""

import hashlib
from contextlib import suppress
from pathlib import Path

from bson.codec_options import CodecOptions
from pymongo.encryption import ClientEncryption
from pymongocrypt.mongocrypt import MongoCrypt, MongoCryptOptions

from chassis.keyring import FRESH_SECONDS, KeysInHand

NEXT, CURRENT, OLD = FILES = ("vault.next.key", "vault.key", "vault.old.key")
"""In the order in which they are read, so that none is missed while another process renames them."""


def name_of(key):
    """What libmongocrypt calls a master key."""
    return f"local:{hashlib.sha256(key).hexdigest()[:16]}"


def masters(directory):
    """File → bytes of the master keys that are there."""
    found = {}
    for file in FILES:
        with suppress(FileNotFoundError):
            found[file] = Path(directory, file).read_bytes()
    return found


class Masters:
    """`sealer` and `opener` of libmongocrypt, with the master keys of a folder; `names` by file."""

    def __init__(self, directory, client, namespace):
        self.directory, self.client, self.namespace = directory, client, namespace
        self.held = None
        self.look()

    def look(self):
        """Read the files; what has changed is used from now on."""
        found = masters(self.directory)
        if found == self.held:
            return
        self.held, self.names = found, {file: name_of(key) for file, key in found.items()}
        providers = {name_of(key): {"key": key} for key in found.values()}
        life = FRESH_SECONDS * 1000
        self.sealer = ClientEncryption(providers, self.namespace, self.client, CodecOptions(), key_expiration_ms=life)
        self.opener = MongoCrypt(MongoCryptOptions(providers, bypass_encryption=True), KeysInHand({}))

    @property
    def current(self):
        """The name of the one that wraps what is new."""
        return self.names[CURRENT]

    @property
    def old(self):
        """The name of the one that is on its way out, or None."""
        return self.names.get(OLD)
