"""Words by which a text is found without being read: pairs of Chinese characters, Latin words and numbers.

Only marks of them are kept: 24 bits of a hash under a key of the village. There are about as many values as pairs of
common characters, so a mark alone proves no word, and the marks of two villages cannot be compared.
"""

import re
import unicodedata
from itertools import pairwise

RUNS = re.compile(r"[㐀-䶿一-鿿𠀀-𱍏]+|[a-z0-9]+")
SHORTEST, MARK_BITS, ASKED = 3, 24, 8
STEPS, SHOWN = (0.2, 0.4, 0.6, 0.8, 1.0), 5


def words_of(*texts):
    """The set of words in some texts, each of which may be None."""
    written = unicodedata.normalize("NFKC", " ".join(filter(None, texts))).casefold()
    return {word for run in RUNS.findall(written) for word in _words(run)}


def asked(text):
    """Those of a question, long ones first, no more than are needed to tell."""
    return sorted(words_of(text), key=lambda word: (-len(word), word))[:ASKED]


def marks(digest, village, words):
    """The mark of each word in a village; `digest(text)` is a keyed hash (hex)."""
    return [_mark(digest(f"word {village} {word}")) for word in words]


def likeness(one, other):
    """How alike two sets of marks are: the share of what is in both (0 to 1)."""
    together = set(one) | set(other)
    return len(set(one) & set(other)) / len(together) if together else 0.0


def alike(petition, others):
    """(likeness, other) of those letters that are like enough to be about the same, most alike first, a few.

    The likeness is in STEPS; of equally alike ones those that come first in `others`, which says no more than that.
    """
    found = [(_step(petition, other), other) for other in others if other.id != petition.id]
    return sorted((each for each in found if each[0]), key=lambda each: -each[0])[:SHOWN]


def _step(petition, other):
    """The greatest of STEPS that the likeness of two letters reaches, 0 when it reaches none."""
    share = likeness(petition.words or (), other.words or ())
    return max((step for step in STEPS if step <= share), default=0)


def _mark(digest):
    return int(digest, 16) >> (4 * len(digest) - MARK_BITS)


def _words(run):
    if run.isascii():
        return [run] if len(run) >= SHORTEST else []
    return map("".join, pairwise(run))
