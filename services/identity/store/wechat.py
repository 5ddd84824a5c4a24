"""Tries to sign in by WeChat."""

from collections.abc import Iterator
from datetime import datetime

from chassis.domain import Sealed
from chassis.store import Repository, index
from services.identity.domain.wechat import WechatAttempt, WechatSignInFailed

DAY = 86_400


class WechatAttempts(Repository[WechatAttempt]):
    aggregate, collection, missing = WechatAttempt, "wechat_attempts", WechatSignInFailed
    indexes = [index("expires_at", expireAfterSeconds=DAY)]

    def take(self, id: str, code: str, at: datetime) -> bool:
        """Whether this code (keyed hash) is the first that came back with a state; decided at once."""
        fresh = {"_id": id, "code": None, "expires_at": {"$gt": at}}
        return self.rows.update_one(fresh, {"$set": {"code": code}}).matched_count == 1

    def keep(self, id: str, account: str, sealed: Sealed) -> None:
        """Who came back, by WeChat's word."""
        self.rows.update_one({"_id": id}, {"$set": {"account": account, "sealed": sealed}})

    def over(self, at: datetime) -> Iterator[str]:
        """Ids of those used or past their time that still say whose they were."""
        over = [{"used": True}, {"expires_at": {"$lte": at}}]
        return self.ids({"sealed": {"$ne": None}, "$or": over}, [("expires_at", 1)])
