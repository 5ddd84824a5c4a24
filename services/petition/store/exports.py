"""Who took her own letters along."""

from chassis.store import Repository
from services.petition.domain.export import Exports


class ExportLog(Repository):
    aggregate, collection = Exports, "exports"

    def note(self, person, at):
        """Somebody (a person id) takes hers along."""
        if self.first({"_id": person}) is None:
            self.add(Exports(id=person))
        with self.edit(person) as exports:
            exports.take(at)

    def forget(self, person):
        """Delete a person's, at once."""
        self.rows.delete_one({"_id": person})
