"""A proof of work that names nobody: who wants to file a clue lets her device search for a moment.

The server keeps nothing of a challenge it gives; it knows its own by the keyed hash in it. All challenges of two hours
end at the same moment, so that not even the mark of a used one tells when it was used. The more bytes are to come, and
the more came already that day, the more work it is.
"""

import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from hashlib import sha256

from chassis.domain import Refusal, Unacceptable

HOUR = timedelta(hours=1)
FREE = 65 << 10  # bytes; every text, as JSON or sealed by a device
QUIET = 32 << 20  # bytes of a day; an honest one has less, so that the price tells nobody that something came
CROWD = 4  # bits
STALE = 1  # bits by which a challenge may have become too easy since it was given


class ProofWrong(Unacceptable):
    """验证没有通过或已过期，请重新获取验证后再提交"""


class ProofTooCheap(Unacceptable):
    """这次验证不够提交这么多内容，请重新获取验证后再提交"""


class LengthUnknown(Unacceptable):
    """提交时应先说明内容有多大（Content-Length）"""


class ProofSpent(Refusal):
    """这次验证已经用过，请重新获取验证后再提交"""


@dataclass(frozen=True)
class Proof:
    """A challenge that was solved: `mark` is what a used one is remembered by, until `ends_at`."""

    mark: str
    ends_at: datetime
    bits: int

    def still_pays(self, needed: int) -> None:
        """Raises ProofTooCheap when by now it is far less than the bits needed."""
        if self.bits + STALE < needed:
            raise ProofTooCheap()


def price(base: int, size: int, today: int) -> int:
    """Leading zero bits for `size` bytes on a day that has `today` already: one more for each doubling of either."""
    return base + _doublings(size, FREE) + min(CROWD, _doublings(today, QUIET))


def _doublings(amount: int, beyond: int) -> int:
    return max(0, (amount - 1) // beyond).bit_length()


def issue(sign: Callable[[str], str], bits: int, size: int, at: datetime) -> str:
    """A challenge `salt.end.size.bits.hash`; `sign` is a keyed hash (text → text)."""
    end = at.replace(minute=0, second=0, microsecond=0) + 2 * HOUR
    challenge = f"{secrets.token_hex(16)}.{int(end.timestamp())}.{size}.{bits}"
    return f"{challenge}.{sign(challenge)}"


def verify(sign: Callable[[str], str], shown: str, size: int | None, at: datetime) -> Proof:
    """The Proof in `CHALLENGE NONCE`, for so many bytes. Raises ProofWrong, LengthUnknown, ProofTooCheap."""
    challenge, _, nonce = shown.partition(" ")
    text, _, signed = challenge.rpartition(".")
    if not hmac.compare_digest(sign(text).encode(), signed.encode()):
        raise ProofWrong()
    _, end, most, bits = text.split(".")
    ends_at = datetime.fromtimestamp(int(end), UTC)
    if at >= ends_at or not solves(challenge, nonce, int(bits)):
        raise ProofWrong()
    if size is None:
        raise LengthUnknown()
    if size > int(most):
        raise ProofTooCheap()
    return Proof(sha256(challenge.encode()).hexdigest(), ends_at, int(bits))


def solves(challenge: str, nonce: str, bits: int) -> bool:
    """Whether SHA-256 of `challenge:nonce` begins with so many zero bits."""
    found = sha256(f"{challenge}:{nonce}".encode()).digest()
    return int.from_bytes(found) >> (256 - bits) == 0
