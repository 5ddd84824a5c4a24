"""Texts and photos that come with a letter, a report or a move, sealed as their matter is."""

from werkzeug.wrappers import Response

from chassis.photos import reencode
from chassis.service import MB, Group, Vault, http
from services.petition.domain.photo import Photo
from services.petition.schemas.letters import Uploaded
from services.petition.store.photos import Photos
from services.petition.store.uploads import Uploads

HEADERS = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
UPLOAD = {
    "upload": "image/*", "decode": reencode, "limit": 20 * MB, "rate": "12/min 100/day", "returns": Uploaded,
    "status": 201, "kept": False,
}  # fmt: skip
UNNAMED = {"roles": ["villager"], "named": False}  # for all letters alike, so that nothing is told by its absence


class Attachments(Group):
    """Uploads that wait for their matter, and what is sealed once they have one."""

    uploads = Uploads()
    photos = Photos()
    vault = Vault()

    @http("POST", "/v1/photos", acting="letters", **UPLOAD, **UNNAMED)
    def upload_photo(self, call):
        """A photo for a letter to be written within a day, by whoever has the `id` of the answer."""
        return {"id": self.uploads.keep(call.decoded, call.at)}

    @http("POST", "/v1/office/photos", roles=["secretary", "intake"], **UPLOAD)
    def upload_office_photo(self, call):
        """A photo of a cadre: of a report taken down for somebody, or of what was done."""
        return {"id": self.uploads.keep(call.decoded, call.at)}

    def sealed_words(self, matter, words):
        """The words of a move (name → value), its text sealed."""
        text = words.get("text")
        return words | ({"text": self.vault.seal(matter.owner, text)} if text else {})

    def attach(self, matter, photos, at):
        """Make `new_photos` part of a matter, sealed as its texts are. Raises PhotoUnavailable."""
        for key, upload in photos.items():
            sealed = self.vault.seal(matter.owner, self.uploads.take(upload))
            self.photos.add(Photo(id=key, owner=matter.owner, sealed=sealed, uploaded_at=at, petition=matter.id))


def picture(jpeg):
    """The answer of a route that shows a photo."""
    return Response(jpeg, mimetype="image/jpeg", headers=HEADERS)
