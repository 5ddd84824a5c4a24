"""Sealed boxes (X25519, libsodium): what is sealed here can be opened only where the private key is.

Inside is a JSON text `{"author", "text", "photos": [{"type", "data"}]}`, all but `text` optional, photos in base64,
filled up with blanks so that its size tells nothing of a text and little of photos.
"""

import hashlib
import json
from base64 import b64decode, b64encode

from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, PublicKey, SealedBox

from services.petition.domain.clue import LARGEST, SMALLEST
from services.petition.domain.refusals import ClueTooLarge

REPLY = b"xiangyin.reply"


class Unopenable(Exception):
    """Not sealed to this key, or not what a clue holds."""


def new_key():
    """A private key, as text."""
    return b64encode(bytes(PrivateKey.generate())).decode()


def public_key(private):
    """The public half of a private key, both as text."""
    return b64encode(bytes(_private(private).public_key)).decode()


def reply_key(code):
    """The private key that a claim code stands for, as text."""
    return b64encode(hashlib.blake2b(code.encode(), digest_size=32, person=REPLY).digest()).decode()


def seal(key, text, author=None, photos=()):
    """Sealed bytes for whoever has the private half of `key` (text); `photos` are JPEGs. Raises ClueTooLarge."""
    pictures = [{"type": "image/jpeg", "data": b64encode(photo).decode()} for photo in photos]
    inside = {"author": author, "text": text, "photos": pictures}
    content = json.dumps(inside, ensure_ascii=False).encode()
    size = max(SMALLEST, 1 << (len(content) - 1).bit_length())
    if size > LARGEST:
        raise ClueTooLarge()
    return bytes(SealedBox(PublicKey(b64decode(key))).encrypt(content.ljust(size)))


def opened(private, sealed):
    """`{"author", "text", "photos"}`, photos as (type, bytes); a type may be anything. Raises Unopenable."""
    try:
        inside = json.loads(SealedBox(_private(private)).decrypt(sealed))
        photos = [(photo["type"], b64decode(photo["data"])) for photo in inside.get("photos") or ()]
        return {"author": _of(str | None, inside.get("author")), "text": _of(str, inside["text"]), "photos": photos}
    except (CryptoError, ValueError, TypeError, LookupError, AttributeError, RecursionError, MemoryError):
        raise Unopenable() from None


def _of(kind, value):
    """A value of this kind. Raises TypeError."""
    if not isinstance(value, kind):
        raise TypeError
    return value


def _private(text):
    return PrivateKey(b64decode(text))
