"""How to reach somebody: asked by services, at the moment they need it."""

from chassis.service import internal
from services.identity.schemas import contacts as schemas


class ContactDesk:
    """Names and phones, for services only."""

    @internal("GET", "/internal/v1/contacts/{person}", callers=["notify", "petition"], returns=schemas.Contact)
    def reveal_contact(self, call, person):
        """Phone and name of one person."""
        found = self.people.get(person)
        name, phone = (each and self.vault.open(each, call.caller, "发送通知") for each in (found.name, found.phone))
        return {"person": found.id, "name": name, "phone": phone}
