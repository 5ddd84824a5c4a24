"""How changes of limits are kept, and the letters that they concern found."""

from chassis.store import Page, Repository
from services.petition.domain.rebase import Rebase, RebaseNotFound


class Rebases(Repository[Rebase]):
    """期限调整"""

    aggregate, collection, missing = Rebase, "rebases", RebaseNotFound

    def unfinished(self) -> list[str]:
        """Ids of those that are under way, oldest first."""
        return list(self.ids({"done": False}, [("_id", 1)]))

    def latest(self, cursor: str | None, limit: int) -> Page[Rebase]:
        """A Page, newest first."""
        return self.page({}, cursor, limit)
