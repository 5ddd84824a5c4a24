"""Numbers a person can say: `QL-2026-000123`, from blocks taken outside any transaction, so no document is hot.

Every number is given once; some are never given. Within a block they are given in no order, so that a number does not
tell between which two others an anonymous letter was written.
"""

import random
from collections import deque
from datetime import timedelta
from typing import Self

from nameko.extensions import DependencyProvider
from pymongo import ReturnDocument

from chassis.data.mongo import Mongo
from chassis.domain import now

BLOCK = 100
BEIJING = timedelta(hours=8)


class Numbers(DependencyProvider):
    """Numbers with a prefix, counted anew each Beijing year."""

    mongo = Mongo()

    def __init__(self, prefix: str = "") -> None:
        super().__init__()
        self.prefix = prefix
        self.ready: deque[tuple[str, int]] = deque()

    def get_dependency(self, worker_ctx: object) -> Self:
        return self

    def take(self) -> str:
        """The next number."""
        series = f"{self.prefix}-{(now() + BEIJING).year}"
        while not self.ready or self.ready[0][0] != series:
            self._fetch(series)
        return "{}-{:06d}".format(*self.ready.popleft())

    def _fetch(self, series: str) -> None:
        """Take a block of our own; numbers left over from another year are dropped."""
        block = self.mongo.database.blocks.find_one_and_update(
            {"_id": series}, {"$inc": {"taken": BLOCK}}, upsert=True, return_document=ReturnDocument.AFTER
        )
        if block is None:
            raise LookupError(series)  # never: an upsert answers
        numbers = range(block["taken"] - BLOCK + 1, block["taken"] + 1)
        self.ready = deque((series, number) for number in random.SystemRandom().sample(numbers, BLOCK))
