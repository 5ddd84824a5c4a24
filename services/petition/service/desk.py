"""待办: one list of everything somebody of the staff must act on."""

from chassis.schemas import Paging
from chassis.service import http
from chassis.store import Page
from services.petition.domain.inbox import unread
from services.petition.schemas import desk as schemas


class InboxDesk:
    """What waits for the caller."""

    @http("GET", "/v1/inbox", query=Paging, returns=schemas.Inbox, roles=["secretary"])
    def show_inbox(self, call):
        """Everything the caller must act on, to handle or to verify, due first; what is news to her is `unread`."""
        page = self.petitions.of_desks(self.regions.reach(call.person.scopes("secretary")), **call.query)
        seen = self.seen.of(call.person.id, page.items)
        items = [{"letter": each, "unread": unread(each, seen.get(each.id))} for each in page.items]
        return Page(items, page.next)
