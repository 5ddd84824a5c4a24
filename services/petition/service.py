"""书记信箱: letters to the secretary of a village, a town or the city."""

from dataclasses import replace

from werkzeug.wrappers import Response

from chassis import context
from chassis.domain import new_id
from chassis.service import ANYONE, MB, Numbers, Peer, Regional, Service, Vault, every, http, on
from contracts.sla import ClockElapsed, ClockPromised
from services.petition import schemas
from services.petition.domain.moves import AUTHOR, SAYINGS, Act
from services.petition.domain.petition import Petition, new_claim_code
from services.petition.domain.photo import UNCLAIMED_FOR, Photo
from services.petition.photos import reencode
from services.petition.store import Petitions, Photos, read_policy

PICTURE = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
CLAIMANT = "claimant"
UNNAMED = {"roles": ["villager"], "named": False}  # for all letters alike, so that nothing is told by its absence


class PetitionService(Regional, Service):
    """Every matter somebody must answer (书记信箱).

    Owns       petitions, photos
    Publishes  petition.submitted, petition.signed, petition.answered, petition.passed_up, petition.returned,
               petition.done, petition.verified, petition.closed, petition.rated, petition.reopened,
               petition.breached, petition.escalated
    Consumes   identity.region_registered, sla.promised, sla.elapsed
    """

    name = "petition"
    settings = {"POLICY_FILE": str}
    petitions = Petitions()
    photos = Photos()
    numbers = Numbers("QL")
    vault = Vault()
    identity = Peer("identity")

    # asked: writing

    @http("GET", "/v1/policy", returns=schemas.Policy, roles=ANYONE)
    def show_policy(self, call):
        """Categories, the levels of anonymity and the time limits, to be read before writing."""
        return self.policy

    @http("POST", "/v1/photos", upload="image/*", limit=20 * MB, returns=schemas.Uploaded, status=201, **UNNAMED)
    def upload_photo(self, call):
        """A photo for a letter to be written within a day."""
        owner, jpeg = call.person.id, reencode(call.raw, call.request.mimetype)
        photo = Photo(id=new_id(), owner=owner, sealed=self.vault.seal(owner, jpeg), uploaded_at=call.at)
        self.photos.add(photo)
        return photo

    @http("POST", "/v1/petitions", body=schemas.Letter, returns=schemas.Receipt, status=201, **UNNAMED)
    def submit(self, call):
        """Write to the secretary of one's village, town or city; an anonymous letter leaves no trail to its author."""
        id, person, code = new_id(), call.person, new_claim_code(call.body["anonymity"])
        petition = Petition.submit(
            self.policy,
            call.at,
            id=id,
            number=self.numbers.take(),
            author=person.id,
            claim=code and self.vault.digest(code),
            path=self.regions.path(person.region),
            **self._sealed_letter(id if code else person.id, **call.body),
        )
        call.sealed_for = petition.owner
        with context.following(context.begin() if code else context.current()):
            self._claim_photos(petition, person.id)
            self.petitions.add(petition)
        return {"id": id, "number": petition.number, "state": petition.state, "claim_code": code}

    # asked: following

    @http("GET", "/v1/petitions", query=schemas.Paging, returns=schemas.Mine)
    def list_mine(self, call):
        """One's own letters, newest first."""
        return self.petitions.of_author(call.person.id, **call.query)

    @http("GET", "/v1/petitions/{number}", returns=schemas.Matter)
    def show(self, call, number):
        """A letter, for its author, its office, whoever verifies it, and the intake."""
        return self._shown(*self._seen(call, number), call.person.id)

    @http("GET", "/v1/petitions/{number}/photos/{photo}")
    def show_photo(self, call, number, photo):
        """A photo of a letter, as JPEG, for those who may see the letter."""
        petition, _ = self._seen(call, number)
        petition.require_photo(photo)
        jpeg = self.vault.open(self.photos.get(photo).sealed, call.person.id, "查看来信照片")
        return Response(jpeg, mimetype="image/jpeg", headers=PICTURE)

    @http("POST", "/v1/petitions/{number}/looks", body=schemas.Look, returns=schemas.Contact)
    def look_at_author(self, call, number):
        """Name and phone of the author, for those her level of anonymity lets know; each look is in the history."""
        petition, parts = self._seen(call, number)
        reason = self.vault.seal(petition.owner, call.body["reason"])
        with self.petitions.edit(petition.id) as petition:
            author = petition.look(parts, call.person.id, call.at, reason)
        return self.identity.get(f"/internal/v1/contacts/{author}")

    @http("POST", "/v1/claims", body=schemas.Claim, returns=schemas.Matter, roles=ANYONE)
    def show_claimed(self, call):
        """An anonymous letter, for whoever has its claim code."""
        return self._shown(self._claimed(call), {AUTHOR}, CLAIMANT)

    # asked: handling

    @http("GET", "/v1/office/petitions", query=schemas.OfficeQuery, returns=schemas.Desks, roles=["secretary"])
    def list_office(self, call):
        """Letters one has to handle as secretary, due first."""
        return self.petitions.of_offices(call.person.scopes("secretary"), **call.query)

    @http("POST", "/v1/petitions/{number}/moves", body=schemas.Says, returns=schemas.Matter)
    def move(self, call, number):
        """Make a move: sign, answer, pass_up, return, done, verify, close, rate or reopen."""
        petition, parts = self._seen(call, number)
        self._move(petition, call, parts, call.person.id)
        return self._shown(petition, parts, call.person.id)

    @http("POST", "/v1/claims/moves", body=schemas.ClaimantSays, returns=schemas.Matter, roles=ANYONE)
    def move_claimed(self, call):
        """Rate or reopen an anonymous letter."""
        petition = self._claimed(call)
        self._move(petition, call, {AUTHOR}, None)
        return self._shown(petition, {AUTHOR}, CLAIMANT)

    # told: the clocks of other services' matters are not ours to judge

    @on(ClockPromised, preload=lambda self, facts: self.petitions.preload(fact.matter for fact in facts))
    def keep_promise(self, fact):
        if fact.matter_source == self.name:
            with self.petitions.edit(fact.matter) as petition:
                petition.promise(fact)

    @on(ClockElapsed, preload=lambda self, facts: self.petitions.preload(fact.matter for fact in facts))
    def judge_clock(self, fact):
        if fact.matter_source == self.name:
            with self.petitions.edit(fact.matter) as petition:
                petition.judge(fact, self.policy, self.now())

    # due

    @every(seconds=600)
    def sweep_photos(self):
        self.photos.sweep(self.now() - UNCLAIMED_FOR)

    @property
    def policy(self):
        """The county's rules."""
        return read_policy(self.settings["POLICY_FILE"])

    def _seen(self, call, number):
        """A letter and the parts the caller plays in it; raises PetitionNotFound when there is none."""
        petition, person = self.petitions.numbered(number), call.person
        return petition, petition.parts(person.id, person.scopes("secretary"), person.scopes("intake"))

    def _claimed(self, call):
        return self.petitions.claimed(call.body["number"], self.vault.digest(call.body["code"]))

    def _move(self, petition, call, parts, by):
        says = {word: call.body[word] for word in ("move", *SAYINGS) if word in call.body}
        if "text" in says:
            says["text"] = self.vault.seal(petition.owner, says["text"])
        with self.petitions.edit(petition.id) as petition:
            petition.move(Act(parts=parts, at=call.at, by=by, **says), self.policy)

    def _sealed_letter(self, owner, *, text, place, recipient, **rest):
        sealed = {"text": self.vault.seal(owner, text), "place": place and self.vault.seal(owner, place)}
        return rest | sealed | {"level": recipient}

    def _claim_photos(self, petition, person):
        for key in petition.photos:
            with self.photos.edit(key) as photo:
                photo.claim(person, petition.id)
                if petition.owner != person:
                    jpeg = self.vault.open(photo.sealed, self.name, "匿名来信的照片改由来信保管")
                    photo.hand_over(petition.owner, self.vault.seal(petition.owner, jpeg))

    def _shown(self, petition, parts, reader):
        """A copy to be read: its texts in the clear, its author only for parts that may know her."""
        history = petition.history
        text, place, *said = self._opened([petition.text, petition.place, *(line.text for line in history)], reader)
        lines = [replace(line, text=words) for line, words in zip(history, said, strict=True)]
        return replace(petition, author=petition.known_author(parts), text=text, place=place, history=lines)

    def _opened(self, sealed, reader):
        """Each text in the clear; None where there is none, or none any more."""
        given = [each for each in sealed if each]
        clear = dict(zip(given, self.vault.open_many(given, reader, "查看来信"), strict=True))
        return [clear.get(each) for each in sealed]
