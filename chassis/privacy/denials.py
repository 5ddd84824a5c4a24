"""Refusals: who was told 403 or 404, and when. identity looks through them for people who probe (风险预警).

Rows of `refusals` are {_id, at, who, status}; `who` is a person's id, or `network:…` for somebody who is not signed in,
told 401, 403, 404 or a domain's 429. The service's account can add rows and change none; the database deletes them
itself after thirty days. Who stays out of the request log stays out of here, and so does a route that names nobody.
"""

import hmac
import secrets
from datetime import date

import structlog
from nameko.extensions import SharedExtension
from pymongo.errors import PyMongoError

from chassis.data.mongo import Mongo
from chassis.domain import new_id, now

KEPT_SECONDS = 30 * 86_400
PERSON, STRANGER = (403, 404), (401, 403, 404, 429)
NETWORK = "network:"

log = structlog.get_logger()


class Refusals(SharedExtension):
    """Keeps the refusals of one service."""

    mongo = Mongo()

    def __init__(self):
        super().__init__()
        self.names = Names()

    def note(self, person, network, status):
        """Keep a trace of who was told no: a person, or somebody of a network (an address); None for neither."""
        if person and status in PERSON:
            self._keep(person, status)
        elif network and status in STRANGER:
            self._keep(self.names.of(network, now().date()), status)

    def _keep(self, person, status):
        """Write one down; without a database the answer goes out all the same."""
        try:
            self.mongo.database.refusals.insert_one({"_id": new_id(), "at": now(), "who": person, "status": status})
        except PyMongoError as error:
            log.warning("refusal_not_kept", error=type(error).__name__)


class Names:
    """Names for networks, by a key that is new each day and in no place but this process's memory.

    They tell one network from another for a day; nobody can find the address of one, or ask for one, afterwards.
    """

    def __init__(self):
        self.day, self.key = date.min, b""

    def of(self, network, day):
        """`network:` and 16 hex digits."""
        if day != self.day:
            self.day, self.key = day, secrets.token_bytes(32)
        return NETWORK + hmac.digest(self.key, network.encode(), "sha256").hex()[:16]


def after(database, key, limit):
    """Refusals after an id, oldest first."""
    return list(database.refusals.find({"_id": {"$gt": key}}).sort("_id", 1).limit(limit))
