"""Writing a letter: what to know before, photos first, then the letter."""

from chassis.domain import id_at
from chassis.photos import reencode
from chassis.service import ANYONE, MB, every, http
from services.petition.domain.petition import CODE_DIGITS, Petition, new_claim_code
from services.petition.domain.photo import new_photos
from services.petition.domain.policy import ANONYMOUS
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
        kept=False,
        rate="12/min 100/day",
        acting="letters",
        **UNNAMED,
    )
    def upload_photo(self, call):
        """A photo for a letter to be written within a day, by whoever has the `id` of the answer."""
        return {"id": self.uploads.keep(call.decoded, call.at)}

    @http(
        "POST",
        "/v1/petitions",
        body=schemas.Letter,
        returns=schemas.Receipt,
        status=201,
        rate="10/min 40/day",
        acting="letters",
        **UNNAMED,
    )
    def submit(self, call):
        """Write to the secretary of one's village, town or city; an anonymous letter leaves no trail to its author."""
        return self._receive(call, call.person.region, helper=call.person.helper)

    @every(seconds=5, each=lambda self: self.waiting.due(self.now()))
    def tell_letter(self, id):
        """Let its office and all others know of an anonymous letter."""
        if row := self.waiting.row(id):
            self.waiting.remove(id)
            self.petitions.add(self._arrived(row))

    @property
    def policy(self):
        """The county's rules."""
        return read_policy(self.settings["POLICY_FILE"])

    def _receive(self, call, region, helper=None, clerk=None):
        """A letter in hand, from a village: kept, with its receipt; somebody helped her, or a clerk took it down.

        What she writes anonymously has no time but that of the telling, in nothing that is kept of it.
        """
        letter, path, person = self._posted(call.body), self.regions.path(region), call.person.id
        self._refuse_known(letter["origin"])
        code = self._claim_code(call, letter["anonymity"])
        later = code and not clerk
        at, photos = self.policy.told_at(call.at) if later else call.at, new_photos(letter["photos"])
        id = id_at(at)
        petition = Petition.submit(
            self.policy,
            at,
            id=id,
            number=self.numbers.take(),
            author=person,
            claim=code and self.vault.digest(code),
            words=self._marks_of_letter(id, region, letter),
            path=path,
            **self._sealed_letter(id if code else person, **letter | {"photos": list(photos)})
            | self._routed(path, letter, call.at)
            | self._recused(path, letter["about"])
            | {"helper": helper, "clerk": clerk},
        )
        self._take_photos(petition, photos, at)
        self._take_in(petition, later)
        return {"id": id, "number": petition.number, "state": petition.state, "claim_code": code}

    def _claim_code(self, call, anonymity):
        """查询码 of an anonymous letter; who repeats it with her Idempotency-Key is given the same."""
        return call.secret("claim_code", CODE_DIGITS) or new_claim_code() if anonymity == ANONYMOUS else None

    def _take_in(self, petition, later):
        """Keep a letter and tell all of it, or (`later`) only keep it until all are told."""
        if later:
            return self.waiting.insert(self.petitions.dump(petition))
        petition.arrive(self.policy, petition.submitted_at)
        self.petitions.add(petition)

    def _arrived(self, row):
        """A letter out of `waiting` as it is when all are told of it."""
        letter = self._placed(self.petitions.load(row))
        letter.arrive(self.policy, letter.submitted_at)
        return letter

    def _sealed_letter(self, owner, *, text, place, recipient, **rest):
        """Without the recipient: where it goes, routing says."""
        sealed = {"text": self.vault.seal(owner, text), "place": place and self.vault.seal(owner, place)}
        return rest | sealed
