"""The access log: who was shown whose personal data in the clear, why and when.

Rows of `reads` are {_id, at, who, whom, why}: `who` is a person's id, or the name of a service that acts for nobody in
particular; `whom` lists the owners of the keys, mostly persons; `why` is a sentence of the code's, never free text.
The service's account can add rows and change none; the database deletes them itself after `YEARS`.
"""

from datetime import UTC, datetime, timedelta

import structlog

from chassis.data.coalescer import Coalescer
from chassis.domain import new_id, now

YEARS = 3
KEPT_SECONDS = YEARS * 365 * 86_400
BEIJING = timedelta(hours=8)
COUNTED = {"_id": {"who": "$who", "why": "$why"}, "reads": {"$sum": 1}, "people": {"$sum": {"$size": "$whom"}}}

log = structlog.get_logger()


class Reads:
    """The access log of a service, to be written."""

    def __init__(self, database):
        self.rows, self.together = database.reads, Coalescer(self._write)

    def keep(self, who, whom, why):
        """Write one reading down, at once: it happened, whatever becomes of the command in hand."""
        log.info("personal_data_opened", reason=why, people=len(whom))
        self.together.do({"_id": new_id(), "at": now(), "who": who, "whom": sorted(whom), "why": why})

    def _write(self, rows):
        return self.rows.insert_many(rows).inserted_ids


def after(database, key, limit):
    """Readings after an id, oldest first."""
    return list(database.reads.find({"_id": {"$gt": key}}).sort("_id", 1).limit(limit))


def about(database, person, limit):
    """The last readings of a person's data by others, newest first."""
    query = {"whom": person, "who": {"$ne": person}}
    return list(database.reads.find(query).sort("_id", -1).limit(limit))


def totals(database, month):
    """[{who, why, reads, people}] of one Beijing month (`2026-11`)."""
    began = datetime.strptime(month, "%Y-%m").replace(tzinfo=UTC)
    span = {"$gte": began - BEIJING, "$lt": (began + timedelta(days=32)).replace(day=1) - BEIJING}
    found = database.reads.aggregate([{"$match": {"at": span}}, {"$group": COUNTED}])
    return [row.pop("_id") | row for row in found]
