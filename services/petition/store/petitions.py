"""How letters are kept and found."""

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

from chassis.store import Page, Query, Row, index
from contracts.petition.handling import CALLS
from services.petition.domain.board import in_time
from services.petition.domain.calls import lot
from services.petition.domain.moves import ALIVE, CLOSED, OPEN
from services.petition.domain.petition import Petition
from services.petition.domain.reader import Reader
from services.petition.domain.refusals import PetitionNotFound
from services.petition.domain.worklist import queues
from services.petition.store.due import DueFirst

UNREACHED = CALLS[-1]
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
UNCLOSED = "unclosed"  # an index by name: of itself MongoDB reads all letters in order of their ids
ABOUT = "about_somebody"
SCANS = 150  # MongoDB keeps the order of at most 200 ranges of an index without sorting
RARE, CHUNK = 4_000, 300  # letters with a rare word; letters looked at together for the other words
COUNTED = ("category", "in_time", "department")


class Petitions(DueFirst[Petition]):
    """来信"""

    aggregate, collection, missing = Petition, "petitions", PetitionNotFound
    indexes = [
        index("number", unique=True),
        index("author", "-_id"),
        index("office", "state", "due_at", "_id", "department"),
        index("department", "state", "due_at", "_id", partialFilterExpression={"department": {"$gt": ""}}),
        index("words", "-_id"),
        index("queues", "due_at", "_id"),
        index("region", "category", "-submitted_at"),
        index("waits_until", partialFilterExpression={"waits_until": {"$gt": EPOCH}}),
        index("_id", "category", name=UNCLOSED, partialFilterExpression={"state": {"$in": ALIVE}}),
        index("parent", partialFilterExpression={"parent": {"$gt": ""}}),
        index("duplicate_of", partialFilterExpression={"duplicate_of": {"$gt": ""}}),
        index("call", "-_id", partialFilterExpression={"state": CLOSED}),
        index("office", "state", "closed_at", *COUNTED, partialFilterExpression={"state": CLOSED}),
        index("concerned", name=ABOUT, partialFilterExpression={"concerned": {"$gt": ""}}),
        index("origin", unique=True, partialFilterExpression={"origin": {"$gt": ""}}),
        index("public", "-_id", "region", partialFilterExpression={"public": True}),
    ]

    def dump(self, petition: Petition) -> Row:
        """With what it is looked up by: where it waits, whom it is shown to, whether all was in time, its lot."""
        found_by: Row = {"queues": queues(petition), "shown_to": petition.shown_to}
        found_by |= {"in_time": in_time(petition), "lot": lot(petition.number)}
        return super().dump(petition) | found_by

    def claimed(self, number: str, claim: str) -> Petition:
        """The anonymous letter with this number and hash of its claim code; raises PetitionNotFound."""
        return self._one({"number": number, "claim": claim})

    def of_offices(self, reader: Reader, state: str | None, cursor: str | None, limit: int) -> Page[Petition]:
        """A Page of what a Reader's offices handle, what is due first coming first; no state means all that is open."""
        query = {"office": {"$in": list(reader.offices)}, "state": {"$in": [state] if state else list(OPEN)}}
        return self._due_first(query | shown_to(reader), cursor, limit)

    def of_department(
        self, department: str, reader: Reader, state: str | None, cursor: str | None, limit: int
    ) -> Page[Petition]:
        """A Page of what a Reader's department handles, due first; no state means all that is open."""
        handled = {"$eq": department, "$gt": ""}
        query = {"department": handled, "state": {"$in": [state] if state else list(OPEN)}}
        return self._due_first(query | shown_to(reader), cursor, limit)

    def of_queues(self, queues: Collection[str], reader: Reader, cursor: str | None, limit: int) -> Page[Petition]:
        """A Page of what waits at a Reader's queues, what is due first coming first."""
        return self._due_first({"queues": {"$in": list(queues)}} | shown_to(reader), cursor, limit)

    def with_words(
        self,
        tokens: Iterable[list[list[int]]],
        offices: Collection[str] | None,
        reader: Reader,
        cursor: str | None,
        limit: int,
    ) -> list[Petition]:
        """Letters that have all tokens of some words, newest first, older than `cursor`.

        `tokens` has for each quarter, newest first, a row per village: its tokens of these words, in the same order. It
        is read no further than is needed. `offices` None: wherever they are.
        """
        where = ({"office": {"$in": list(offices)}} if offices is not None else {}) | shown_to(reader)
        older = where | ({"_id": {"$lt": cursor}} if cursor else {})
        found: list[Petition] = []
        for rows in tokens:
            found += self._with_tokens(rows, older, limit)
            if len(found) >= limit:
                break
        return found[:limit]

    def _with_tokens(self, rows: list[list[int]], where: dict[str, Any], limit: int) -> list[Petition]:
        """Those of one quarter, newest first."""
        ids = self._in_all(rows) if rows and len(rows[0]) > 1 else None
        if ids is not None:
            return self._among(sorted(ids, reverse=True), {"$and": [where, _words(rows)]}, limit)
        queries = [where | _words(rows[start : start + SCANS]) for start in range(0, len(rows), SCANS)]
        found = {each.id: each for query in queries for each in self.find(query, [("_id", -1)], limit)}
        return [found[key] for key in sorted(found, reverse=True)]

    def _in_all(self, rows: list[list[int]]) -> set[str] | None:
        """Ids of letters that have a token of each of the rarer words, from the index alone; None: no word is rare."""
        found = None
        for of_one_word in zip(*rows, strict=True):
            ids = self._with_any_token(of_one_word)
            if len(ids) < RARE:
                found = ids if found is None else found & ids
            if found is not None and len(found) <= CHUNK:
                break
        return found

    def _with_any_token(self, tokens: Sequence[int]) -> set[str]:
        """Ids of RARE letters at most."""
        match, most = {"$match": {"words": {"$in": list(tokens)}}}, {"$limit": RARE}
        pipeline: list[Row] = [match, most, {"$group": {"_id": None, "ids": {"$push": "$_id"}}}]
        return {id for found in self.rows.aggregate(pipeline, hint={"words": 1, "_id": -1}) for id in found["ids"]}

    def _among(self, ids: list[str], where: dict[str, Any], limit: int) -> list[Petition]:
        """Those of these ids, in their order, that match; read no further than is needed."""
        found: list[Petition] = []
        for start in range(0, len(ids), CHUNK):
            some = {"$and": [where, {"_id": {"$in": ids[start : start + CHUNK]}}]}
            found += self.find(some, [("_id", -1)], limit - len(found))
            if len(found) >= limit:
                break
        return found

    def has_tokens(self, first: int, last: int) -> bool:
        """Whether any letter has a token in this range."""
        span = {"words": {"$elemMatch": {"$gte": first, "$lte": last}}}
        return any(self.rows.find(span, {"_id": 1}, limit=1))

    def open_among(
        self, villages: Collection[str], category: str | None, since: datetime, reader: Reader, limit: int
    ) -> Page[Petition]:
        """A Page of open letters of villages and a category since a moment, for a Reader, newest first."""
        about = {"region": {"$in": list(villages)}, "category": category, "submitted_at": {"$gte": since}}
        open_ones = about | {"state": {"$in": list(OPEN)}} | shown_to(reader)
        return Page(self.find(open_ones, [("submitted_at", -1)], limit), None)

    def split_from(self, number: str) -> Page[Petition]:
        """A Page of the letters that the one with this number was split into, in order."""
        return Page(self.find({"parent": {"$eq": number, "$gt": ""}}, [("_id", 1)]), None)

    def waited_for(self, at: datetime) -> Iterator[str]:
        """Ids of letters that waited until now for their author or for their suspension to end, longest first."""
        return self.ids({"waits_until": {"$gt": EPOCH, "$lte": at}}, [("waits_until", 1)])

    def merged_into(self, number: str) -> list[Petition]:
        """Letters that were merged into the one with this number."""
        return self.find({"duplicate_of": number})

    def made_of(self, origin: str) -> Petition | None:
        """The letter that a post (村友圈) was made, or None."""
        return self.first({"origin": {"$eq": origin, "$gt": ""}})

    def uncalled(self, reader: Reader, before: datetime, share: int, cursor: str | None, limit: int) -> Page[Petition]:
        """A Page of letters closed before a moment, of a Reader's intake, whose authors were not reached by phone yet.

        Of those who have not rated all, of the others a `share` in percent, drawn by lot.
        """
        where = {"path": {"$in": list(reader.intakes)}} | shown_to(reader)
        waiting: Row = {"state": CLOSED, "call": {"$in": [None, UNREACHED]}, "closed_at": {"$lt": before}}
        waiting |= {"$or": [{"stars": None}, {"lot": {"$lt": share}}]}
        return self.page(where | waiting | {"author": {"$ne": None}}, cursor, limit)

    def published(self, regions: Collection[str] | None, cursor: str | None, limit: int) -> Page[Petition]:
        """A Page of what everybody may read, newest first; `regions` None: everywhere."""
        where = {"region": {"$in": regions}} if regions is not None else {}
        return self.page({"public": True} | where, cursor, limit)

    def count_published(self) -> list[Row]:
        """{region, count} of what everybody may read; from an index alone."""
        return self._counted({"public": True}, ["region"], count=1)

    def due_before(self, offices: Collection[str], reader: Reader, at: datetime, midnight: datetime) -> list[Row]:
        """{office, department, overdue, today} of what is due before midnight at offices; from an index alone."""
        late = {"$cond": [{"$lt": ["$due_at", at]}, 1, 0]}
        due = {"office": {"$in": offices}, "state": {"$in": list(OPEN)}, "due_at": {"$lt": midnight}}
        return self._counted_for(reader, due, ["office", "department"], overdue=late, today={"$subtract": [1, late]})

    def closed_since(self, offices: Collection[str], reader: Reader, since: datetime) -> list[Row]:
        """{office, category, department, closed, in_time} of what was closed since a moment; from an index alone."""
        closed = {"office": {"$in": offices}, "state": CLOSED, "closed_at": {"$gte": since}}
        return self._counted_for(
            reader,
            closed | {"in_time": {"$in": [True, False]}},
            ["office", "category", "department"],
            closed=1,
            in_time={"$cond": ["$in_time", 1, 0]},
        )

    def _counted_for(self, reader: Reader, query: Query, by: list[str], **counts: Any) -> list[Row]:
        """Counted without what is about the Reader, of which she is told nothing."""
        found: defaultdict[tuple[str, ...], Counter[str]] = defaultdict(Counter)
        about = self._counted({"$and": [query, _about(reader)]}, by, hint=ABOUT, **counts)
        for sign, rows in ((1, self._counted(query, by, **counts)), (-1, about)):
            for row in rows:
                found[tuple(row[name] for name in by)].update({name: sign * row[name] for name in counts})
        return [dict(zip(by, where, strict=True)) | row for where, row in found.items() if any(row.values())]

    def _counted(self, query: Query, by: list[str], hint: str | None = None, **counts: Any) -> list[Row]:
        groups = {"_id": {name: f"${name}" for name in by}} | {name: {"$sum": count} for name, count in counts.items()}
        options: Row = {"hint": hint} if hint else {}
        found = self.rows.aggregate([{"$match": query}, {"$group": groups}], **options)
        return [row.pop("_id") | row for row in found]

    def count_open(self, category: str | None) -> int:
        """How many are not closed, of a category or (None) of all."""
        return self.rows.count_documents(_unclosed(category), hint=UNCLOSED)

    def open_after(self, key: str, category: str | None, limit: int) -> list[str]:
        """Ids of so many that are not closed, in order, after an id."""
        query = {"_id": {"$gt": key}, **_unclosed(category)}
        return [row["_id"] for row in self.rows.find(query, {"_id": 1}, sort=[("_id", 1)], limit=limit, hint=UNCLOSED)]


def shown_to(reader: Reader) -> Row:
    """As a query: that a Reader plays a part in it by one of her queues, and it is not about her (`Shown.played`)."""
    return {"shown_to": {"$in": list(reader.queues)}} | _not_about(reader)


def _about(reader: Reader) -> Row:
    """That it is about a Reader: those who are kept from a letter are named in letters about somebody only."""
    return {
        "concerned": {"$gt": ""},
        "$or": [{"concerned": {"$in": list(reader.offices)}}, {"recused": reader.id}],
    }


def _not_about(reader: Reader) -> Row:
    return {"concerned": {"$nin": list(reader.offices)}, "recused": {"$ne": reader.id}}


def _unclosed(category: str | None) -> Row:
    return {"state": {"$in": ALIVE}} | ({"category": category} if category else {})


def _words(tokens: list[list[int]]) -> Row:
    """Letters of some villages with all tokens, each one of those that these villages have of one word."""
    return {"$and": [{"words": {"$in": list(of_one_word)}} for of_one_word in zip(*tokens, strict=True)]}
