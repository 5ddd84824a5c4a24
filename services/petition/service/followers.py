"""Letters merged into another: they hear what becomes of it."""

from chassis.service import Group, Uses
from services.petition.domain.moves import CLOSED, MOVES
from services.petition.service.access import Access
from services.petition.store.petitions import Petitions


class Followers(Group):
    """Letters merged into one that is closed."""

    petitions = Petitions()
    access = Uses(Access)

    def of(self, petition, move):
        """Letters merged into this one, if the move closes it; to be asked before anything is written."""
        return self.petitions.merged_into(petition.number) if MOVES[move].target == CLOSED else []

    def tell(self, followers, petition, at):
        """Let their authors know how the letter they were merged into was closed."""
        for follower in followers:
            with self.petitions.edit(follower.id) as follower:
                self.access.placed(follower).note_lead_outcome(petition.outcome, at)
