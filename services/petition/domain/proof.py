"""A proof of work that names nobody: who wants to file a clue lets her device search for a moment.

The server keeps nothing of a challenge it gives; it knows its own by the keyed hash in it. All challenges of two hours
end at the same moment, so that not even the mark of a used one tells when it was used.
"""

import hmac
import secrets
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from services.petition.domain.refusals import ProofWrong

HOUR = timedelta(hours=1)


def issue(sign, bits, at):
    """A challenge `salt.end.bits.hash`; `sign` is a keyed hash (text → text)."""
    end = at.replace(minute=0, second=0, microsecond=0) + 2 * HOUR
    challenge = f"{secrets.token_hex(16)}.{int(end.timestamp())}.{bits}"
    return f"{challenge}.{sign(challenge)}"


def demand(sign, challenge, nonce, at):
    """The moment the challenge ends, if the nonce solves it. Raises ProofWrong, whatever the cause."""
    text, _, signed = challenge.rpartition(".")
    if not hmac.compare_digest(sign(text).encode(), signed.encode()):
        raise ProofWrong()
    _, end, bits = text.split(".")
    ends_at = datetime.fromtimestamp(int(end), UTC)
    if at >= ends_at or not solves(challenge, nonce, int(bits)):
        raise ProofWrong()
    return ends_at


def solves(challenge, nonce, bits):
    """Whether SHA-256 of `challenge:nonce` begins with so many zero bits."""
    found = sha256(f"{challenge}:{nonce}".encode()).digest()
    return int.from_bytes(found) >> (256 - bits) == 0


def spent(challenge):
    """What a used challenge is remembered by."""
    return sha256(challenge.encode()).hexdigest()
