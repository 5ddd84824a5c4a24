"""How to reach somebody: asked by services, at the moment they need it."""

from chassis.service import Group, Uses, internal
from contracts.words import LOOK_REASONS
from services.identity.schemas import contacts as schemas
from services.identity.service.disclosure import Disclosure
from services.identity.store.people import People

NOTICE = "发送通知"
CALLERS = ["notify", "petition"]


class Contacts(Group):
    """Names and phones, for services only."""

    people = People()
    disclosure = Uses(Disclosure)

    @internal("GET", "/internal/v1/contacts/{person}", callers=CALLERS, query=schemas.Reader, returns=schemas.Contact)
    def reveal_contact(self, call, person):
        """Phone and name of one person: for a reader who said why, or to be sent a notice."""
        reason = LOOK_REASONS.get(call.query["reason"], NOTICE)
        return self.disclosure.contact(self.people.get(person), call.query["reader"] or call.caller, reason)
