"""Applications, pictures of documents, whose an ID number is, the county's policy."""

import json
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path

from chassis.store import Page, Repository, Rows, index
from services.identity.domain.id_card import IdCard
from services.identity.domain.terms import Policy
from services.identity.domain.verification import WAITING, Application, ApplicationNotFound, DocumentNeeded

UNCLAIMED_FOR, UNCLAIMED = timedelta(hours=24), 5


@cache
def read_policy(path: str) -> Policy:
    """The Policy in a JSON file; read once."""
    return Policy(**json.loads(Path(path).read_text(encoding="utf-8")))


class Applications(Repository[Application]):
    aggregate, collection, missing = Application, "applications", ApplicationNotFound
    indexes = [index("person", "-_id"), index("path", "state"), index("leaving")]

    def waiting(
        self,
        offices: Mapping[str, Collection[str]],
        villages: Collection[str],
        region: str,
        cursor: str | None,
        limit: int,
    ) -> Page[Application]:
        """A Page of those that wait for a decision of one of these (level, region ids) offices, or for one of these
        villages to agree that the applicant leaves; `region` narrows to one village.
        """
        mine = [{"level": level, "path": {"$in": list(scope)}} for level, scope in offices.items()]
        whose = {"$or": [*mine, {"leaving": {"$in": list(villages)}}]}
        return self.page({"state": WAITING, **whose, **({"region": region} if region else {})}, cursor, limit)

    def forget(self, person: str) -> None:
        """Delete all of a person, at once."""
        self.rows.delete_many({"person": person})

    def of(self, person: str) -> list[Application]:
        """All of a person, oldest first."""
        return self.find({"person": person}, [("_id", 1)])

    def last_of(self, person: str) -> Application:
        """Somebody's last application. Raises ApplicationNotFound."""
        found = self.first({"person": person}, [("_id", -1)])
        if found is None:
            raise ApplicationNotFound()
        return found


class IdCards(Repository[IdCard]):
    aggregate, collection = IdCard, "cards"
    indexes = [index("digest", unique=True), index("person")]

    def forget(self, person: str) -> None:
        """Delete somebody's, at once: the number may be verified anew."""
        self.rows.delete_many({"person": person})

    def with_digest(self, digest: str) -> IdCard | None:
        """The card with this number, by its keyed hash, or None."""
        return self.first({"digest": digest})


class Pictures(Rows):
    """Rows {_id, person, uploaded_at, sealed, application, over}; each sealed under a key of its own."""

    collection = "pictures"
    indexes = [index("application", "uploaded_at"), index("over"), index("person", "-_id")]

    def make_room(self, person: str) -> None:
        """Forget the oldest of a person's that are in no application, so that with the next one they are UNCLAIMED."""
        unclaimed = {"person": person, "application": None, "over": False}
        for row in self.find(unclaimed, [("_id", -1)])[UNCLAIMED - 1 :]:
            self.forget(row["_id"])

    def claim(self, key: str, person: str, application: str) -> None:
        """Make it part of an application. Raises DocumentNeeded unless it is the person's own and unclaimed."""
        row = self.row(key)
        if row is None or row["person"] != person or row["application"] or row["over"]:
            raise DocumentNeeded()
        self.put(key, {"application": application})

    def forget(self, key: str) -> None:
        """Forget the picture itself; its key is destroyed a moment later."""
        self.put(key, {"sealed": None, "over": True})

    def forget_all(self, person: str) -> None:
        """Forget somebody's, at once; their keys are destroyed a moment later."""
        self.rows.update_many({"person": person}, {"$set": {"sealed": None, "over": True}})

    def outlived(self, at: datetime) -> list[str]:
        """Ids of those that are over, or were in no application within a day."""
        unclaimed = {"application": None, "uploaded_at": {"$lt": at - UNCLAIMED_FOR}}
        return [row["_id"] for row in self.rows.find({"$or": [{"over": True}, unclaimed]}, {"_id": 1})]
