"""Pages of matters in order of what is due first."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime
from typing import Any, TypeVar

from chassis.store import BadCursor, Page, Query, Repository, Row
from services.petition.domain.clock import Clocked

M = TypeVar("M", bound=Clocked)


class DueFirst(Repository[M]):
    """A collection of matters under clocks, each with a number."""

    def numbered(self, number: str) -> M:
        """The matter with this number; raises `missing`."""
        return self.by("number", number)

    def all_of(self, author: str) -> list[M]:
        """All of somebody's own, oldest first."""
        return self.find({"author": author}, [("_id", 1)])

    def of_author(self, author: str, cursor: str | None, limit: int) -> Page[M]:
        """A Page of somebody's own, newest first."""
        return self.page({"author": author}, cursor, limit)

    def displaced(self, region: str, path: list[str]) -> Iterator[str]:
        """Ids of what is stored under a region with another path than it has now."""
        return self.ids({"region": region, "path": {"$ne": path}})

    def _due_first(self, query: Row, cursor: str | None, limit: int) -> Page[M]:
        found = self.find(query | (_after(cursor) if cursor else {}), [("due_at", 1), ("_id", 1)], limit + 1)
        return Page(found[:limit], _cursor(found[limit - 1]) if len(found) > limit else None)

    def _one(self, query: Query) -> M:
        found = self.first(query)
        if found is None:
            raise self.missing()
        return found


def together(pages: Iterable[Page[Any]], limit: int) -> Page[Any]:
    """One Page of several that were asked for with the same cursor and limit."""
    found = sorted((each for page in pages for each in page.items), key=lambda matter: (matter.due_at, matter.id))
    more = len(found) > limit or any(page.next for page in pages)
    return Page(found[:limit], _cursor(found[limit - 1]) if more else None)


def _cursor(matter: Clocked) -> str:
    return f"{matter.due_at.timestamp():.3f}_{matter.id}"


def _after(cursor: str) -> Row:
    moment, _, key = cursor.partition("_")
    try:
        due = datetime.fromtimestamp(float(moment), UTC)
    except (ValueError, OverflowError, OSError):
        raise BadCursor() from None
    return {"due_at": {"$gte": due}, "$nor": [{"due_at": due, "_id": {"$lte": key}}]}
