"""Matters of all kinds by id and by number. Ids begin with their kind, `report:…`; letters have ids without one."""

from contextlib import suppress

from chassis.domain import Missing
from chassis.service import Group, Numbers, Uses
from services.petition.service.access import Access
from services.petition.store.petitions import Petitions
from services.petition.store.questions import Questions
from services.petition.store.reports import Reports
from services.petition.store.whistles import Whistles


class Matters(Group):
    """Repositories by id, and matters by number for who plays a part in them."""

    petitions = Petitions()
    reports = Reports()
    questions = Questions()
    whistles = Whistles()
    report_numbers = Numbers("SB")
    access = Uses(Access)

    def repository_of(self, key):
        """The repository that a matter of ours is in, by its id."""
        kinds = {"report": self.reports, "question": self.questions, "whistle": self.whistles}
        return kinds.get(key.partition(":")[0], self.petitions)

    def preload(self, keys):
        """Read a set of matters into the open unit, one query per repository."""
        for repository in {self.repository_of(key) for key in keys}:
            repository.preload(key for key in keys if self.repository_of(key) is repository)

    def letter(self, call, number):
        """A letter and the parts the caller plays in it. Raises PetitionNotFound."""
        return self.access.authorize(call, self.petitions.numbered(number))

    def letter_or_report(self, call, number):
        """A letter or report and the parts the caller plays in it. Raises PetitionNotFound, MatterNotFound."""
        repository = self.reports if number.startswith(self.report_numbers.prefix) else self.petitions
        return self.access.authorize(call, repository.numbered(number))

    def visible_number(self, call, number):
        """A number that another matter names (None: none), None for whom that one does not exist."""
        with suppress(Missing):
            return number and self.letter_or_report(call, number) and number
