"""What reports and questions share: where they are kept, who sees them, how they are read."""

from contextlib import suppress
from dataclasses import replace

from chassis.domain import Missing
from chassis.photos import reencode
from chassis.service import MB, http, on
from chassis.store import Page
from contracts.identity.villagers import PersonErased
from services.petition.domain.photo import Photo
from services.petition.domain.reader import Reader
from services.petition.schemas.letters import Uploaded

STAFF = ["secretary", "intake"]


class MattersDesk:
    """Matters whose id begins with their kind, `report:…`; letters have ids without one."""

    @http(
        "POST", "/v1/office/photos", upload="image/*", decode=reencode, limit=20 * MB, rate="12/min 100/day",
        returns=Uploaded, status=201, roles=STAFF, kept=False,
    )  # fmt: skip
    def upload_office_photo(self, call):
        """A photo of a cadre: of a report taken down for somebody, or of what was done."""
        return {"id": self.uploads.keep(call.decoded, call.at)}

    @on(PersonErased)
    def forget_reporter(self, fact):
        """Reports and questions stay, without their author."""
        for kept in (self.reports, self.questions):
            for matter in kept.all_of(fact.subject):
                with kept.edit(matter.id) as matter:
                    matter.forget_author()

    def shelf(self, key):
        """The repository that a matter of ours is in, by its id."""
        kinds = {"report": self.reports, "question": self.questions, "whistle": self.whistles}
        return kinds.get(key.partition(":")[0], self.petitions)

    def preload_matters(self, facts):
        """Read what a batch of facts of clocks is about."""
        keys = {fact.matter for fact in facts if fact.matter_source == self.name}
        for shelf in {self.shelf(key) for key in keys}:
            shelf.preload(key for key in keys if self.shelf(key) is shelf)

    # what somebody may see now: GET, lists, photos, repeats and all that is derived ask here

    def _offices(self, call):
        """The regions the caller is secretary of, by all names they ever had."""
        return self.regions.reach(call.person.scopes("secretary"))

    def _reader(self, call, departments=()):
        """The caller as she is now; of these departments those that she works for."""
        works_for = self._works_for(call, departments) if departments else ()
        offices, intakes = self._offices(call), call.person.scopes("intake")
        return Reader(call.person.id, frozenset(offices), frozenset(intakes), frozenset(works_for))

    def _placed(self, matter):
        """A matter where its village is now."""
        matter.follow(self.regions.path(matter.path[0]))
        return matter

    def _part_in(self, call, matter):
        """A matter where its village is now, and the parts the caller plays in it; raises what it is missing by."""
        matter = self._placed(matter)
        return matter, matter.parts(self._reader(call, matter.departments))

    def _shown_in(self, page, reader):
        """Those of a Page of matters in which a Reader plays a part, where their villages are now."""
        self.regions.looked_up({each.path[0] for each in page.items})  # in one query: `_placed` asks for one by one
        return Page([each for each in map(self._placed, page.items) if each.played(reader)], page.next)

    def _numbered(self, number):
        """A letter or report by its number."""
        shelf = self.reports if number.startswith(self.report_numbers.prefix) else self.petitions
        return shelf.numbered(number)

    def _told_of(self, call, number):
        """A number that another matter names (None: none), for who may see that one too."""
        with suppress(Missing):
            return number and self._part_in(call, self._numbered(number)) and number

    def _read_aloud(self, matter, reader, why, *names):
        """A copy with its history and the fields of these names in the clear; `why` goes into the access log."""
        if reader != matter.author:
            self.seen.note(reader, matter, self.now())
        history = matter.history
        sealed = [getattr(matter, name) for name in names]
        opened = self._opened([*sealed, *(line.text for line in history)], reader, why)
        lines = [replace(line, text=words) for line, words in zip(history, opened[len(names) :], strict=True)]
        return replace(matter, history=lines, **dict(zip(names, opened, strict=False)))

    def _said_in(self, matter, body):
        """The words of a move, its text sealed."""
        text = body.get("text")
        return body | ({"text": self.vault.seal(matter.owner, text)} if text else {})

    def _take_photos(self, matter, photos, at):
        """Make `new_photos` part of a matter, sealed as its texts are. Raises PhotoUnavailable."""
        for key, upload in photos.items():
            sealed = self.vault.seal(matter.owner, self.uploads.take(upload))
            self.photos.add(Photo(id=key, owner=matter.owner, sealed=sealed, uploaded_at=at, petition=matter.id))
