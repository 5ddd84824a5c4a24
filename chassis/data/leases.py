"""Leases: at most one replica does a job at a time, as far as pauses allow. The clock is the database's."""

import time
from datetime import timedelta

from pymongo import ReturnDocument

from chassis.domain import new_id

TERM = 6  # seconds
END = {"$add": ["$$NOW", TERM * 1000]}


class Lease:
    """A renewable claim on the job `name`. Holding it is a hint for efficiency; correctness never rests on it.

    `sought`: whether another process has asked for it in the last term, as of the last renewal.
    """

    def __init__(self, database, name):
        self.leases, self.name, self.me = database.leases, name, new_id()
        self.renew_at, self.sought = 0.0, False

    def hold(self):
        """Take or renew it when a third of the term has passed; True when it is ours."""
        asked = time.monotonic()
        if asked < self.renew_at:
            return True
        row = self.leases.find_one_and_update(
            {"_id": self.name}, [{"$set": self._claimed()}], upsert=True, return_document=ReturnDocument.AFTER
        )
        self.renew_at = asked + TERM / 3 if row["holder"] == self.me else 0.0
        self.sought = "sought" in row and row["until"] - row["sought"] < 2 * timedelta(seconds=TERM)
        return self.renew_at > 0

    def release(self):
        """Give it up."""
        self.leases.delete_one({"_id": self.name, "holder": self.me})

    def _claimed(self):
        """The row, ours if it was or was free; one that ends after a whole term is of a clock that was put back."""
        over = {"$or": [{"$lt": ["$until", "$$NOW"]}, {"$gt": ["$until", END]}]}
        ours = {"$or": [{"$eq": ["$holder", self.me]}, over]}
        kept = {name: {"$cond": [ours, value, f"${name}"]} for name, value in {"holder": self.me, "until": END}.items()}
        return kept | {"sought": {"$cond": [ours, "$sought", "$$NOW"]}}
