"""How letters are kept and found."""

import json
from datetime import UTC, datetime
from functools import cache
from pathlib import Path

from chassis.store import BadCursor, Page, Repository, index
from services.petition.domain.moves import OPEN
from services.petition.domain.petition import Petition
from services.petition.domain.policy import Policy
from services.petition.domain.refusals import PetitionNotFound


@cache
def read_policy(path):
    """The Policy in a JSON file; read once."""
    return Policy(**json.loads(Path(path).read_text(encoding="utf-8")))


class Petitions(Repository):
    """来信"""

    aggregate, collection, missing = Petition, "petitions", PetitionNotFound
    indexes = [index("number", unique=True), index("author", "-_id"), index("office", "state", "due_at", "_id")]

    def numbered(self, number):
        """The letter with this number; raises PetitionNotFound."""
        return self._one({"number": number})

    def claimed(self, number, claim):
        """The anonymous letter with this number and hash of its claim code; raises PetitionNotFound."""
        return self._one({"number": number, "claim": claim})

    def all_of(self, author):
        """All of somebody's own letters, oldest first."""
        return self.find({"author": author}, [("_id", 1)])

    def of_author(self, author, cursor, limit):
        """A Page of somebody's own letters, newest first."""
        return self.page({"author": author}, cursor, limit)

    def of_offices(self, offices, state, cursor, limit):
        """A Page of what these offices handle, what is due first coming first; no state means all that is open."""
        query = {"office": {"$in": list(offices)}, "state": {"$in": [state] if state else list(OPEN)}}
        later = _after(cursor) if cursor else {}
        found = self.find({"$and": [query, later]}, [("due_at", 1), ("_id", 1)], limit + 1)
        return Page(found[:limit], _cursor(found[limit - 1]) if len(found) > limit else None)

    def _one(self, query):
        found = self.first(query)
        if found is None:
            raise self.missing()
        return found


def _cursor(petition):
    return f"{petition.due_at.timestamp():.3f}_{petition.id}"


def _after(cursor):
    moment, _, key = cursor.partition("_")
    try:
        due = datetime.fromtimestamp(float(moment), UTC)
    except (ValueError, OverflowError, OSError):
        raise BadCursor() from None
    return {"$or": [{"due_at": {"$gt": due}}, {"due_at": due, "_id": {"$gt": key}}]}
