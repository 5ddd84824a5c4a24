"""Handling a letter: the office's list, and everybody's moves."""

from datetime import timedelta

from chassis.schemas import Paging
from chassis.service import Group, Regions, Uses, http
from chassis.store import Page
from services.petition.domain.calls import why
from services.petition.domain.dispatch import UnknownHandler
from services.petition.domain.moves import INTAKE, SAYINGS, Act
from services.petition.domain.photo import new_photos
from services.petition.schemas import letters as schemas
from services.petition.schemas.calls import Calls
from services.petition.service.access import Access
from services.petition.service.attachments import Attachments
from services.petition.service.followers import Followers
from services.petition.service.matters import Matters
from services.petition.service.policy import Policies
from services.petition.service.showing import Showing
from services.petition.store.petitions import Petitions
from services.petition.store.whistles import Organisations

HANDLERS = ["secretary", "departmentstaff"]


class Handling(Group):
    """Moves of letters, made by people."""

    regions = Regions()
    organisations = Organisations()
    petitions = Petitions()
    access = Uses(Access)
    matters = Uses(Matters)
    policies = Uses(Policies)
    showing = Uses(Showing)
    attachments = Uses(Attachments)
    followers = Uses(Followers)

    @http("GET", "/v1/office/petitions", query=schemas.OfficeQuery, returns=schemas.LetterRows, roles=HANDLERS)
    def list_office(self, call):
        """Letters one has to handle as secretary, or that the department (`unit`) one works for has, due first."""
        unit, query = call.query["unit"], {name: call.query[name] for name in ("state", "cursor", "limit")}
        reader = self.access.reader_for(call, unit)
        if unit:
            return self.access.visible(self.petitions.of_department(unit, reader, **query), reader)
        return self.access.visible(self.petitions.of_offices(reader, **query), reader)

    @http("POST", "/v1/petitions/{number}/moves", body=schemas.Says, returns=schemas.Matter, again="show")
    def move(self, call, number):
        """Make a move of the table (docs/services/petition.md): who may, when, and what must be said."""
        petition, parts = self.matters.letter(call, number)
        linked = self.showing.linked(call, petition)
        self.make_move(petition, call, parts, call.person.id)
        return self.showing.letter(call, petition, parts, linked)

    @http("GET", "/v1/office/calls", query=Paging, returns=Calls, roles=["intake"])
    def list_calls(self, call):
        """回访: letters closed for days whose authors were not reached yet, newest first: the unrated, and a share."""
        policy, reader = self.policies.in_force, self.access.reader(call)
        before = call.at - timedelta(days=policy.call_days)
        page = self.access.visible(self.petitions.uncalled(reader, before, policy.call_share, **call.query), reader)
        return Page([vars(each) | {"why": why(each), "promised_at": each.promised_at, "provisional": each.provisional}
                     for each in page.items], page.next)  # fmt: skip

    def make_move(self, petition, call, parts, by):
        """The move of a call, by somebody (a person id, None for whoever is anonymous) who plays these parts."""
        says = {word: call.body[word] for word in ("move", *SAYINGS) if word in call.body}
        self._require_handlers(petition, parts, **says)
        says, photos = self.attachments.sealed_words(petition, says), new_photos(says.get("photos", ()))
        says |= {"photos": list(photos)} if photos else {}
        merged = self.followers.of(petition, says["move"])
        with self.petitions.edit(petition.id) as petition:
            petition.move(Act(parts=parts, at=call.at, by=by, **says), self.policies.in_force)
        self.attachments.attach(petition, photos, call.at)
        self.followers.tell(merged, petition, call.at)

    def _require_handlers(self, petition, parts, department=None, right_owner=None, **_):
        """派单: raises UnknownHandler unless a letter may go to this department, and there is such a right owner.

        An office dispatches to departments of its own region, the intake to those of any level of the letter's path.
        """
        theirs = petition.path if INTAKE in parts else [petition.office]
        if department and self._region_of(department) not in theirs:
            raise UnknownHandler()
        if right_owner and not {right_owner, self._region_of(right_owner)} & set(petition.path):
            raise UnknownHandler()

    def _region_of(self, department):
        """Where a department is now, None when there is none of this id."""
        region = self.organisations.departments([department]).get(department)
        return region and self.regions.heir(region)
