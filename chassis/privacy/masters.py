"""The master keys that wrap the data keys of a vault, and libmongocrypt with them.

They turn (`xiangyin masters`): `vault.next.key` is announced, becomes `vault.key`, which wraps what is new, and what it
takes the place of is `vault.old.key` until nothing is under it any more and it is destroyed. Each is known by a name
made of itself, which every data key carries, so no two places can mean different keys by one name.
"""

import hashlib
from contextlib import suppress
from pathlib import Path
from typing import Any

from bson.codec_options import CodecOptions
from pymongo.encryption import ClientEncryption
from pymongocrypt.mongocrypt import MongoCrypt, MongoCryptOptions

from chassis.domain import now
from chassis.privacy.keyring import FRESH_SECONDS, LocalKeys

REWRAPPED = 200  # at once
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


class MasterMissing(RuntimeError):
    """Data keys are wrapped by a master key that SECRETS_DIR has not."""


class Masters:
    """`sealer` and `opener` of libmongocrypt for a vault (a database), with the master keys of a folder."""

    def __init__(self, directory, database):
        self.directory, self.keys, self.noted = directory, database["keys"], database.masters
        self.held = None
        self.look()

    def look(self):
        """Read the files; what has changed is used from now on."""
        found = masters(self.directory)
        if found == self.held:
            return
        self.held, self.names = found, {file: name_of(key) for file, key in found.items()}
        providers, life = {name_of(key): {"key": key} for key in found.values()}, FRESH_SECONDS * 1000
        client = self.keys.database.client
        self.sealer: ClientEncryption[dict[str, Any]] = ClientEncryption(
            providers, self.keys.full_name, client, CodecOptions(), key_expiration_ms=life
        )
        self.opener = MongoCrypt(MongoCryptOptions(providers, bypass_encryption=True), LocalKeys({}))

    @property
    def current(self):
        """The name of the one that wraps what is new."""
        return self.names[CURRENT]

    def require_all(self):
        """Raises MasterMissing."""
        missing = sorted(set(self.keys.distinct("masterKey.provider")) - set(self.names.values()))
        if missing:
            count = self.keys.count_documents({"masterKey.provider": {"$in": missing}})
            raise MasterMissing(
                f"{count} keys of {self.keys.full_name} are wrapped by master keys that SECRETS_DIR has not "
                f"({', '.join(missing)}): put the file back, or a backup of the vault made since"
            )

    def follow(self):
        """Look again, note which are there, and wrap by the one in use what the old one wraps."""
        self.look()
        for name in self.names.values():
            used = {"$min": {"used": now()}} if name == self.current else {}
            self.noted.update_one({"_id": name}, {"$setOnInsert": {"noticed": now()}} | used, upsert=True)
        while ids := self._under_old():
            self.sealer.rewrap_many_data_key({"_id": {"$in": ids}}, self.current)

    def _under_old(self):
        """Ids of some keys that the old one wraps; never of those under the next one, which others use already."""
        old = {"masterKey.provider": self.names.get(OLD)}
        return [row["_id"] for row in self.keys.find(old, {"_id": 1}, limit=REWRAPPED)] if OLD in self.names else []
