"""Sign-in codes, their quotas, sessions."""

from collections.abc import Collection, Iterator
from datetime import datetime, timedelta

from chassis.store import Repository, Rows, index
from services.identity.domain.challenge import ATTEMPTS, Challenge, ChallengeGone, Quota
from services.identity.domain.session import GRACE, Session, SignInAgain

DAY = 86_400


class Challenges(Repository[Challenge]):
    aggregate, collection, missing = Challenge, "challenges", ChallengeGone
    indexes = [index("expires_at", expireAfterSeconds=DAY)]

    def attempt(self, id: str) -> bool:
        """Count one attempt, at once and whatever becomes of it; False when there is none left."""
        left = {"_id": id, "attempts": {"$lt": ATTEMPTS}}
        return self.rows.update_one(left, {"$inc": {"attempts": 1}}).matched_count == 1

    def over(self, at: datetime) -> Iterator[str]:
        """Ids of challenges used or past their time that still hold a phone and a code."""
        over = [{"used": True}, {"expires_at": {"$lte": at}}]
        return self.ids({"sealed": {"$ne": None}, "$or": over}, [("expires_at", 1)])


class WrongCodes(Rows):
    """Rows {_id, count, at}: how many codes were wrong today, by a keyed hash of day and phone or network."""

    collection = "wrong_codes"
    indexes = [index("at", expireAfterSeconds=DAY)]

    def note(self, keys: Collection[str], at: datetime) -> None:
        """Count one for each key, at once and whatever becomes of the request."""
        for key in keys:
            self.rows.update_one({"_id": key}, {"$inc": {"count": 1}, "$set": {"at": at}}, upsert=True)

    def reached(self, limits: dict[str, int]) -> bool:
        """Whether one of these keys has reached its limit (key → count)."""
        return any(row["count"] >= limits[row["_id"]] for row in self.find({"_id": {"$in": list(limits)}}))


class Turns(Rows):
    """Rows {_id, at}: refresh tokens that were used a moment ago, by a keyed hash that leads to nobody."""

    collection = "turns"
    indexes = [index("at", expireAfterSeconds=int(GRACE.total_seconds()))]

    def lately(self, key: str, at: datetime) -> bool:
        """Whether this one was."""
        row = self.row(key)
        return row is not None and at <= row["at"] + GRACE


class Quotas(Repository[Quota]):
    aggregate, collection = Quota, "quotas"
    indexes = [index("last", expireAfterSeconds=DAY)]

    def take(self, limits: dict[str, list[tuple[int, timedelta]]], at: datetime) -> None:
        """Count one more code for each key of `limits` (key → its limits). Raises CodesTooOften."""
        known = {quota.id for quota in self.find({"_id": {"$in": list(limits)}})}
        for key in limits.keys() - known:
            self.add(Quota(id=key))
        for key, those in limits.items():
            with self.edit(key) as quota:
                quota.take(those, at)


class Sessions(Repository[Session]):
    aggregate, collection, missing = Session, "sessions", SignInAgain
    indexes = [index("person"), index("expires_at", expireAfterSeconds=DAY)]

    def of(self, person: str) -> list[Session]:
        """All of a person."""
        return self.find({"person": person}, [("_id", 1)])

    def forget(self, person: str) -> None:
        """Delete all of a person, at once."""
        self.rows.delete_many({"person": person})

    def running(self, person: str, at: datetime) -> list[Session]:
        """A person's sessions that go on, the one used last first."""
        mine = {"person": person, "ended_at": None, "expires_at": {"$gt": at}}
        return self.find(mine, [("renewed_at", -1), ("_id", -1)])

    def begun(self, person: str, key: str | None) -> Session | None:
        """The Session of a person that began with this key and was not renewed yet, or None."""
        return self.first({"person": person, "key": key, "turn": 1}) if key else None
