"""Anonymous letters, by the claim code (查询码) that their authors follow them by."""

from chassis.service import ANYONE, Group, Uses, Vault, every, http
from services.petition.domain.moves import AUTHOR
from services.petition.domain.refusals import OnItsWay
from services.petition.schemas import letters as schemas
from services.petition.service.access import Access
from services.petition.service.handling import Handling
from services.petition.service.policy import Policies
from services.petition.service.showing import Showing
from services.petition.store.petitions import Petitions
from services.petition.store.waiting import Waiting

BY_CODE = {
    "returns": schemas.Matter, "rate": "60/min", "roles": ANYONE, "named": False, "watched": True,
}  # fmt: skip  # she stays unknown; who tries out codes is told of


class Claims(Group):
    """Following an anonymous letter, and telling its office of it later than it was written."""

    petitions = Petitions()
    waiting = Waiting()
    vault = Vault()
    access = Uses(Access)
    policies = Uses(Policies)
    showing = Uses(Showing)
    handling = Uses(Handling)

    @http("POST", "/v1/claims", body=schemas.Claim, kept=False, **BY_CODE)
    def show_claimed(self, call):
        """An anonymous letter, for whoever has its claim code."""
        return self.showing.letter(call, self._claimed(call), {AUTHOR})

    @http("POST", "/v1/claims/moves", body=schemas.ClaimantSays, again="show_claimed", **BY_CODE)
    def move_claimed(self, call):
        """Make a move of the author of an anonymous letter."""
        petition = self._claimed(call)
        if self.waiting.row(petition.id):
            raise OnItsWay()
        linked = self.showing.linked(call, petition)
        self.handling.make_move(petition, call, {AUTHOR}, None)
        return self.showing.letter(call, petition, {AUTHOR}, linked)

    @every(seconds=5, each=lambda self: self.waiting.due(self.now()))
    def tell_letter(self, id):
        """Let its office and all others know of an anonymous letter."""
        if row := self.waiting.row(id):
            self.waiting.remove(id)
            self.petitions.add(self._arrived(row))

    def _claimed(self, call):
        """An anonymous letter by its number and claim code; also one of which nobody is told yet."""
        proof = call.body["number"], self.vault.digest(call.body["code"])
        row = self.waiting.claimed(*proof)
        return self._arrived(row) if row else self.access.placed(self.petitions.claimed(*proof))

    def _arrived(self, row):
        """A letter out of `waiting` as it is when all are told of it."""
        letter = self.access.placed(self.petitions.load(row))
        letter.arrive(self.policies.in_force, letter.submitted_at)
        return letter
