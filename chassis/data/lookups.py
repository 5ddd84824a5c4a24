"""Reads by key, coalesced into one query; what hardly ever changes is cached for a moment."""

import time
from collections import Counter
from typing import Any

from chassis.data.coalescer import Coalescer
from chassis.data.mongo import Row


class Written(Counter):
    """State of a database: collection → how often this process has written there."""


class Lookups:
    """The reads of one collection by one field, which holds one value in each document.

    What was read is kept for so many `seconds`, and no longer than until this process writes to the collection.
    """

    def __init__(self, rows, field="_id", seconds=0):
        self.rows, self.field, self.seconds, self.reads = rows, field, seconds, Coalescer(self._read)
        self.written, self.kept, self.of, self.until = rows.database.state(Written), {}, None, 0

    def find(self, keys):
        """The documents with these keys; not to be changed, for others may have asked for the same."""
        kept = self._kept()
        missing = [key for key in keys if key not in kept]
        found = kept | self.reads.do(missing) if missing else kept
        return [row for key in keys for row in found.get(key, ())]

    def _kept(self):
        if self.of != self.written[self.rows.name] or time.monotonic() > self.until:
            self.kept, self.of, self.until = {}, self.written[self.rows.name], time.monotonic() + self.seconds
        return self.kept

    def _read(self, asked):
        wanted, before = list({key for keys in asked for key in keys}), self.written[self.rows.name]
        found: dict[Any, list[Row]] = {key: [] for key in wanted}
        for row in self.rows.find({self.field: {"$in": wanted}}):
            found[row[self.field]].append(row)
        if self.seconds and before == self.of == self.written[self.rows.name]:
            self.kept |= found
        return [found] * len(asked)
