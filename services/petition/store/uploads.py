"""How pictures wait for their letter or report, for at most a day.

Whoever uploads one is given a string, the only copy of the key that opens it. Nothing kept says who that was, and
neither we nor a copy of the database with all our keys can open it before somebody claims it.
"""

import hashlib
import secrets
from datetime import datetime, timedelta

from nacl.secret import SecretBox

from chassis.store import BY_ID, Rows, index
from services.petition.domain.refusals import PhotoUnavailable

WAITS = timedelta(hours=24)
NAME, KEY = b"xiangyin.upload", b"xiangyin.picture"


class Uploads(Rows):
    """Rows {_id: a hash of the string, sealed, ends_at}; the hour of the upload is all that is known of its time."""

    collection, options = "uploads", BY_ID
    indexes = [index("ends_at", expireAfterSeconds=0)]

    def keep(self, jpeg: bytes, at: datetime) -> str:
        """Keep a picture; returns the string that claims it."""
        claim, hour = secrets.token_urlsafe(32), at.replace(minute=0, second=0, microsecond=0)
        sealed = bytes(SecretBox(_hash(claim, KEY)).encrypt(jpeg))
        self.insert({"_id": _hash(claim, NAME).hex(), "sealed": sealed, "ends_at": hour + WAITS})
        return claim

    def take(self, claim: str) -> bytes:
        """The picture that a string claims, which waits no more. Raises PhotoUnavailable."""
        key = _hash(claim, NAME).hex()
        row = self.row(key)
        if row is None:
            raise PhotoUnavailable()
        self.remove(key)
        return SecretBox(_hash(claim, KEY)).decrypt(row["sealed"])


def _hash(claim: str, use: bytes) -> bytes:
    return hashlib.blake2b(claim.encode(), digest_size=32, person=use).digest()
