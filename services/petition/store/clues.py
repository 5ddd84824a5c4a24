"""How sealed clues are kept and found, how much came in a day, and which proofs of work are used up.

All of it lies in the order of ids that are all chance: in a collection of the usual kind the rows lie in the order in
which they came, and the n-th of them would be the n-th line of somebody's log.
"""

from chassis.store import BY_ID, BadCursor, Lease, Page, Repository, Rows, index
from services.petition.domain.clue import CLOSED, Clue
from services.petition.domain.clue_day import ClueDay
from services.petition.domain.refusals import ClueNotFound


class Clues(Repository):
    """举报线索"""

    aggregate, collection, missing, options = Clue, "clues", ClueNotFound, BY_ID
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


class Enclosures(Rows):
    """What was said, sealed: {_id, sealed}, and `closed_at` once its clue is closed. Lists of clues are light."""

    collection, options = "clue_enclosures", BY_ID
    indexes = [index("closed_at", sparse=True)]

    def keep(self, key, sealed):
        """Put something sealed by."""
        self.insert({"_id": key, "sealed": sealed})

    def of(self, keys):
        """Sealed bytes by id."""
        return {row["_id"]: row["sealed"] for row in self.find({"_id": {"$in": keys}})}

    def close(self, keys, at):
        """Let their retention begin."""
        for key in keys:
            self.put(key, {"closed_at": at})


class ClueDays(Repository):
    """How much came for each office on each day, for a month."""

    aggregate, collection = ClueDay, "clue_days"
    indexes = [index("day"), index("ends_at", expireAfterSeconds=0)]

    def opened(self, office, at):
        """The id of an office's day, begun at once if it is not there yet: a hundred first ones begin it once."""
        new = self.dump(ClueDay.begin(office, at)) | {"version": 1}
        self.rows.update_one({"_id": new["_id"]}, {"$setOnInsert": new}, upsert=True)
        return new["_id"]

    def size(self, day):
        """Bytes of a day, of all offices."""
        return sum(each.size for each in self.find({"day": day}))

    def crowded(self, day, size):
        """Ids of the days with so many bytes that nobody was told of."""
        return self.ids({"day": day, "size": {"$gte": size}, "alarmed": False})

    def untold(self, before):
        """Ids of earlier days than `before` whose office has not been told."""
        return self.ids({"day": {"$lt": before}, "told": False})


class Mailed(Rows):
    """Keyed hashes of the e-mails that became clues, or were `left` in the mailbox after some `tries`, for a month."""

    collection, options = "mailed", BY_ID
    indexes = [index("ends_at", expireAfterSeconds=0)]

    def lease(self):
        """The right to read the mailbox."""
        return Lease(self.database, "clue_mail")

    def among(self, marks):
        """Rows by mark, of those that have one."""
        return {row["_id"]: row for row in self.looked_up(marks)}

    def leave(self, mark, again_at, ends_at):
        """Note one more try, and that until it succeeds the message is left until `again_at`."""
        self.rows.update_one(
            {"_id": mark},
            {"$inc": {"tries": 1}, "$set": {"left": True, "again_at": again_at, "ends_at": ends_at}},
            upsert=True,
        )


class SpentProofs(Rows):
    """Hashes of used challenges, until these end; nothing else of them."""

    collection, options = "spent_proofs", BY_ID
    indexes = [index("ends_at", expireAfterSeconds=0)]


def _after(cursor):
    day, _, key = cursor.partition("_")
    if not key:
        raise BadCursor()
    return {"$or": [{"day": {"$lt": day}}, {"day": day, "_id": {"$gt": key}}]}
