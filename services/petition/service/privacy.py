"""A person's rights over the letters she wrote."""

from chassis.service import http, on
from contracts.identity.villagers import PersonErased
from services.petition.domain.moves import AUTHOR
from services.petition.schemas.privacy import Export


class PrivacyDesk:
    """Exporting one's letters, and forgetting whose they were."""

    @http("GET", "/v1/me/export", returns=Export, rate="6/h", fresh=True)
    def export_own(self, call):
        """Every letter, report and question under the caller's name, with its whole history, in the clear."""
        person = call.person.id
        self.exports.note(person, call.at)
        return {
            "letters": [self._shown(call, letter, {AUTHOR}) for letter in self.petitions.all_of(person)],
            "reports": [self._report_shown(report, person) for report in self.reports.all_of(person)],
            "questions": [self._question_shown(question, person) for question in self.questions.all_of(person)],
        }

    @on(PersonErased)
    def forget_author(self, fact):
        """Letters and counts stay, without their author."""
        for letter in self.petitions.all_of(fact.subject):
            with self.petitions.edit(letter.id) as letter:
                letter.forget_author()
        self.exports.forget(fact.subject)
        for key in self.photos.ids_of(fact.subject):
            with self.photos.edit(key) as photo:
                photo.forget_owner()
