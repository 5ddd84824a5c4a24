"""What staff sign in with, and how often it was tried."""

from datetime import datetime

from pymongo.errors import DuplicateKeyError

from chassis.store import Repository, Row, Rows, index
from services.identity.domain.credential import Credential, LockedOut, SecondFactorWrong, pause_after

DAY = 86_400


class Credentials(Repository[Credential]):
    aggregate, collection, missing = Credential, "credentials", SecondFactorWrong
    indexes = [index("reset.until", sparse=True)]

    def of(self, person: str) -> Credential | None:
        """A person's Credential, or None."""
        return self.first({"_id": person})

    def asked(self, at: datetime) -> list[Credential]:
        """Those whose second factor somebody asked to be reset, the one that lapses first before the others."""
        return self.find({"reset.until": {"$gt": at}}, [("reset.until", 1)])

    def forget(self, person: str) -> None:
        """Delete a person's, at once."""
        self.rows.delete_one({"_id": person})


class Lockouts(Rows):
    """Rows {_id, tries, free_at, last}: tries in a row that failed, by a keyed hash of what was tried."""

    collection = "lockouts"
    indexes = [index("last", expireAfterSeconds=DAY)]

    def attempt(self, key: str, at: datetime) -> None:
        """Count one try, at once and whatever becomes of it. Raises LockedOut while one has to wait."""
        row = self.rows.find_one({"_id": key}) or {"tries": 0, "free_at": at}
        tries = row["tries"] + 1
        fields = {"tries": tries, "free_at": at + pause_after(tries), "last": at}
        if row["free_at"] > at or not self._counted({"_id": key, "tries": row["tries"]}, fields):
            raise LockedOut()

    def forgive(self, key: str) -> None:
        """It was right: begin anew."""
        self.rows.delete_one({"_id": key})

    def _counted(self, as_read: Row, fields: Row) -> bool:
        """Whether nobody else counted a try meanwhile."""
        try:
            done = self.rows.update_one(as_read, {"$set": fields}, upsert=as_read["tries"] == 0)
        except DuplicateKeyError:
            return False
        return bool(done.matched_count or done.upserted_id)
