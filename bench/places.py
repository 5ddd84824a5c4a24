"""Where many copies of a letter are, and about what: all over the county, in words as common as in life."""

from datetime import timedelta
from functools import cache, cached_property
from random import Random

from chassis.privacy.vault import VaultKeys
from services.petition.domain.policy import LADDER
from services.petition.domain.words import key_for, tokens
from services.petition.domain.worklist import intake_queue

RUNGS = (0, 0, 0, 0, 0, 0, 1, 1, 1, 2)
"""Of ten letters six are with a village, three with a town, one with the city."""
WORDS = [chr(0x4E00 + number % 97) + chr(0x4F00 + number // 97) for number in range(4_000)]
"""From the commonest to the rarest; the n-th is in about one of n letters."""
LENGTH, MINUTES, TEXTS = 12, 40_000, 2_000


def some(chance):
    """A word."""
    return WORDS[int(len(WORDS) ** chance.random()) - 1]


class Places:
    """The villages of a Town, and what its words look like in each."""

    def __init__(self, town):
        villages = town.database("petition").regions.find({"level": LADDER[0]}).sort("_id")
        self.town, self.paths = town, [row["path"] for row in villages]

    @cached_property
    def vault(self):
        """petition's."""
        return VaultKeys.of(self.town.environment("petition"), "petition")

    @cache  # noqa: B019
    def text(self, author, number):
        """A text sealed for its author, and its words; there are some of all kinds."""
        chance = Random(number)
        words = sorted({some(chance) for _ in range(LENGTH)})
        return self.vault.seal(author, "，".join(words)), words

    @cache  # noqa: B019
    def tokens(self, name):
        """Word → its token under a key of a village and quarter."""
        return dict(zip(WORDS, tokens(name, self.vault.secret(name), WORDS), strict=True))

    def of(self, letter, number):
        """What is different in the copy with this number."""
        path = self.paths[number % len(self.paths)]
        index = RUNGS[number // len(self.paths) % len(RUNGS)]
        known = self.tokens(key_for(path[0], letter["_id"]))
        text, words = self.text(letter["author"], Random(number).randrange(TEXTS))
        return {
            "region": path[0],
            "path": path,
            "level": LADDER[index],
            "office": path[index],
            "queues": [path[index]],
            "shown_to": sorted([path[index], intake_queue(path[-1])]),
            "text": text,
            "place": None,
            "words": sorted({known[word] for word in words}),
            "due_at": letter["due_at"] - timedelta(minutes=number % MINUTES),
            "clocks": [clock | {"level": LADDER[index]} for clock in letter["clocks"]],
        }
