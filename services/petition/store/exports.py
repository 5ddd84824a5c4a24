"""Who took her own letters along."""

from datetime import datetime

from chassis.store import Repository
from services.petition.domain.export import Exports


class ExportLog(Repository[Exports]):
    aggregate, collection = Exports, "exports"

    def note(self, person: str, at: datetime) -> None:
        """Somebody (a person id) takes hers along."""
        if self.first({"_id": person}) is None:
            self.add(Exports(id=person))
        with self.edit(person) as exports:
            exports.take(at)

    def forget(self, person: str) -> None:
        """Delete a person's, at once."""
        self.rows.delete_one({"_id": person})
