"""How whistles are kept and found, and which departments there are to call."""

from collections.abc import Collection

from chassis.store import Page, Row, Rows, index
from services.petition.domain.refusals import MatterNotFound
from services.petition.domain.whistle import Whistle
from services.petition.store.due import DueFirst


class Whistles(DueFirst[Whistle]):
    """哨声"""

    aggregate, collection, missing = Whistle, "whistles", MatterNotFound
    indexes = [index("number", unique=True), index("queues", "-_id")]

    def dump(self, whistle: Whistle) -> Row:
        """With all who have to do with it."""
        return super().dump(whistle) | {"queues": whistle.queues}

    def of_queues(self, queues: Collection[str], open: bool | None, cursor: str | None, limit: int) -> Page[Whistle]:
        """A Page of those that offices and departments blew or were called by, newest first; `open` ones or all."""
        query = {"queues": {"$in": list(queues)}}
        return self.page(query | ({"released_at": None} if open else {}), cursor, limit)


class Organisations(Rows):
    """Rows {_id, region, kind} of identity's organisations."""

    collection = "organisations"
    derived_by = ["keep_organisation"]

    def departments(self, keys: Collection[str]) -> dict[str, str]:
        """Id → region, of those of these ids that are departments."""
        rows = self.find({"_id": {"$in": list(keys)}, "kind": "department"}) if keys else []
        return {row["_id"]: row["region"] for row in rows}
