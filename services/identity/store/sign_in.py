"""Sign-in codes, their quotas, sessions."""

from chassis.store import Repository, index
from services.identity.domain import ATTEMPTS, Challenge, ChallengeGone, Quota, Session, SignInAgain

DAY = 86_400


class Challenges(Repository):
    aggregate, collection, missing = Challenge, "challenges", ChallengeGone
    indexes = [index("expires_at", expireAfterSeconds=DAY)]

    def attempt(self, id):
        """Count one attempt, at once and whatever becomes of it; False when there is none left."""
        left = {"_id": id, "attempts": {"$lt": ATTEMPTS}}
        return self.rows.update_one(left, {"$inc": {"attempts": 1}}).matched_count == 1

    def over(self, at):
        """Ids of challenges used or past their time that still hold a phone and a code."""
        over = [{"used": True}, {"expires_at": {"$lte": at}}]
        return self.ids({"sealed": {"$ne": None}, "$or": over}, [("expires_at", 1)])


class Quotas(Repository):
    aggregate, collection = Quota, "quotas"
    indexes = [index("last", expireAfterSeconds=DAY)]

    def take(self, limits, at):
        """Count one more code for each key of `limits` (key → its limits). Raises CodesTooOften."""
        known = {quota.id for quota in self.find({"_id": {"$in": list(limits)}})}
        for key in limits.keys() - known:
            self.add(Quota(id=key))
        for key, those in limits.items():
            with self.edit(key) as quota:
                quota.take(those, at)


class Sessions(Repository):
    aggregate, collection, missing = Session, "sessions", SignInAgain
    indexes = [index("person"), index("expires_at", expireAfterSeconds=DAY)]

    def of(self, person):
        """All of a person."""
        return self.find({"person": person}, [("_id", 1)])

    def forget(self, person):
        """Delete all of a person, at once."""
        self.rows.delete_many({"person": person})

    def running(self, person, at):
        """A person's sessions that go on, the one used last first."""
        mine = {"person": person, "ended_at": None, "expires_at": {"$gt": at}}
        return self.find(mine, [("renewed_at", -1)])
