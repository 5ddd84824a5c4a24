"""举报 at the discipline office: what it fetches, closes and asks, and when it is told."""

from chassis.service import Group, Uses, every, http
from services.petition import sealing
from services.petition.domain.clue import RULES, day_of, told_before
from services.petition.schemas import clues as schemas
from services.petition.service.clue_box import ClueBox
from services.petition.store.clues import ClueDays, Clues, Enclosures

OFFICE = {"roles": ["discipline"]}


class ClueOffice(Group):
    """Clues as the discipline office has them, and what tells it of new ones a day later."""

    clues = Clues()
    enclosures = Enclosures()
    clue_days = ClueDays()
    box = Uses(ClueBox)

    @http("GET", "/v1/office/clues", query=schemas.ClueQuery, returns=schemas.ClueRows, **OFFICE)
    def list_clues(self, call):
        """The office's clues: day, category, place, state."""
        return self.clues.of_offices(call.person.scopes("discipline"), **call.query)

    @http("GET", "/v1/office/clues/{id}", returns=schemas.ClueBundle, **OFFICE)
    def fetch_clue(self, call, id):
        """A clue as sealed bytes, to be opened on the office's own machine."""
        clue = self._of_office(call, id)
        inside = self.enclosures.of(clue.enclosures)
        notes = [vars(note) | {"sealed": inside[note.enclosure]} for note in clue.notes]
        return vars(clue) | {"sealed": inside[clue.enclosure], "notes": notes}

    @http(
        "POST", "/v1/office/clues/{id}/moves", body=schemas.ClueMove, returns=schemas.ClueSummary,
        again="fetch_clue", **OFFICE,
    )  # fmt: skip
    def move_clue(self, call, id):
        """Mark it as read, in progress or closed."""
        with self.clues.edit(self._of_office(call, id).id) as clue:
            clue.move(call.body["move"], call.person.id, call.at, call.body["outcome"])
        if clue.closed_at:
            self.enclosures.close(clue.enclosures, clue.closed_at)
        return clue

    @http("POST", "/v1/office/clues/{id}/questions", body=schemas.ClueQuestion, **OFFICE)
    def ask_author(self, call, id):
        """Ask whoever wrote it; sealed to her claim code and, for the office's own file, to the office."""
        text = call.body["text"]
        with self.clues.edit(self._of_office(call, id).id) as clue:
            both = [sealing.seal(key, text) for key in (self.box.key(), clue.reply_key)]
            note = clue.ask(call.at, sum(map(len, both)))
        for key, sealed in zip(filter(None, (note.enclosure, note.for_author)), both, strict=True):
            self.enclosures.keep(key, sealed)

    @every(seconds=86_400)
    def date_closings(self):
        """Let the retention of older clues begin."""
        self.clues.date_closings()

    @every(seconds=5, each=lambda self: self.clues.untold(told_before(self.now())))
    def tell_clue(self, id):
        with self.clues.edit(id) as clue:
            clue.tell(self.now())

    @every(seconds=5, each=lambda self: self.clue_days.untold(told_before(self.now())))
    def tell_day(self, id):
        with self.clue_days.edit(id) as day:
            day.tell(self.now())

    @every(seconds=600, each=lambda self: self.clue_days.crowded(day_of(self.now()), RULES.crowded))
    def tell_crowd(self, id):
        with self.clue_days.edit(id) as day:
            day.alarm(RULES, self.now())

    def _of_office(self, call, id):
        return self.clues.within(call.person.scopes("discipline"), id)
