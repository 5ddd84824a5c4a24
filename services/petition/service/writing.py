"""Writing a letter, oneself or through somebody who takes it down (一窗受理)."""

from chassis.domain import id_at
from chassis.service import Group, Numbers, Regions, Uses, Vault, http
from services.petition.domain.petition import CODE_DIGITS, Petition, new_claim_code
from services.petition.domain.photo import new_photos
from services.petition.domain.policy import ANONYMOUS
from services.petition.domain.posted import AlreadyALetter
from services.petition.schemas import letters as schemas
from services.petition.schemas.intake import TakenDown
from services.petition.service.attachments import UNNAMED, Attachments
from services.petition.service.places import STAFF, Posting
from services.petition.service.policy import Policies
from services.petition.service.recusing import Recusing
from services.petition.service.routing import Routing
from services.petition.service.words import WordIndex
from services.petition.store.petitions import Petitions
from services.petition.store.waiting import Waiting

NEW = {"returns": schemas.Receipt, "status": 201}


class Writing(Group):
    """Letters as they come in."""

    regions = Regions()
    petitions = Petitions()
    waiting = Waiting()
    numbers = Numbers("QL")
    vault = Vault()
    policies = Uses(Policies)
    posting = Uses(Posting)
    routing = Uses(Routing)
    recusing = Uses(Recusing)
    index = Uses(WordIndex)
    attachments = Uses(Attachments)

    @http("POST", "/v1/petitions", body=schemas.Letter, rate="10/min 40/day", acting="letters", **NEW, **UNNAMED)
    def submit(self, call):
        """Write to the secretary of one's village, town or city; an anonymous letter leaves no trail to its author."""
        return self._receive(call, call.person.region, helper=call.person.helper)

    @http("POST", "/v1/office/petitions", body=TakenDown, rate="60/min", **NEW, **STAFF)
    def take_down(self, call):
        """Take down what somebody says on the telephone, at the window or in the village's circle.

        The letter has no author; whoever said it follows it by the claim code of the receipt.
        """
        region = self.posting.village_of(call, call.body["region"])
        call.body["anonymity"] = ANONYMOUS
        return self._receive(call, region, clerk=call.person.id)

    def _receive(self, call, region, helper=None, clerk=None):
        """A letter in hand, from a village: kept, with its receipt; somebody helped her, or a clerk took it down.

        What she writes anonymously has no time but that of the telling, in nothing that is kept of it.
        """
        letter, path, person = self._posted(call.body), self.regions.path(region), call.person.id
        self._require_new(letter["origin"])
        code = self._claim_code(call, letter["anonymity"])
        later, policy = code and not clerk, self.policies.in_force
        at, photos = policy.told_at(call.at) if later else call.at, new_photos(letter["photos"])
        id = id_at(at)
        petition = Petition.submit(
            policy,
            at,
            id=id,
            number=self.numbers.take(),
            author=person,
            claim=code and self.vault.digest(code),
            words=self.index.tokens_of(id, region, letter),
            path=path,
            **self._sealed_letter(id if code else person, **letter | {"photos": list(photos)})
            | self.routing.routed(path, letter, call.at)
            | self.recusing.recused(path, letter["about"])
            | {"helper": helper, "clerk": clerk},
        )
        self.attachments.attach(petition, photos, at)
        self._keep(petition, later)
        return {"id": id, "number": petition.number, "state": petition.state, "claim_code": code}

    def _posted(self, body):
        """The letter of a body, with a keyed hash of its post, and place and channel of its QR code."""
        letter = self.posting.posted(body)
        letter.pop("region", None)
        letter["origin"] = letter["origin"] and self.vault.digest(f"origin {letter['origin']}")
        return letter

    def _require_new(self, origin):
        """Raises AlreadyALetter when this post was made a letter before."""
        if origin and self.petitions.made_of(origin):
            raise AlreadyALetter()

    def _claim_code(self, call, anonymity):
        """查询码 of an anonymous letter; who repeats it with her Idempotency-Key is given the same."""
        return call.secret("claim_code", CODE_DIGITS) or new_claim_code() if anonymity == ANONYMOUS else None

    def _keep(self, petition, later):
        """Keep a letter and tell all of it, or (`later`) only keep it until all are told."""
        if later:
            return self.waiting.insert(self.petitions.dump(petition))
        petition.arrive(self.policies.in_force, petition.submitted_at)
        self.petitions.add(petition)

    def _sealed_letter(self, owner, *, text, place, recipient, **rest):
        """Without the recipient: where it goes, routing says."""
        sealed = {"text": self.vault.seal(owner, text), "place": place and self.vault.seal(owner, place)}
        return rest | sealed
