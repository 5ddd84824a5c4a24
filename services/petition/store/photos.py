"""How photos are kept, and swept when no letter claims them."""

from chassis.store import Repository, index
from services.petition.domain.photo import Photo
from services.petition.domain.refusals import PhotoUnavailable


class Photos(Repository):
    """照片"""

    aggregate, collection, missing = Photo, "photos", PhotoUnavailable
    indexes = [index("petition", "uploaded_at"), index("owner")]

    def ids_of(self, owner):
        """Ids of what somebody uploaded and a letter claimed."""
        return list(self.ids({"owner": owner, "petition": {"$ne": None}}))

    def sweep(self, before):
        """Delete what was uploaded before a moment and no letter has claimed; returns how many."""
        return self.rows.delete_many({"petition": None, "uploaded_at": {"$lt": before}}).deleted_count
