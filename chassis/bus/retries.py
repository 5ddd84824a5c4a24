"""Trying parked lanes again, in order, through the same code as live facts."""

import time

from chassis.bus import parking, pause
from chassis.bus.batch import NOBODY, items_of
from chassis.core import context
from chassis.core.failpoints import failpoint
from chassis.core.glue import instance
from chassis.data import unit
from chassis.data.mongo import is_away
from chassis.domain import now

WORK_SECONDS = 2


class Retries:
    """Works through due lanes of one service between batches."""

    def __init__(self, container, database, handlers, known, session=None):
        self.container, self.database, self.session = container, database, session
        self.handlers, self.known = handlers, known

    def run(self):
        """Try each due lane once."""
        for lane in parking.due(self.database):
            pause.check(self.database)
            self._put_off(lane)
            self.retry(lane)

    def retry(self, lane):
        """Run a lane's facts until one fails or none is left; a clash leaves the lane for the next round."""
        done, failure, started = 0, None, time.monotonic()
        for row in parking.rows(self.database, lane["_id"]):
            failure = self._one(row)
            if failure or time.monotonic() - started > WORK_SECONDS:
                break
            done += 1
            failpoint("mid_retry")
        self._settle(lane, done, failure)

    def _put_off(self, lane):
        """Count the try before it is made, so that a fact that kills the process does not do so at once again."""
        self.database.blocked.update_one({"_id": lane["_id"]}, {"$set": parking.schedule(lane["attempts"], None)})

    def _one(self, row):
        """Run one parked fact in a transaction of its own; returns its error, or None."""
        item = self._item(row)
        if item is None:
            return LookupError("handler")
        try:
            with unit.opened(unit.Unit(self.database, pause.check)) as work:
                self._handle(work, item)
            self.database.state(unit.GroupCommit).write_at_once(work, self.session)
        except Exception as error:
            if is_away(error):
                raise
            return error
        return None

    def _handle(self, work, item):
        if item.refused:
            raise item.refused
        service = instance(self.container, item.handler)
        with context.following(context.after(item.fact)):
            getattr(service, item.handler.method_name)(item.fact)
        work.remove("parked", item.key)
        work.put("inbox", item.key, {"at": now(), "parked": False})
        work.increment("blocked", item.lane, {"waiting": -1}, {})

    def _item(self, row):
        message = {name: row[name] for name in ("source", "type", "subject", "sequence", "body")}
        found = items_of(self.handlers, self.known, message | {"id": row["fact"]})
        return next((item for item in found if item.handler.named in (row["handler"], NOBODY.named)), None)

    def _settle(self, lane, done, failure):
        if self.database.blocked.delete_one({"_id": lane["_id"], "waiting": 0}).deleted_count:
            return
        tried = 0 if done else lane["attempts"]
        if failure is None or isinstance(failure, unit.Clash):
            fields = {"attempts": tried, "next_at": now(), "state": "retrying"}
        else:
            fields = parking.schedule(tried, failure, lane["since"]) | {"error": parking.reason(failure)}
        self.database.blocked.update_one({"_id": lane["_id"]}, {"$set": fields})
