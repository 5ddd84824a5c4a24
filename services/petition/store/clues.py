"""How sealed clues are kept and found, and which proofs of work are used up."""

from chassis.leases import Lease
from chassis.store import BadCursor, Page, Repository, Rows, index
from services.petition.domain.clue import CLOSED, Clue
from services.petition.domain.refusals import ClueNotFound


class Clues(Repository):
    """举报线索"""

    aggregate, collection, missing = Clue, "clues", ClueNotFound
    indexes = [index("claim", unique=True), index("region", "-day", "_id"), index("told", "day")]

    def claimed(self, claim):
        """The clue with this hash of its claim code; raises ClueNotFound."""
        found = self.first({"claim": claim})
        if found is None:
            raise ClueNotFound()
        return found

    def within(self, regions, key):
        """A clue of one of these offices; raises ClueNotFound."""
        clue = self.get(key)
        if clue.region not in regions:
            raise ClueNotFound()
        return clue

    def of_offices(self, regions, state, cursor, limit):
        """A Page of the offices' clues, latest day first, in no order within a day."""
        query = {"region": {"$in": list(regions)}} | ({"state": state} if state else {})
        later = _after(cursor) if cursor else {}
        found = self.find({"$and": [query, later]}, [("day", -1), ("_id", 1)], limit + 1)
        last = found[limit - 1] if len(found) > limit else None
        return Page(found[:limit], last and f"{last.day}_{last.id}")

    def date_closings(self):
        """Date clues that were closed before closings had a date: by their last step, which closed them."""
        dated = {"$set": {"closed_at": {"$last": "$steps.at"}, "version": {"$add": ["$version", 1]}}}
        self.rows.update_many({"state": CLOSED, "closed_at": None}, [dated])

    def untold(self, before):
        """Ids of clues of earlier days than `before` that have not been told."""
        return self.ids({"told": False, "day": {"$lt": before}}, [("_id", 1)])


class Mailed(Rows):
    """Keyed hashes of the e-mails that became clues, or were `left` in the mailbox, until they end."""

    collection = "mailed"
    indexes = [index("ends_at", expireAfterSeconds=0)]

    def lease(self):
        """The right to read the mailbox."""
        return Lease(self.database, "clue_mail")


class SpentProofs(Rows):
    """Hashes of used challenges, until these end; nothing else of them."""

    collection = "spent_proofs"
    indexes = [index("ends_at", expireAfterSeconds=0)]


def _after(cursor):
    day, _, key = cursor.partition("_")
    if not key:
        raise BadCursor()
    return {"$or": [{"day": {"$lt": day}}, {"day": day, "_id": {"$gt": key}}]}
