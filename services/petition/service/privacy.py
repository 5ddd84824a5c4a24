"""A person's rights over what she wrote."""

from chassis.service import Group, Uses, http, on
from contracts.identity.villagers import PersonErased
from services.petition.domain.moves import AUTHOR
from services.petition.schemas.privacy import Export
from services.petition.service.questions import Consulting
from services.petition.service.reports import Reporting
from services.petition.service.showing import Showing
from services.petition.store.exports import ExportLog
from services.petition.store.petitions import Petitions
from services.petition.store.photos import Photos
from services.petition.store.questions import Questions
from services.petition.store.reports import Reports


class Privacy(Group):
    """Exporting one's letters, reports and questions, and forgetting whose they were."""

    petitions = Petitions()
    reports = Reports()
    questions = Questions()
    photos = Photos()
    exports = ExportLog()
    showing = Uses(Showing)
    reporting = Uses(Reporting)
    consulting = Uses(Consulting)

    @http("GET", "/v1/me/export", returns=Export, rate="6/h", fresh=True)
    def export_own(self, call):
        """Every letter, report and question under the caller's name, with its whole history, in the clear."""
        person = call.person.id
        self.exports.note(person, call.at)
        return {
            "letters": [self.showing.letter(call, letter, {AUTHOR}) for letter in self.petitions.all_of(person)],
            "reports": [self.reporting.shown(report, person) for report in self.reports.all_of(person)],
            "questions": [self.consulting.shown(question, person) for question in self.questions.all_of(person)],
        }

    @on(PersonErased)
    def forget_author(self, fact):
        """Letters and counts stay, without their author."""
        self._forget(self.petitions, fact.subject)
        self.exports.forget(fact.subject)
        for key in self.photos.ids_of(fact.subject):
            with self.photos.edit(key) as photo:
                photo.forget_owner()

    @on(PersonErased)
    def forget_reporter(self, fact):
        """Reports and questions stay, without their author."""
        for repository in (self.reports, self.questions):
            self._forget(repository, fact.subject)

    def _forget(self, repository, author):
        for matter in repository.all_of(author):
            with repository.edit(matter.id) as matter:
                matter.forget_author()
