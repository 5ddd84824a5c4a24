"""待办, the worklist: everything somebody of the staff must act on."""

from chassis.service import Group, Uses, http
from chassis.store import Page
from services.petition.domain.worklist import kind, unread
from services.petition.schemas import worklist as schemas
from services.petition.service.access import Access
from services.petition.store.due import together
from services.petition.store.petitions import Petitions
from services.petition.store.questions import Questions
from services.petition.store.reports import Reports
from services.petition.store.seen import Seen

STAFF = ["secretary", "departmentstaff", "intake"]


class Worklist(Group):
    """What waits for the caller: letters, reports and questions."""

    petitions = Petitions()
    reports = Reports()
    questions = Questions()
    seen = Seen()
    access = Uses(Access)

    @http("GET", "/v1/inbox", query=schemas.Unit, returns=schemas.Worklist, roles=STAFF)
    def show_inbox(self, call):
        """Everything the caller must act on, or the department (`unit`) she works for, of all kinds, due first.

        What is news to her is `unread`.
        """
        unit, query = call.query["unit"], {name: call.query[name] for name in ("cursor", "limit")}
        reader = self.access.reader_for(call, unit)
        mine = {unit} if unit else reader.queues
        letters = self.petitions.of_queues(mine, reader, **query)
        reports = self.reports.of_queues(mine, None, None, **query)
        page = together([letters, reports, self.questions.of_offices(mine, None, **query)], query["limit"])
        page = self.access.visible(page, reader)
        seen = self.seen.of(call.person.id, page.items)
        rows = [{"kind": kind(each), "matter": each, "unread": unread(each, seen.get(each.id))} for each in page.items]
        return Page(rows, page.next)
