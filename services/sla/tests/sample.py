"""What the tests that ask everything of every service know of this one."""

from contracts.petition.letters import PetitionSubmitted
from tests.matters import VILLAGE

LIMIT = {"amount": 3, "unit": "working_days"}
CLOCK = {"order": "start", "clock": "sign", "round": 1, "level": "village", "limit": LIMIT}
GUESTS = {
    "clocks": "the clocks of a matter whose id one knows",
}
"""What a guest reaches of a guest's own: first word of the path → whose it is."""


def fill(service):
    """A clock of a letter."""
    where = {"village": VILLAGE, "office": VILLAGE, "level": "village", "category": "river", "round": 1}
    said = {"urgency": "normal", "anonymity": 1, "photos": 0}
    service.tell(PetitionSubmitted, subject="m1", regionid=VILLAGE, number="QL-1", **where, **said, clocks=[CLOCK])
