"""Collections of a service: aggregates (Repository) and plain rows (Rows), through the unit of work."""

from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import MappingProxyType

from cattrs.preconf.bson import make_converter
from nameko.extensions import DependencyProvider
from pymongo import ASCENDING, DESCENDING, IndexModel

from chassis.data import unit
from chassis.data.coalescer import Coalescer
from chassis.data.cursors import BadCursor, cursor_of, key_of
from chassis.data.leases import Lease
from chassis.data.lookups import Lookups
from chassis.data.mongo import Duplicate, Mongo
from chassis.domain import Missing

__all__ = [
    "BY_ID", "BadCursor", "Coalescer", "Collection", "Duplicate", "Lease", "Page", "Repository", "Rows", "converter",
    "index",
]  # fmt: skip

converter = make_converter()
converter.register_structure_hook(bytes, lambda value, _: value)
converter.register_unstructure_hook(bytes, lambda value: value)


BY_ID = {"clusteredIndex": {"key": {"_id": 1}, "unique": True}}
"""Options of a collection whose rows lie in the order of their ids: if these are chance, none tells when it came."""


def index(*fields, unique=False, **options):
    """An index for a collection's `indexes`; a field that begins with `-` descends."""
    keys = [(f.lstrip("-"), DESCENDING if f.startswith("-") else ASCENDING) for f in fields]
    return IndexModel(keys, unique=unique, **options)


@dataclass
class Page:
    """Some items and the cursor of the next ones (None at the end)."""

    items: list
    next: str | None


class Collection(DependencyProvider):
    """A named collection of the service's database; bound by the container, or by `on(database)` outside one.

    What is looked up by key is kept for `kept_seconds`: with others, a process may see it so much later.
    `derived_by` names the handlers that alone fill it, from facts and other collections alone: `xiangyin rebuild`
    can make it anew by running them over history. `options` are MongoDB's, for its making.
    """

    mongo = Mongo()
    collection = ""
    indexes: Sequence = ()
    derived_by: Sequence[str] = ()
    options: Mapping = MappingProxyType({})
    kept_seconds: float = 0
    database = rows = None

    def bind(self, container, attr_name):
        bound = super().bind(container, attr_name)
        bound.place(bound.mongo.database)
        return bound

    @classmethod
    def on(cls, database):
        """The collection in this database, outside a container."""
        bound = cls()
        bound.place(database)
        return bound

    def place(self, database):
        """Be in this database; `rows` is the pymongo collection."""
        self.database, self.rows = database, database[self.collection]
        self.lookups = {}

    def get_dependency(self, worker_ctx):
        return self

    def looked_up(self, keys, field="_id"):
        """Documents with one of these values in a field; one query for all who ask for some at the same time."""
        self._may_query()
        return self._lookups(field).find(keys)

    def _lookups(self, field):
        return self.lookups.get(field) or self.lookups.setdefault(field, Lookups(self.rows, field, self.kept_seconds))

    def _may_query(self):
        if open_unit := unit.current():
            open_unit.may_query(self.collection)

    def _query(self, query, sort, limit=0, fields=None):
        self._may_query()
        cursor = self.rows.find(query, fields, limit=limit)
        return cursor.sort(sort) if sort else cursor

    def _page(self, query, cursor, limit):
        after = {"_id": {"$lt": key_of(cursor)}} if cursor else {}
        documents = list(self._query({"$and": [query, after]}, [("_id", DESCENDING)], limit + 1))
        more = len(documents) > limit
        return Page(documents[:limit], cursor_of(documents[limit - 1]["_id"]) if more else None)


