"""Reading a letter: who sees it, and how much of it."""

from chassis.service import Group, Peer, Uses, Vault, http
from contracts.words import LOOK_REASONS
from services.petition.schemas import letters as schemas
from services.petition.service.attachments import picture
from services.petition.service.matters import Matters
from services.petition.service.showing import Showing
from services.petition.store.petitions import Petitions
from services.petition.store.photos import Photos


class Reading(Group):
    """Letters for those who play a part in them."""

    petitions = Petitions()
    photos = Photos()
    vault = Vault()
    identity = Peer("identity")
    matters = Uses(Matters)
    showing = Uses(Showing)

    @http("GET", "/v1/petitions", query=schemas.Paging, returns=schemas.Mine)
    def list_mine(self, call):
        """One's own letters, newest first."""
        return self.petitions.of_author(call.person.id, **call.query)

    @http("GET", "/v1/petitions/{number}", returns=schemas.Matter)
    def show(self, call, number):
        """A letter, for its author, its office, whoever verifies it, and the intake."""
        return self.showing.letter(call, *self.matters.letter(call, number))

    @http("GET", "/v1/petitions/{number}/photos/{photo}", media="image/jpeg")
    def show_photo(self, call, number, photo):
        """A photo of a letter, as JPEG, for those who may see the letter."""
        petition, _ = self.matters.letter(call, number)
        petition.require_photo(photo)
        return picture(self.vault.open(self.photos.get(photo).sealed, call.person.id, "查看来信照片"))

    @http("POST", "/v1/petitions/{number}/looks", body=schemas.Look, returns=schemas.Contact, kept=False, rate="30/min")
    def look_at_author(self, call, number):
        """Name and phone of the author, for those her level of anonymity lets know; each look is in the history."""
        petition, parts = self.matters.letter(call, number)
        reason, words = call.body["reason"], call.body["words"]
        said = "：".join(filter(None, [LOOK_REASONS[reason], words]))
        with self.petitions.edit(petition.id) as petition:
            author = petition.look(parts, call.person.id, call.at, self.vault.seal(petition.owner, said))
        return self.identity.get(f"/internal/v1/contacts/{author}", reader=call.person.id, reason=reason)
