"""Where many copies of a letter are, and about what: all over the county, in words as common as in life."""

from datetime import timedelta
from functools import cached_property
from random import Random

from chassis.vault import VaultKeys
from services.petition.domain.policy import LADDER
from services.petition.domain.words import marks

RUNGS = (0, 0, 0, 0, 0, 0, 1, 1, 1, 2)
"""Of ten letters six are with a village, three with a town, one with the city."""
WORDS = [chr(0x4E00 + number % 97) + chr(0x4F00 + number // 97) for number in range(4_000)]
"""From the commonest to the rarest; the n-th is in about one of n letters."""
LENGTH, MINUTES = 12, 40_000


def some(chance):
    """A word."""
    return WORDS[int(len(WORDS) ** chance.random()) - 1]


class Places:
    """The villages of a Town, and what its words look like in each."""

    def __init__(self, town):
        villages = town.database("petition").regions.find({"level": LADDER[0]}).sort("_id")
        self.town, self.paths = town, [row["path"] for row in villages]

    @cached_property
    def marks(self):
        """Village → word → its mark there."""
        digest = VaultKeys.of(self.town.environment("petition"), "petition").digest
        return {path[0]: dict(zip(WORDS, marks(digest, path[0], WORDS), strict=True)) for path in self.paths}

    def of(self, letter, number):
        """What is different in the copy with this number."""
        path, chance = self.paths[number % len(self.paths)], Random(number)
        rung = RUNGS[number // len(self.paths) % len(RUNGS)]
        known = self.marks[path[0]]
        return {
            "region": path[0],
            "path": path,
            "level": LADDER[rung],
            "office": path[rung],
            "desks": [path[rung]],
            "words": sorted({known[some(chance)] for _ in range(LENGTH)}),
            "due_at": letter["due_at"] - timedelta(minutes=number % MINUTES),
            "clocks": [clock | {"level": LADDER[rung]} for clock in letter["clocks"]],
        }
