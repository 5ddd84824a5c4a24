"""Reading a letter: who sees it, and how much of it."""

from dataclasses import replace

from werkzeug.wrappers import Response

from chassis.service import ANYONE, http
from contracts.words import LOOK_REASONS
from services.petition.domain.moves import AUTHOR
from services.petition.schemas import letters as schemas

PICTURE = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
CLAIMANT = "claimant"
LINKS = ("parent", "duplicate_of")
BY_CODE = {"roles": ANYONE, "named": False, "watched": True}  # she stays unknown; who tries out codes is told of


class ReadingDesk:
    """Letters for those who play a part in them."""

    @http("GET", "/v1/petitions", query=schemas.Paging, returns=schemas.Mine)
    def list_mine(self, call):
        """One's own letters, newest first."""
        return self.petitions.of_author(call.person.id, **call.query)

    @http("GET", "/v1/petitions/{number}", returns=schemas.Matter)
    def show(self, call, number):
        """A letter, for its author, its office, whoever verifies it, and the intake."""
        return self._shown(call, *self._seen(call, number))

    @http("GET", "/v1/petitions/{number}/photos/{photo}", media="image/jpeg")
    def show_photo(self, call, number, photo):
        """A photo of a letter, as JPEG, for those who may see the letter."""
        petition, _ = self._seen(call, number)
        petition.require_photo(photo)
        jpeg = self.vault.open(self.photos.get(photo).sealed, call.person.id, "查看来信照片")
        return Response(jpeg, mimetype="image/jpeg", headers=PICTURE)

    @http("POST", "/v1/petitions/{number}/looks", body=schemas.Look, returns=schemas.Contact, kept=False, rate="30/min")
    def look_at_author(self, call, number):
        """Name and phone of the author, for those her level of anonymity lets know; each look is in the history."""
        petition, parts = self._seen(call, number)
        reason, words = call.body["reason"], call.body["words"]
        said = "：".join(filter(None, [LOOK_REASONS[reason], words]))
        with self.petitions.edit(petition.id) as petition:
            author = petition.look(parts, call.person.id, call.at, self.vault.seal(petition.owner, said))
        return self.identity.get(f"/internal/v1/contacts/{author}", reader=call.person.id, reason=reason)

    @http(
        "POST", "/v1/claims", body=schemas.Claim, returns=schemas.Matter, kept=False, rate="60/min", **BY_CODE
    )  # fmt: skip
    def show_claimed(self, call):
        """An anonymous letter, for whoever has its claim code."""
        return self._shown(call, self._claimed(call), {AUTHOR})

    def _seen(self, call, number):
        """A letter and the parts the caller plays in it; raises PetitionNotFound when there is none."""
        return self._part_in(call, self.petitions.numbered(number))

    def _claimed(self, call):
        """An anonymous letter by its number and claim code; also one of which nobody is told yet."""
        proof = call.body["number"], self.vault.digest(call.body["code"])
        row = self.waiting.claimed(*proof)
        return self._arrived(row) if row else self._placed(self.petitions.claimed(*proof))

    def _shown(self, call, petition, parts, linked=None):
        """A copy to be read: its texts in the clear, its author and other letters only for whom they are shown to."""
        linked = self._linked(call, petition) if linked is None else linked
        reader = call.person.id if call.person else CLAIMANT
        if parts - {AUTHOR}:
            self.seen.note(reader, petition, self.now())
        history = petition.history
        text, place, *said = self._opened([petition.text, petition.place, *(line.text for line in history)], reader)
        lines = [replace(line, text=words) for line, words in zip(history, said, strict=True)]
        told = {"author": petition.known_author(parts), "routed": petition.explained(to_author=parts == {AUTHOR})}
        told |= {name: getattr(petition, name) if getattr(petition, name) in linked else None for name in LINKS}
        return replace(petition, text=text, place=place, history=lines, **told)

    def _linked(self, call, petition):
        """Numbers of other letters it names, of those that are shown to the caller too; asked before one is changed."""
        numbers = {getattr(petition, name) for name in LINKS} - {None}
        if call.person:
            return {number for number in numbers if self._told_of(call, number)}
        return {number for number in numbers if self.petitions.numbered(number).claim == petition.claim}

    def _opened(self, sealed, reader, why="查看来信"):
        """Each text in the clear; None where there is none, or none any more."""
        if reader is CLAIMANT:
            return self.vault.masked(sealed, str)  # no log may tell when an anonymous author looked
        given = [each for each in sealed if each]
        clear = dict(zip(given, self.vault.open_many(given, reader, why), strict=True))
        return [clear.get(each) for each in sealed]
