"""How photos are kept."""

from chassis.store import BY_ID, Repository, index
from services.petition.domain.photo import Photo
from services.petition.domain.refusals import PhotoUnavailable


class Photos(Repository[Photo]):
    """照片"""

    aggregate, collection, missing, options = Photo, "photos", PhotoUnavailable, BY_ID
    indexes = [index("petition", "uploaded_at"), index("owner")]

    def ids_of(self, owner: str) -> list[str]:
        """Ids of the photos of somebody's own matters."""
        return list(self.ids({"owner": owner}))
