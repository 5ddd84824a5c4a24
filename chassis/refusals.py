"""Refusals: who was told 403 or 404, and when. identity looks through them for people who probe (风险预警).

Rows of `refusals` are {_id, at, who, status}. The service's account can add rows and change none; the database deletes
them itself after thirty days. Who stays out of the request log stays out of here.
"""

import structlog
from nameko.extensions import SharedExtension
from pymongo.errors import PyMongoError

from chassis.domain import new_id, now
from chassis.mongo import Mongo

KEPT_SECONDS = 30 * 86_400

log = structlog.get_logger()


class Refusals(SharedExtension):
    """Keeps the refusals of one service."""

    mongo = Mongo()

    def keep(self, person, status):
        """Write one down; without a database the answer goes out all the same."""
        try:
            self.mongo.database.refusals.insert_one({"_id": new_id(), "at": now(), "who": person, "status": status})
        except PyMongoError as error:
            log.warning("refusal_not_kept", error=type(error).__name__)


def after(database, key, limit):
    """Refusals after an id, oldest first."""
    return list(database.refusals.find({"_id": {"$gt": key}}).sort("_id", 1).limit(limit))
