"""Reads by key that are asked for while others are on their way go together, in one query; what hardly ever changes is
kept for a moment.
"""

import time

from chassis.data.together import Together
from chassis.data.writes import written


class Lookups:
    """The reads of one collection by one field, which holds one value in each document.

    What was read is kept for so many `seconds`, and no longer than until this process writes to the collection.
    """

    def __init__(self, rows, field="_id", seconds=0):
        self.rows, self.field, self.seconds, self.together = rows, field, seconds, Together(self._read)
        self.place, self.kept, self.of, self.until = (rows.database.name, rows.name), {}, None, 0

    def find(self, keys):
        """The documents with these keys; not to be changed, for others may have asked for the same."""
        kept = self._kept()
        missing = [key for key in keys if key not in kept]
        found = kept | self.together.do(missing) if missing else kept
        return [row for key in keys for row in found.get(key, ())]

    def _kept(self):
        if self.of != written[self.place] or time.monotonic() > self.until:
            self.kept, self.of, self.until = {}, written[self.place], time.monotonic() + self.seconds
        return self.kept

    def _read(self, asked):
        wanted, before = list({key for keys in asked for key in keys}), written[self.place]
        found = {key: [] for key in wanted}
        for row in self.rows.find({self.field: {"$in": wanted}}):
            found[row[self.field]].append(row)
        if self.seconds and before == self.of == written[self.place]:
            self.kept |= found
        return [found] * len(asked)
