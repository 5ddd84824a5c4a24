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

    def take(self, phone_digest, at):
        """Count one more code for a phone. Raises CodesTooOften."""
        if self.first({"_id": phone_digest}) is None:
            self.add(Quota(id=phone_digest))
        with self.edit(phone_digest) as quota:
            quota.take(at)


class Sessions(Repository):
    aggregate, collection, missing = Session, "sessions", SignInAgain
    indexes = [index("person"), index("expires_at", expireAfterSeconds=DAY)]

    def end(self, id, at):
        """End a session at once, even if the command in hand is refused."""
        self.rows.update_one({"_id": id}, {"$set": {"ended_at": at}, "$inc": {"version": 1}})