class Repository(Collection):
    """Aggregates of one class. `missing` is the refusal raised when an id is unknown."""

    aggregate: type | None = None
    missing = Missing

    def load(self, document):
        """The aggregate of a stored document."""
        return converter.structure({"id": document["_id"], **document}, self.aggregate)

    def dump(self, aggregate):
        """The document of an aggregate."""
        document = converter.unstructure(aggregate)
        return {"_id": document.pop("id"), **document}

    def get(self, key):
        """The aggregate with this id; raises `missing`."""
        return self._hold(key).aggregate if unit.current() else self.load(self._stored(key))

    def add(self, aggregate):
        """Save a new aggregate; a taken id or unique field raises Duplicate."""
        with unit.within(self.database) as open_unit:
            open_unit.add(self, aggregate)

    @contextmanager
    def edit(self, key):
        """The aggregate, changed in the block and saved at its end; raises `missing`, and Clash outside a unit."""
        with unit.within(self.database) as open_unit:
            held = self._hold(key)
            open_unit.touch(self, held)
            yield held.aggregate
            open_unit.save(held)

    def lock(self, key):
        """The aggregate, its version raised unchanged: the command clashes with any other that changes it."""
        with self.edit(key) as aggregate:
            return aggregate

    def increment(self, key, counts):
        """Add `counts` to a stored aggregate, unread: adders do not clash with each other, only with who edits it."""
        with unit.within(self.database) as open_unit:
            open_unit.amend(self.collection, key, {}, counts | {"version": 1})

    def preload(self, keys):
        """Read many aggregates into the open unit in one query; those that are not there are remembered too."""
        open_unit, wanted = unit.current(), set(keys)
        open_unit.absent |= {(self.collection, key) for key in wanted}
        for document in self.rows.find({"_id": {"$in": list(wanted)}}):
            open_unit.hold(self, document["_id"], document)

    def by(self, field, value):
        """The aggregate with this value in a unique field; raises `missing`."""
        found = self.looked_up([value], field)
        if not found:
            raise self.missing()
        return self._seen(found[0])

    def find(self, query, sort=None, limit=0):
        """Aggregates that match."""
        return [self._seen(document) for document in self._query(query, sort, limit)]

    def first(self, query, sort=None):
        """One that matches, or None."""
        return next(iter(self.find(query, sort, 1)), None)

    def ids(self, query, sort=None):
        """Ids that match, lazily."""
        return (row["_id"] for row in self._query(query, sort, fields=["_id"]))

    def page(self, query, cursor=None, limit=20):
        """A Page of aggregates, newest id first."""
        page = self._page(query, cursor, limit)
        return Page([self._seen(document) for document in page.items], page.next)

    def _stored(self, key):
        document = self.rows.find_one({"_id": key})
        if document is None:
            raise self.missing()
        return document

    def _hold(self, key):
        open_unit, place = unit.current(), (self.collection, key)
        if place not in open_unit.held and place in open_unit.absent:
            raise self.missing()
        return open_unit.held.get(place) or open_unit.hold(self, key, self._stored(key))

    def _seen(self, document):
        open_unit = unit.current()
        return open_unit.hold(self, document["_id"], document).aggregate if open_unit else self.load(document)


class Rows(Collection):
    """Plain documents: projections, counters, messages."""

    def insert(self, document):
        """Insert a document with its `_id`; a taken key raises Duplicate."""
        with unit.within(self.database) as open_unit:
            open_unit.insert(self.collection, document)

    def put(self, key, fields):
        """Set fields of a row, made if it is not there."""
        with unit.within(self.database) as open_unit:
            open_unit.put(self.collection, key, fields)

    def increment(self, key, counts, fields=None):
        """Add `counts` to a row, made with `fields` if it is not there."""
        with unit.within(self.database) as open_unit:
            open_unit.increment(self.collection, key, counts, fields or {})

    def remove(self, key):
        """Delete a row that is there."""
        with unit.within(self.database) as open_unit:
            open_unit.remove(self.collection, key)

    def row(self, key):
        """The row with this key as the open unit will leave it, or None."""
        open_unit = unit.current()
        change = open_unit and open_unit.journal.changes[self.collection].get(key)
        stored = next(iter(self._lookups("_id").find([key])), None)
        return change.apply(stored) if change else stored

    def find(self, query, sort=None, limit=0):
        """Rows that match."""
        return list(self._query(query, sort, limit))

    def first(self, query, sort=None):
        """One row that matches, or None."""
        return next(iter(self.find(query, sort, 1)), None)

    def page(self, query, cursor=None, limit=20):
        """A Page of rows, newest id first."""
        return self._page(query, cursor, limit)
