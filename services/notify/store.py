"""How messages are kept, claimed and found."""

from datetime import datetime, timedelta

from chassis.domain import new_id
from chassis.store import Page, Repository, index
from services.notify.domain.message import Message, MessageNotFound

CLAIM = timedelta(seconds=30)
CALL = timedelta(seconds=12)
URGENT = [("priority", 1), ("due_at", 1)]


class Messages(Repository[Message]):
    """Every message to a person, by every channel."""

    aggregate, collection, missing = Message, "messages", MessageNotFound
    indexes = [
        index("state", "priority", "due_at"),
        index("address", "channel", "_id"),
        index("address", "channel", "created_at"),
        index("state", "_id"),
    ]

    def add_new(self, messages: list[Message]) -> None:
        """Add those that are not here yet."""
        keys = [message.id for message in messages]
        here = {row["_id"] for row in self.rows.find({"_id": {"$in": keys}}, {"_id": 1})}
        for message in messages:
            if message.id not in here:
                self.add(message)

    def claim(self, at: datetime, most: int) -> list[Message]:
        """Claim up to `most` due messages for half a minute, the most urgent first.

        One comes back `sending` when it was queued, and `checking` when another worker's claim on it ran out:
        nobody knows whether that worker reached the provider.
        """
        due = {"state": {"$in": ["queued", "sending", "checking"]}, "due_at": {"$lte": at}}
        keys = [row["_id"] for row in self.rows.find(due, {"_id": 1}).sort(URGENT).limit(most)]
        work = {"$cond": [{"$eq": ["$state", "queued"]}, "sending", "checking"]}
        fields = {"state": work, "claim": new_id(), "due_at": at + CLAIM, "version": {"$add": ["$version", 1]}}
        self.rows.update_many(due | {"_id": {"$in": keys}}, [{"$set": fields}])
        mine = {"_id": {"$in": keys}, "claim": fields["claim"]}
        return sorted(self.find(mine), key=lambda message: keys.index(message.id))

    def holds(self, message: Message, at: datetime) -> bool:
        """Whether the claim still stands and lasts for one more call to the provider."""
        query = {"_id": message.id, "claim": message.claim, "due_at": {"$gt": at + CALL}}
        return self.rows.count_documents(query, limit=1) == 1

    def many_sent(self, message: Message, since: datetime, most: int) -> bool:
        """Whether so many SMS have gone, or are going, to the same address since a moment."""
        going = {"$in": ["sent", "sending", "checking"]}
        query = {"address": message.address, "channel": "sms", "created_at": {"$gte": since}, "state": going}
        return self.rows.count_documents(query | {"_id": {"$ne": message.id}}, limit=most) == most

    def inbox(self, person: str, cursor: str | None, limit: int) -> Page[Message]:
        """A page of a person's in-app messages, newest first."""
        return self.page(_inbox(person), cursor, limit)

    def unread(self, person: str) -> int:
        """How many of them were not read."""
        return self.rows.count_documents({**_inbox(person), "read_at": None})

    def forget(self, person: str) -> None:
        """Delete what was written to a person, at once, except what is on its way this second."""
        self.rows.delete_many({"address": f"person:{person}", "state": {"$nin": ["sending", "checking"]}})

    def in_state(self, state: str | None, cursor: str | None, limit: int) -> Page[Message]:
        """A page of messages in a state, newest first."""
        return self.page({"state": state}, cursor, limit)


def _inbox(person: str) -> dict[str, str]:
    return {"address": f"person:{person}", "channel": "inapp"}
