"""合并 and 拆分: several letters about one thing, and one letter about several."""

from chassis.domain import new_id
from chassis.service import Group, Numbers, Uses, Vault, http
from services.petition.domain.moves import ALIVE, INTAKE, OFFICE, Act
from services.petition.domain.refusals import NotYourPart, WrongLead
from services.petition.domain.routing import Addressed
from services.petition.schemas import letters
from services.petition.schemas import uniting as schemas
from services.petition.service.access import Access
from services.petition.service.followers import Followers
from services.petition.service.matters import Matters
from services.petition.service.policy import Policies
from services.petition.service.routing import Routing
from services.petition.service.showing import Showing
from services.petition.service.words import WordIndex
from services.petition.store.petitions import Petitions

STAFF = {"roles": ["secretary", "intake"]}


class Uniting(Group):
    """Moves that concern more than one letter."""

    petitions = Petitions()
    numbers = Numbers("QL")
    vault = Vault()
    access = Uses(Access)
    matters = Uses(Matters)
    policies = Uses(Policies)
    showing = Uses(Showing)
    followers = Uses(Followers)
    routing = Uses(Routing)
    index = Uses(WordIndex)

    @http("POST", "/v1/petitions/{number}/merge", body=schemas.Merge, returns=letters.Matter, again="show", **STAFF)
    def merge(self, call, number):
        """Close a letter as merged into another that one handles; its author hears what becomes of that one."""
        petition, parts = self.matters.letter(call, number)
        lead, theirs = self.matters.letter(call, call.body["lead"])
        if lead.id == petition.id or lead.state not in ALIVE or not theirs & {OFFICE, INTAKE}:
            raise WrongLead()
        merged, linked = self.followers.of(petition, "merge"), self.showing.linked(call, petition) | {lead.number}
        with self.petitions.edit(petition.id) as petition:
            petition.move(self._act(call, petition, "merge", parts, duplicate_of=lead.number), self.policies.in_force)
        for follower in merged:
            with self.petitions.edit(follower.id) as follower:
                follower.duplicate_of = lead.number
        return self.showing.letter(call, petition, parts, linked)

    @http(
        "POST", "/v1/petitions/{number}/parts", body=schemas.Split, returns=schemas.Parts, status=201,
        again="list_parts", **STAFF,
    )  # fmt: skip
    def split(self, call, number):
        """Close a letter and open one for each thing it speaks of, with the same author."""
        petition, parts = self.matters.letter(call, number)
        merged = self.followers.of(petition, "split")
        (place,) = self.showing.opened([petition.place], call.person.id, "拆分来信")
        opened = [self._part(call, petition, place, **said) for said in call.body["parts"]]
        with self.petitions.edit(petition.id) as petition:
            split = petition.split(self._act(call, petition, "split", parts), self.policies.in_force, opened)
        for each in split:
            self.petitions.add(each)
        self.followers.tell(merged, petition, call.at)
        return {"items": split}

    @http("GET", "/v1/petitions/{number}/parts", returns=schemas.Parts, **STAFF)
    def list_parts(self, call, number):
        """The letters that one was split into, as far as the caller plays a part in them."""
        petition, parts = self.matters.letter(call, number)
        if not parts & {OFFICE, INTAKE}:
            raise NotYourPart()
        return self.access.visible(self.petitions.split_from(petition.number), self.access.reader(call))

    def _part(self, call, petition, place, text, category=None):
        """What a new letter says otherwise than the one it is split from; `place` in the clear."""
        id, category = new_id(), category or petition.category
        owner, answers = petition.author or id, petition.answers if category == petition.category else {}
        letter = Addressed(category=category, path=petition.path, answers=answers, about=petition.about)
        sealed = {"text": self.vault.seal(owner, text), "place": place and self.vault.seal(owner, place)}
        words = self.index.tokens_of(id, petition.path[0], {"text": text, "place": place})
        new = {"id": id, "number": self.numbers.take(), "category": category, "answers": answers, "words": words}
        return new | sealed | self.routing.directed(letter, petition.level, call.at)

    def _act(self, call, petition, move, parts, **says):
        if "text" in call.body:
            says["text"] = self.vault.seal(petition.owner, call.body["text"])
        return Act(move=move, parts=parts, at=call.at, by=call.person.id, **says)
