"""Bytes that requests may hold in memory at once: in this process, and for one person or network."""

from collections import Counter

from chassis.core.problems import Problem

LATER = {"Retry-After": "10"}


class Budget:
    """`total` bytes, of which anybody has at most `each`."""

    def __init__(self, total: int, each: int) -> None:
        self.total, self.each = total, each
        self.held: Counter[str | None] = Counter()

    def demand(self, who, size):
        """Raises Problem when so many bytes would be too many now."""
        if size > min(self.total - self.held.total(), self.each - self.held[who]):
            raise Problem("crowded", headers=LATER)

    def take(self, who, size):
        """Count bytes as held; raises Problem when they are too many."""
        self.demand(who, size)
        self.held[who] += size

    def give_back(self, who, size):
        """Count bytes as held no longer."""
        self.held[who] -= size
        if not self.held[who]:
            del self.held[who]
