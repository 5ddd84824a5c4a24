"""What reports and questions share: where they are kept, who sees them, how they are read."""

from dataclasses import replace

from chassis.photos import reencode
from chassis.service import MB, http, on
from contracts.identity import PersonErased
from services.petition.domain.photo import Photo
from services.petition.schemas.letters import Uploaded

STAFF = ["secretary", "intake"]


class MattersDesk:
    """Matters whose id begins with their kind, `report:…`; letters have ids without one."""

    @http(
        "POST",
        "/v1/office/photos",
        upload="image/*",
        limit=20 * MB,
        returns=Uploaded,
        status=201,
        kept=False,
        roles=STAFF,
    )
    def upload_office_photo(self, call):
        """A photo of a cadre: of a report taken down for somebody, or of what was done."""
        return {"id": self.uploads.keep(reencode(call.raw, call.request.mimetype), call.at)}

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

    def _part_in(self, call, matter):
        """A matter where its village is now, and the parts the caller plays in it; raises MatterNotFound."""
        matter, person = self._placed(matter), call.person
        return matter, matter.parts(person.id, self._offices(call), person.scopes("intake"))

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
