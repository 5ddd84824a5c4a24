"""What tokens of words tell whoever has them (H9): measured on texts of this repository, cut into letters.

`pytest --log-cli-level=INFO` prints the figures that docs/security.md gives.
"""

import logging
import secrets
from collections import Counter, defaultdict
from functools import cache
from itertools import product
from pathlib import Path
from random import Random

import pytest

from services.petition.domain import words
from services.petition.domain.words import tokens, words_of

log = logging.getLogger(__name__)

ROOT = Path(__file__).parents[3]
LENGTH, LETTERS, COMMON = 96, 60, 300
NAMES = "words:2026Q3:510183122211", "words:2026Q4:510183122211"
p13 = pytest.mark.feature("P13")


@cache
def corpus():
    """All Chinese that this repository says to people."""
    files = sorted([*ROOT.glob("*.zh-CN.md"), *ROOT.glob("services/**/*.py"), *ROOT.glob("services/**/*.json")])
    text = "".join(file.read_text("utf-8") for file in files if "tests" not in file.parts)
    return "，".join(run for run in words.RUNS.findall(text) if not run.isascii())


def letters():
    """Texts of so many characters, as people of one village might write in a quarter; the same each time."""
    chance, text = Random(1), corpus()
    starts = (chance.randrange(len(text) - LENGTH) for _ in range(LETTERS))
    return [text[start : start + LENGTH] for start in starts]


def kept(name, key):
    """What a database holds of each letter."""
    return [set(tokens(name, key, words_of(letter))) for letter in letters()]


def guesses():
    """Pairs of the commonest characters, and all that are ever written here: what somebody may try."""
    common = [char for char, _ in Counter(corpus().replace("，", "")).most_common(COMMON)]
    return {"any pair": list(map("".join, product(common, common))), "pairs in use": sorted(words_of(corpus()))}


def right(name, key, tried):
    """Of the words that somebody with the key takes a letter to have, the share that it has."""
    sharing, hits, claims = defaultdict(list), 0, 0
    for word, token in zip(tried, tokens(name, key, tried), strict=True):
        sharing[token].append(word)
    for held, letter in zip(kept(name, key), letters(), strict=True):
        said = [word for token in held for word in sharing[token]]
        hits, claims = hits + len(words_of(letter).intersection(said)), claims + len(said)
    return hits / claims


@p13
@pytest.mark.parametrize(("bits", "least", "most"), [(24, 0.95, 1), (words.TOKEN_BITS, 0, 0.05)])
def test_with_its_key_a_token_of_12_bits_names_no_word_where_24_did(bits, least, most, monkeypatch):
    monkeypatch.setattr(words, "TOKEN_BITS", bits)
    key = secrets.token_bytes(32)
    shares = {kind: right(NAMES[0], key, tried) for kind, tried in guesses().items()}
    log.info("right with the key, %s bits: %s", bits, shares)
    assert least <= shares["any pair"] <= most
    assert shares["any pair"] < shares["pairs in use"]  # who knows how people write guesses better


def known(held, told):
    """Mark → word, as whoever knows some letters learns it where there is no doubt."""
    seen = {}
    for kept_of_it, letter in zip(held, told, strict=True):
        for token in kept_of_it:
            seen[token] = seen.get(token, words_of(letter)) & words_of(letter)
    return {token: next(iter(left)) for token, left in seen.items() if len(left) == 1}


@p13
def test_who_knows_letters_of_one_quarter_learns_nothing_of_another():
    first, other = (kept(name, secrets.token_bytes(32)) for name in NAMES)
    book, half = known(first[: LETTERS // 2], letters()[: LETTERS // 2]), LETTERS // 2
    read = {}
    for kind, rest in (("same quarter", first[half:]), ("another", other[half:])):
        claims = [
            (book[token], letter)
            for held, letter in zip(rest, letters()[half:], strict=True)
            for token in held
            if token in book
        ]
        read[kind] = sum(word in words_of(letter) for word, letter in claims) / sum(map(len, rest))
    log.info("words of other letters read by who knows half of them: %s", read)
    assert read["another"] == 0


@p13
def test_without_a_key_the_commonest_tokens_of_two_quarters_cannot_be_matched_by_value():
    first, other = (kept(name, secrets.token_bytes(32)) for name in NAMES)
    assert set().union(*first).isdisjoint(set().union(*other))
    low = [{token % (1 << words.TOKEN_BITS) for held in each for token in held} for each in (first, other)]
    chance = len(low[0]) * len(low[1]) / (1 << words.TOKEN_BITS)
    assert abs(len(low[0] & low[1]) - chance) < 6 * chance**0.5  # as many as by chance


@p13
def test_what_frequency_alone_tells_is_measured():
    """Not stopped: in one village and quarter the commonest tokens are the commonest words' (docs/security.md)."""
    key = secrets.token_bytes(32)
    written = Counter(word for letter in letters() for word in words_of(letter)).most_common(10)
    ranked = [token for token, _ in Counter(token for held in kept(NAMES[0], key) for token in held).most_common(10)]
    places = [
        ranked.index(token) if (token := tokens(NAMES[0], key, [word])[0]) in ranked else None for word, _ in written
    ]
    exact = sum(place == rank for rank, place in enumerate(places))
    log.info("top ten by frequency: %s exact, %s among the ten", exact, len(places) - places.count(None))
    assert len(ranked) == 10
