"""Writing a letter: what to know before, photos first, then the letter."""

from chassis import context
from chassis.domain import new_id
from chassis.photos import reencode
from chassis.service import ANYONE, MB, every, http
from services.petition.domain.petition import Petition, new_claim_code
from services.petition.domain.photo import UNCLAIMED_FOR, Photo
from services.petition.schemas import letters as schemas
from services.petition.schemas.policy import Policy
from services.petition.store.petitions import read_policy

UNNAMED = {"roles": ["villager"], "named": False}  # for all letters alike, so that nothing is told by its absence


class WritingDesk:
    """Letters and their photos as they come in."""

    @http("GET", "/v1/policy", returns=Policy, roles=ANYONE)
    def show_policy(self, call):
        """Categories, the levels of anonymity and the time limits, to be read before writing."""
        return self.policy

    @http(
        "POST",
        "/v1/photos",
        upload="image/*",
        decode=reencode,
        limit=20 * MB,
        returns=schemas.Uploaded,
        status=201,
        rate="12/min 100/day",
        acting="letters",
        **UNNAMED,
    )
    def upload_photo(self, call):
        """A photo for a letter to be written within a day."""
        owner = call.person.id
        photo = Photo(id=new_id(), owner=owner, sealed=self.vault.seal(owner, call.decoded), uploaded_at=call.at)
        self.photos.add(photo)
        return photo

    @http(
        "POST",
        "/v1/petitions",
        body=schemas.Letter,
        returns=schemas.Receipt,
        status=201,
        rate="10/min",
        acting="letters",
        **UNNAMED,
    )
    def submit(self, call):
        """Write to the secretary of one's village, town or city; an anonymous letter leaves no trail to its author."""
        return self._receive(call, call.person.region, helper=call.person.helper)

    @every(seconds=600)
    def sweep_photos(self):
        self.photos.sweep(self.now() - UNCLAIMED_FOR)

    @property
    def policy(self):
        """The county's rules."""
        return read_policy(self.settings["POLICY_FILE"])

    def _receive(self, call, region, **by):
        """A letter in hand, from a village: kept, with its receipt; `by` is who helped her or took it down."""
        id, person = new_id(), call.person
        letter = self._posted(call.body)
        code, path = new_claim_code(letter["anonymity"]), self.regions.path(region)
        self._refuse_known(letter["origin"])
        petition = Petition.submit(
            self.policy,
            call.at,
            id=id,
            number=self.numbers.take(),
            author=person.id,
            claim=code and self.vault.digest(code),
            words=self._marks_of_letter(region, letter),
            path=path,
            **self._sealed_letter(id if code else person.id, **letter)
            | self._routed(path, letter, call.at)
            | self._recused(path, letter["about"])
            | by,
        )
        call.sealed_for = petition.owner
        with context.following(context.begin() if code else context.current()):
            self._claim_photos(petition, petition.photos, person.id)
            self.petitions.add(petition)
        return {"id": id, "number": petition.number, "state": petition.state, "claim_code": code}

    def _sealed_letter(self, owner, *, text, place, recipient, **rest):
        """Without the recipient: where it goes, routing says."""
        sealed = {"text": self.vault.seal(owner, text), "place": place and self.vault.seal(owner, place)}
        return rest | sealed

    def _claim_photos(self, petition, photos, person):
        for key in photos:
            with self.photos.edit(key) as photo:
                photo.claim(person, petition.id)
                if petition.owner != person:
                    photo.hand_over(petition.owner, self.vault.reseal(photo.sealed, petition.owner))
