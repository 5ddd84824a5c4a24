"""How long what is kept: a service's `retention.json` says what is forgotten how many days after what.

Rules are data: {name, collection, since, days, words} and perhaps `clear`, the fields that are emptied (without it the
whole row goes), and `where`, field → values. What the database itself forgets (TTL indexes) is not among them.
"""

import json
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cache


@dataclass(frozen=True, kw_only=True)
class Rule:
    """One line of the schedule; `words` is its reason, in Chinese. The first of `clear` tells whether it was done."""

    name: str
    collection: str
    since: str
    days: int
    words: str
    clear: list = field(default_factory=list)
    where: dict = field(default_factory=dict)

    def due(self, at):
        """The filter of rows whose time is over."""
        left = {self.clear[0]: {"$ne": None}} if self.clear else {}
        where = {name: {"$in": values} for name, values in self.where.items()}
        return {self.since: {"$lte": at - timedelta(days=self.days)}, **where, **left}

    def count(self, database, at):
        """How many rows that are."""
        return database[self.collection].count_documents(self.due(at))

    def apply(self, database, at):
        """Forget them; returns how many."""
        rows = database[self.collection]
        if not self.clear:
            return rows.delete_many(self.due(at)).deleted_count
        change = {"$set": dict.fromkeys(self.clear), "$inc": {"version": 1}}
        return rows.update_many(self.due(at), change).modified_count


@cache
def schedule(path):
    """The Rules in a file; none without a file. Read once."""
    return [Rule(**rule) for rule in json.loads(path.read_text(encoding="utf-8"))] if path else []
