"""How anonymous letters are kept until their offices are told of them."""

from datetime import datetime

from chassis.store import BY_ID, Row, Rows, index


class Waiting(Rows):
    """Letters as `Petitions` keeps them, none of whose facts is recorded yet; `submitted_at` is when they are told."""

    collection, options = "waiting", BY_ID
    indexes = [index("number", unique=True), index("submitted_at")]

    def claimed(self, number: str, claim: str) -> Row | None:
        """The letter with this number and hash of its claim code, or None."""
        return self.first({"number": number, "claim": claim})

    def due(self, at: datetime) -> list[str]:
        """Ids of those to be told by now, in no order that they were written in."""
        return [row["_id"] for row in self.find({"submitted_at": {"$lte": at}}, [("_id", 1)])]
