"""How to reach somebody: asked by services, at the moment they need it."""

from chassis.service import internal
from services.identity.schemas import contacts as schemas


class ContactDesk:
    """Names and phones, for services only."""

    @internal("GET", "/internal/v1/contacts/{person}", callers=["notify", "petition"], returns=schemas.Contact)
    def reveal_contact(self, call, person):
        """Phone and name of one person."""
        found = self.people.get(person)
        name = found.name and self.vault.open(found.name, call.caller, "发送通知")
        return {"person": found.id, "name": name, "phone": self.vault.open(found.phone, call.caller, "发送通知")}
