"""Handling a letter: the office's list, everybody's moves, and what the clocks say."""

from datetime import timedelta

from chassis.schemas import Paging
from chassis.service import every, http, on
from chassis.store import Page
from contracts.sla import ClockElapsed, ClocksPromised
from services.petition.domain.calls import why
from services.petition.domain.moves import AUTHOR, SAYINGS, Act
from services.petition.domain.photo import new_photos
from services.petition.domain.refusals import OnItsWay
from services.petition.schemas import letters as schemas
from services.petition.schemas.calls import Calls
from services.petition.service.reading import BY_CODE

HANDLERS = ["secretary", "departmentstaff"]


class HandlingDesk:
    """Moves of letters, made by people or by time."""

    @http("GET", "/v1/office/petitions", query=schemas.OfficeQuery, returns=schemas.Desks, roles=HANDLERS)
    def list_office(self, call):
        """Letters one has to handle as secretary, or that the department (`unit`) one works for has, due first."""
        unit, query = call.query["unit"], {name: call.query[name] for name in ("state", "cursor", "limit")}
        reader = self._working(call, unit)
        if unit:
            return self._shown_in(self.petitions.of_department(unit, reader, **query), reader)
        return self._shown_in(self.petitions.of_offices(reader, **query), reader)

    @http("POST", "/v1/petitions/{number}/moves", body=schemas.Says, returns=schemas.Matter, again="show")
    def move(self, call, number):
        """Make a move of the table; the README says who may, when, and what must be said."""
        petition, parts = self._seen(call, number)
        linked = self._linked(call, petition)
        self._move(petition, call, parts, call.person.id)
        return self._shown(call, petition, parts, linked)

    @http(
        "POST", "/v1/claims/moves", body=schemas.ClaimantSays, returns=schemas.Matter, again="show_claimed",
        rate="60/min", **BY_CODE,
    )  # fmt: skip
    def move_claimed(self, call):
        """Make a move of the author of an anonymous letter."""
        petition = self._claimed(call)
        if self.waiting.row(petition.id):
            raise OnItsWay()
        linked = self._linked(call, petition)
        self._move(petition, call, {AUTHOR}, None)
        return self._shown(call, petition, {AUTHOR}, linked)

    @http("GET", "/v1/office/calls", query=Paging, returns=Calls, roles=["intake"])
    def list_calls(self, call):
        """回访: letters closed for days whose authors were not reached yet, newest first: the unrated, and a share."""
        before = call.at - timedelta(days=self.policy.call_days)
        reader = self._reader(call)
        page = self._shown_in(self.petitions.uncalled(reader, before, self.policy.call_share, **call.query), reader)
        return Page([vars(each) | {"why": why(each), "promised_at": each.promised_at, "provisional": each.provisional}
                     for each in page.items], page.next)  # fmt: skip

    # due

    @every(seconds=60, each=lambda self: self.petitions.waited_for(self.now()))
    def end_wait(self, id):
        with self.petitions.edit(id) as petition:
            self._placed(petition).go_on(self.policy, self.now())

    # told: the clocks of other services' matters are not ours to judge

    @on(ClocksPromised, ClockElapsed, preload=lambda self, facts: self.preload_matters(facts))
    def hear_clock(self, fact):
        """One handler for both: a promise that is set aside holds back what the same clock says later."""
        if fact.matter_source == self.name:
            with self.shelf(fact.matter).edit(fact.matter) as matter:
                if fact.type == ClocksPromised.wire():
                    matter.promise(fact)
                else:
                    self._placed(matter).judge(fact, self.policy, self.now())

    def _move(self, petition, call, parts, by):
        says = {word: call.body[word] for word in ("move", *SAYINGS) if word in call.body}
        self._require_handlers(petition, parts, **says)
        if "text" in says:
            says["text"] = self.vault.seal(petition.owner, says["text"])
        photos = new_photos(says.get("photos", ()))
        says |= {"photos": list(photos)} if photos else {}
        merged = self._merged_into(petition, says["move"])
        with self.petitions.edit(petition.id) as petition:
            petition.move(Act(parts=parts, at=call.at, by=by, **says), self.policy)
        self._take_photos(petition, photos, call.at)
        self._tell_merged(merged, petition, call.at)
