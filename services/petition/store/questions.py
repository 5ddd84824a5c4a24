"""How questions and the public knowledge base are kept and found."""

from collections.abc import Collection

from chassis.store import Page, Repository, Row, index
from services.petition.domain.knowledge import Knowledge
from services.petition.domain.question import ASKED, Question
from services.petition.domain.refusals import KnowledgeNotFound, MatterNotFound
from services.petition.domain.words import words_of
from services.petition.store.due import DueFirst


class Questions(DueFirst[Question]):
    """咨询"""

    aggregate, collection, missing = Question, "questions", MatterNotFound
    indexes = [
        index("number", unique=True),
        index("author", "-_id"),
        index("office", "state", "due_at", "_id"),
        index("region"),
    ]

    def of_offices(self, offices: Collection[str], state: str | None, cursor: str | None, limit: int) -> Page[Question]:
        """A Page of these offices' questions, due first; no state means all that wait for an answer."""
        return self._due_first({"office": {"$in": list(offices)}, "state": state or ASKED}, cursor, limit)


class KnowledgeBase(Repository[Knowledge]):
    """知识库"""

    aggregate, collection, missing = Knowledge, "knowledge", KnowledgeNotFound
    indexes = [index("words", "-_id"), index("category", "-_id")]

    def dump(self, entry: Knowledge) -> Row:
        """With the words it is found by; none once it is withdrawn."""
        words = () if entry.withdrawn_at else words_of(entry.current.question, entry.current.answer)
        return super().dump(entry) | {"words": sorted(words)}

    def public(self, key: str) -> Knowledge:
        """An entry that anybody may read; raises KnowledgeNotFound."""
        found = self.get(key)
        if found.withdrawn_at:
            raise self.missing()
        return found

    def search(self, words: Collection[str], category: str | None, cursor: str | None, limit: int) -> Page[Knowledge]:
        """A Page of public entries that have all of some words, newest first; without words all of them."""
        query = {"withdrawn_at": None} | ({"words": {"$all": list(words)}} if words else {})
        return self.page(query | ({"category": category} if category else {}), cursor, limit)
