"""A person's rights over the letters she wrote."""

from chassis.service import http, on
from contracts.identity import PersonErased
from services.petition.domain.moves import AUTHOR
from services.petition.schemas import letters as schemas


class PrivacyDesk:
    """Exporting one's letters, and forgetting whose they were."""

    @http("GET", "/v1/me/export", returns=schemas.Export)
    def export_own(self, call):
        """Every letter the caller wrote under her name, with its whole history, in the clear."""
        person = call.person.id
        return {"letters": [self._shown(letter, {AUTHOR}, person) for letter in self.petitions.all_of(person)]}

    @on(PersonErased)
    def forget_author(self, fact):
        """Letters and counts stay, without their author."""
        for letter in self.petitions.all_of(fact.subject):
            with self.petitions.edit(letter.id) as letter:
                letter.forget_author()
        for key in self.photos.ids_of(fact.subject):
            with self.photos.edit(key) as photo:
                photo.forget_owner()
