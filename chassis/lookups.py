"""Reads by key that are asked for while others are on their way go together, in one query."""

from chassis.together import Together


class Lookups:
    """The reads of one collection by one field, which holds one value in each document."""

    def __init__(self, rows, field="_id"):
        self.rows, self.field, self.together = rows, field, Together(self._read)

    def find(self, keys):
        """The documents with these keys; not to be changed, for others may have asked for the same."""
        found = self.together.do(keys)
        return [row for key in keys for row in found.get(key, ())]

    def _read(self, asked):
        wanted, found = list({key for keys in asked for key in keys}), {}
        for row in self.rows.find({self.field: {"$in": wanted}}):
            found.setdefault(row[self.field], []).append(row)
        return [found] * len(asked)
