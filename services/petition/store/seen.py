"""How it is kept what somebody of the staff has seen of a matter."""

from pymongo import UpdateOne, WriteConcern

from chassis.store import Coalescer, Rows, index

KEPT_SECONDS = 365 * 86_400
ALONE = WriteConcern(1)  # a look lost when the primary fails is shown as new once more, which is no harm


class Seen(Rows):
    """Rows {_id: person:matter, sequence, at}: how many facts of a matter there were when she last looked."""

    collection = "seen"
    indexes = [index("at", expireAfterSeconds=KEPT_SECONDS)]

    def place(self, database):
        super().place(database)
        self.notes = Coalescer(self._write)

    def note(self, person, matter, at):
        """She looks at it now; at once, for looking is no command."""
        change = {"$max": {"sequence": matter.sequence}, "$set": {"at": at}}
        self.notes.do(UpdateOne({"_id": _key(person, matter.id)}, change, upsert=True))

    def _write(self, changes):
        self.rows.with_options(write_concern=ALONE).bulk_write(changes, ordered=False)
        return changes

    def of(self, person, matters):
        """Id → sequence she saw, of those of these matters she ever looked at."""
        keys = {_key(person, each.id): each.id for each in matters}
        return {keys[row["_id"]]: row["sequence"] for row in self.find({"_id": {"$in": list(keys)}})}


def _key(person, matter):
    return f"{person}:{matter}"
