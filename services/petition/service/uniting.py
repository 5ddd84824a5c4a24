"""合并 and 拆分: several letters about one thing, and one letter about several."""

from chassis.domain import new_id
from chassis.service import http
from services.petition.domain.moves import ALIVE, CLOSED, INTAKE, MOVES, OFFICE, Act
from services.petition.domain.refusals import WrongLead
from services.petition.domain.routing import Addressed
from services.petition.schemas import letters
from services.petition.schemas import uniting as schemas

STAFF = {"roles": ["secretary", "intake"]}


class UnitingDesk:
    """Moves that concern more than one letter."""

    @http("POST", "/v1/petitions/{number}/merge", body=schemas.Merge, returns=letters.Matter, again="show", **STAFF)
    def merge(self, call, number):
        """Close a letter as merged into another that one handles; its author hears what becomes of that one."""
        petition, parts = self._seen(call, number)
        lead, theirs = self._seen(call, call.body["lead"])
        if lead.id == petition.id or lead.state not in ALIVE or not theirs & {OFFICE, INTAKE}:
            raise WrongLead()
        merged = self._merged_into(petition, "merge")
        with self.petitions.edit(petition.id) as petition:
            petition.move(self._act(call, petition, "merge", parts, duplicate_of=lead.number), self.policy)
        for follower in merged:
            with self.petitions.edit(follower.id) as follower:
                follower.duplicate_of = lead.number
        return self._shown(petition, parts, call.person.id)

    @http(
        "POST", "/v1/petitions/{number}/parts", body=schemas.Split, returns=schemas.Parts, status=201,
        again="list_parts", **STAFF,
    )  # fmt: skip
    def split(self, call, number):
        """Close a letter and open one for each thing it speaks of, with the same author."""
        petition, parts = self._seen(call, number)
        merged = self._merged_into(petition, "split")
        (place,) = self._opened([petition.place], call.person.id, "拆分来信")
        opened = [self._part(call, petition, place, **said) for said in call.body["parts"]]
        with self.petitions.edit(petition.id) as petition:
            split = petition.split(self._act(call, petition, "split", parts), self.policy, opened)
        for each in split:
            self.petitions.add(each)
        self._tell_merged(merged, petition, call.at)
        return {"items": split}

    def _part(self, call, petition, place, text, category=None):
        """What a new letter says otherwise than the one it is split from; `place` in the clear."""
        id, category = new_id(), category or petition.category
        owner, answers = petition.author or id, petition.answers if category == petition.category else {}
        letter = Addressed(category=category, path=petition.path, answers=answers, about=petition.about)
        sealed = {"text": self.vault.seal(owner, text), "place": place and self.vault.seal(owner, place)}
        words = self._marks_of_letter(petition.path[0], {"text": text, "place": place})
        new = {"id": id, "number": self.numbers.take(), "category": category, "answers": answers, "words": words}
        return new | sealed | self._directed(letter, petition.level, call.at)

    def _act(self, call, petition, move, parts, **says):
        if "text" in call.body:
            says["text"] = self.vault.seal(petition.owner, call.body["text"])
        return Act(move=move, parts=parts, at=call.at, by=call.person.id, **says)

    def _merged_into(self, petition, move):
        """Letters merged into this one, if the move closes it; to be asked before anything is written."""
        return self.petitions.merged_into(petition.number) if MOVES[move].target == CLOSED else []

    def _tell_merged(self, merged, petition, at):
        """Let the authors of letters merged into this one know how it was closed."""
        for follower in merged:
            with self.petitions.edit(follower.id) as follower:
                self._placed(follower).hear(petition.outcome, at)
