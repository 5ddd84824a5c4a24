"""Leases: at most one replica does a job at a time, as far as clocks and pauses allow."""

from datetime import timedelta

from pymongo.errors import DuplicateKeyError

from chassis.domain import new_id, now

TERM = timedelta(seconds=6)


class Lease:
    """A renewable claim on the job `name`. Holding it is a hint for efficiency; correctness never rests on it."""

    def __init__(self, database, name):
        self.leases, self.name, self.me = database.leases, name, new_id()
        self.until = now()

    def hold(self):
        """Take or renew it when a third of the term has passed; True when it is ours."""
        if now() < self.until - TERM * 2 / 3:
            return True
        at = now()
        free = {"_id": self.name, "$or": [{"holder": self.me}, {"until": {"$lt": at}}]}
        try:
            self.leases.update_one(free, {"$set": {"holder": self.me, "until": at + TERM}}, upsert=True)
        except DuplicateKeyError:
            return False
        self.until = at + TERM
        return True

    def release(self):
        """Give it up."""
        self.leases.delete_one({"_id": self.name, "holder": self.me})
