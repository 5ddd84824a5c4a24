"""How to reach somebody: asked by services, at the moment they need it."""

from chassis.service import internal
from contracts.words import LOOK_REASONS
from services.identity.schemas import contacts as schemas

NOTICE = "发送通知"


class ContactDesk:
    """Names and phones, for services only."""

    @internal(
        "GET",
        "/internal/v1/contacts/{person}",
        callers=["notify", "petition"],
        query=schemas.Reader,
        returns=schemas.Contact,
    )
    def reveal_contact(self, call, person):
        """Phone and name of one person: for a reader who said why, or to be sent a notice."""
        reason = LOOK_REASONS.get(call.query["reason"], NOTICE)
        return self._contact(self.people.get(person), call.query["reader"] or call.caller, reason)

    def _contact(self, person, reader, reason):
        """In the clear; None for what there is not, or not any more."""
        sealed = [each for each in (person.name, person.phone) if each]
        clear = dict(zip(sealed, self.vault.open_many(sealed, reader, reason), strict=True))
        return {"person": person.id, "name": clear.get(person.name), "phone": clear.get(person.phone)}
