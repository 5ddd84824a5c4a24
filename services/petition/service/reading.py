"""Reading a letter: who sees it, and how much of it."""

from dataclasses import replace

from werkzeug.wrappers import Response

from chassis.service import ANYONE, http
from contracts.words import LOOK_REASONS
from services.petition.domain.moves import AUTHOR
from services.petition.domain.recusal import Reader
from services.petition.schemas import letters as schemas

PICTURE = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
CLAIMANT = "claimant"
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
        return self._shown(*self._seen(call, number), call.person.id)

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
        return self._shown(self._claimed(call), {AUTHOR}, CLAIMANT)

    def _seen(self, call, number):
        """A letter and the parts the caller plays in it; raises PetitionNotFound when there is none."""
        petition, person = self._placed(self.petitions.numbered(number)), call.person
        works_for = self._works_for(call, [petition.department]) if petition.department else ()
        return petition, petition.parts(person.id, self._offices(call), person.scopes("intake"), works_for)

    def _offices(self, call):
        """The regions the caller is secretary of, by all names they ever had."""
        return self.regions.reach(call.person.scopes("secretary"))

    def _reader(self, call):
        return Reader(call.person.id, frozenset(self._offices(call)))

    def _claimed(self, call):
        """An anonymous letter by its number and claim code; also one of which nobody is told yet."""
        proof = call.body["number"], self.vault.digest(call.body["code"])
        row = self.waiting.claimed(*proof)
        return self._arrived(row) if row else self._placed(self.petitions.claimed(*proof))

    def _placed(self, petition):
        """A letter where its village is now."""
        petition.follow(self.regions.path(petition.path[0]))
        return petition

    def _shown(self, petition, parts, reader):
        """A copy to be read: its texts in the clear, its author only for parts that may know her."""
        if parts - {AUTHOR}:
            self.seen.note(reader, petition, self.now())
        history = petition.history
        text, place, *said = self._opened([petition.text, petition.place, *(line.text for line in history)], reader)
        lines = [replace(line, text=words) for line, words in zip(history, said, strict=True)]
        told = {"author": petition.known_author(parts), "routed": petition.explained(to_author=parts == {AUTHOR})}
        return replace(petition, text=text, place=place, history=lines, **told)

    def _opened(self, sealed, reader, why="查看来信"):
        """Each text in the clear; None where there is none, or none any more."""
        if reader is CLAIMANT:
            return self.vault.masked(sealed, str)  # no log may tell when an anonymous author looked
        given = [each for each in sealed if each]
        clear = dict(zip(given, self.vault.open_many(given, reader, why), strict=True))
        return [clear.get(each) for each in sealed]
