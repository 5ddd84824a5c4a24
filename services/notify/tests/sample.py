"""What the tests that ask everything of every service know of this one."""

from datetime import UTC, datetime

from chassis.testing import wait_until
from contracts.identity.villagers import VillagerVerified
from tests.matters import AUTHOR, VILLAGE

LATER = datetime(2040, 1, 1, tzinfo=UTC)
GUESTS = {
    "inbox": "one's messages",
}
"""What a guest reaches of a guest's own: first word of the path → whose it is."""


def fill(service):
    """A message to AUTHOR."""
    service.tell(VillagerVerified, subject=AUTHOR, region=VILLAGE)
    wait_until(lambda: _nobody_sends(service.database.messages), "messages at rest")


def _nobody_sends(messages):
    messages.update_many({"state": "queued"}, {"$set": {"due_at": LATER}})
    return messages.count_documents({"state": {"$in": ["sending", "checking"]}}) == 0
