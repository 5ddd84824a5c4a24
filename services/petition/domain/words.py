"""Blind index: words by which a text is found without being read: pairs of Chinese characters, Latin words and numbers.

Only tokens of them are kept: 12 bits of a hash under a key of the village and quarter, so that more than a thousand
pairs of characters share each token, and tokens of two villages or quarters cannot be compared. What has the tokens of
a question may have its words; whether it has them only its text tells.
"""

import hmac
import re
import unicodedata
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import sha256
from itertools import pairwise
from typing import TypeVar

from chassis.domain import time_of
from services.petition.domain.board import BEIJING

T = TypeVar("T")
RUNS = re.compile(r"[㐀-䶿一-鿿𠀀-𱍏]+|[a-z0-9]+")
SHORTEST, TOKEN_BITS, ASKED = 3, 12, 8
STEPS, SHOWN = (0.2, 0.4, 0.6, 0.8, 1.0), 5
KEYS = "words:"
SETTLED = timedelta(days=2)
"""After so long nothing is written down for a quarter that is over."""


def words_of(*texts: str | None) -> set[str]:
    """The set of words in some texts, each of which may be None."""
    written = unicodedata.normalize("NFKC", " ".join(filter(None, texts))).casefold()
    return {word for run in RUNS.findall(written) for word in _words(run)}


def asked(text: str) -> list[str]:
    """Those of a question, long ones first, no more than are needed to tell."""
    return sorted(words_of(text), key=lambda word: (-len(word), word))[:ASKED]


def quarter_of(at: datetime) -> str:
    """The quarter of the year in Beijing, `2026Q4`; they sort as they follow each other."""
    day = at + BEIJING
    return f"{day.year}Q{(day.month + 2) // 3}"


def quarters(oldest: str, newest: str) -> list[str]:
    """All from one to another, the newest first."""
    first, last = (4 * int(each[:4]) + int(each[5]) - 1 for each in (oldest, newest))
    return [f"{number // 4}Q{number % 4 + 1}" for number in range(last, first - 1, -1)]


def key_for(village: str, letter: str) -> str:
    """The name of the key that tokens of a letter (its id) in a village are made with."""
    return key_name(village, quarter_of(time_of(letter)))


def key_name(village: str, quarter: str) -> str:
    """Keys of one quarter stand together, later ones after it."""
    return f"{KEYS}{quarter}:{village}"


def quarter_named(name: str) -> str:
    """The quarter that a key is of."""
    return name.removeprefix(KEYS).partition(":")[0]


def settled(at: datetime) -> str:
    """Names of keys before this one are of quarters to which nothing is added."""
    return f"{KEYS}{quarter_of(at - SETTLED)}"


def tokens(name: str, key: bytes, words: Iterable[str]) -> list[int]:
    """The token of each word under a key (32 bytes) of this name.

    Above its bits a token has a number that is the same for all of one key: who asks for it asks in no other.
    """
    first, _ = range_of(name)
    return [first + (int.from_bytes(hmac.digest(key, word.encode(), "sha256")) >> (256 - TOKEN_BITS)) for word in words]


def range_of(name: str) -> tuple[int, int]:
    """The least and the greatest token under the key of this name."""
    first = int.from_bytes(sha256(name.encode()).digest()[:5]) << TOKEN_BITS
    return first, first + (1 << TOKEN_BITS) - 1


def likeness(one: Iterable[str], other: Iterable[str]) -> float:
    """Jaccard similarity of two sets of words: the share of what is in both (0 to 1)."""
    union = set(one) | set(other)
    return len(set(one) & set(other)) / len(union) if union else 0.0


def alike(words: Iterable[str], others: Iterable[tuple[Iterable[str], T]]) -> list[tuple[float, T]]:
    """(likeness, other) of those of the (words, other) that are like enough to be about the same, most alike first.

    The likeness is in STEPS, so that one word more or less in a text does not tell of a word in another.
    """
    found = [(_step(likeness(words, theirs)), other) for theirs, other in others]
    return sorted((each for each in found if each[0]), key=lambda each: -each[0])[:SHOWN]


def _step(share: float) -> float:
    """The greatest of STEPS that a share reaches, 0 when it reaches none."""
    return max((step for step in STEPS if step <= share), default=0)


def _words(run: str) -> Iterable[str]:
    if run.isascii():
        return [run] if len(run) >= SHORTEST else []
    return map("".join, pairwise(run))
