"""What a unit of work is going to write: one merged change per document, flushed in bulk.

Two hundred `$inc` of one become one of two hundred; a row inserted and then changed is inserted changed.
"""

from collections import defaultdict
from dataclasses import dataclass, field, replace
from typing import Any

from pymongo import DeleteOne, InsertOne, ReplaceOne, UpdateOne
from pymongo.errors import BulkWriteError

from chassis.data.mongo import Clash, Duplicate

DUPLICATE_KEY = 11000


@dataclass
class Change:
    """All that happens to one document; `origin` is the index of the message that asked first."""

    origin: int
    document: dict | None = None  # insert it, or replace the one whose version is `expected`
    expected: int = 0
    fields: dict = field(default_factory=dict)
    counts: dict = field(default_factory=lambda: defaultdict(int))
    defaults: dict = field(default_factory=dict)
    removed: bool = False
    upsert: bool = True

    @property
    def vanished(self):
        """Inserted and removed again: nothing to write."""
        return self.removed and self.document is not None and not self.expected

    def copy(self):
        """A Change that later messages cannot alter."""
        return replace(self, fields=dict(self.fields), counts=self.counts.copy(), defaults=dict(self.defaults))

    def apply(self, row):
        """The row as it will be, from the row as it is stored (or None)."""
        if self.removed:
            return None
        row = (row or dict(self.defaults)) | (self.document or {}) | self.fields
        return row | {name: row.get(name, 0) + count for name, count in self.counts.items()}

    def operation(self, key):
        """The bulk operation that does it."""
        if self.removed:
            return DeleteOne({"_id": key})
        if self.document is not None:
            document = self.apply(None) if self.fields or self.counts or self.defaults else self.document
            guard = {"_id": key, "version": self.expected}
            return ReplaceOne(guard, document) if self.expected else InsertOne(document)
        update = {"$set": self.fields, "$inc": dict(self.counts), "$setOnInsert": self.defaults}
        return UpdateOne({"_id": key}, {name: part for name, part in update.items() if part}, upsert=self.upsert)


class ChangeSet:
    """Pending changes by collection and document id, which the message in hand can take back."""

    def __init__(self):
        self.changes: defaultdict[str, dict[Any, Change]] = defaultdict(dict)
        self.origin = 0
        self._undo = {}

    def begin(self, origin):
        """Start the message with this index; `take_back` returns here."""
        self.origin, self._undo = origin, {}

    def take_back(self):
        """Forget what the message in hand asked for."""
        for (collection, key), before in self._undo.items():
            if before is None:
                del self.changes[collection][key]
            else:
                self.changes[collection][key] = before
        self._undo = {}

    def change(self, collection, key):
        """The change of one document, to be added to."""
        existing = self.changes[collection].get(key)
        if (collection, key) not in self._undo:
            self._undo[collection, key] = existing and existing.copy()
        if existing is None:
            existing = self.changes[collection][key] = Change(self.origin)
        return existing

    def asked_by_earlier(self, collection):
        """Whether messages before the one in hand changed this collection (None: nobody, not even this one)."""
        changes = self.changes.get(collection)
        return any(change.origin != self.origin for change in changes.values()) if changes else None

    def flush(self, database, session):
        """Write everything. Raises Clash when a version moved or a row that must be there was gone, Duplicate."""
        for name, changes in self.changes.items():
            items = [(key, change) for key, change in changes.items() if not change.vanished]
            if items:
                _write(database[name], items, session)


def _write(collection, items, session):
    try:
        result = collection.bulk_write([change.operation(key) for key, change in items], session=session)
    except BulkWriteError as error:
        failed = error.details["writeErrors"][0]
        if failed["code"] == DUPLICATE_KEY:
            raise Duplicate(collection.name, items[failed["index"]][1].origin) from None
        raise
    removed = sum(change.removed for _, change in items)
    replaced = sum(bool(change.document is not None and change.expected and not change.removed) for _, change in items)
    updated = len(items) - removed - replaced - result.inserted_count - result.upserted_count
    if result.deleted_count < removed or result.matched_count < replaced + updated:
        raise Clash()
