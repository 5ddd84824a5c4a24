"""Blind index: letters found by tokens of their words, which nobody reads.

Letters whose tokens fit are opened to see whether they have the words. Nobody reads what is opened.
"""

from chassis.domain import time_of
from chassis.service import Group, Regions, Vault, every
from services.petition.domain.words import (
    KEYS,
    key_for,
    key_name,
    quarter_named,
    quarter_of,
    quarters,
    range_of,
    settled,
    tokens,
    words_of,
)
from services.petition.store.petitions import SCANS, Petitions

DAY = 86_400


class WordIndex(Group):
    """Tokens of letters, under a key of each village and quarter."""

    regions = Regions()
    petitions = Petitions()
    vault = Vault()

    def tokens_of(self, id, region, letter):
        """The tokens of a new letter of somebody from a region."""
        name, words = key_for(self.regions.path(region)[0], id), words_of(letter["text"], letter["place"])
        return sorted(set(tokens(name, self.vault.secret(name), words)))

    def tokens_in(self, villages, words, cursor):
        """Newest first, that of the cursor or of today the first: for some quarters together a row of tokens for each
        of the keys that there are.
        """
        newest = quarter_of(time_of(cursor) if cursor else self.now())
        oldest = self.vault.named(KEYS, key_name("~", newest), 1)
        for some in _together(quarters(quarter_named(oldest[0]), newest) if oldest else [], len(villages)):
            keys = self.vault.secrets([key_name(village, quarter) for quarter in some for village in villages])
            yield [tokens(name, key, words) for name, key in keys.items()]

    def words_in(self, letters):
        """The set of words of each; nobody reads them."""
        sealed = [letter.text for letter in letters] + [letter.place for letter in letters]
        words = [each or set() for each in self.vault.masked(sealed, words_of)]
        return [text | place for text, place in zip(words[: len(letters)], words[len(letters) :], strict=True)]

    @every(seconds=DAY)
    def forget_keys_of_marks(self):
        """Destroy the keys of quarters that are over, once no letter has a token under them any more."""
        for name in self.vault.named(KEYS, settled(self.now())):
            if not self.petitions.has_tokens(*range_of(name)):
                self.vault.destroy(name)


def _together(quarters, villages):
    """As many quarters at a time as one query can look through in all villages."""
    size = max(1, SCANS // max(1, villages))
    return (quarters[start : start + size] for start in range(0, len(quarters), size))
