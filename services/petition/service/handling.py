"""Handling a letter: the office's list, everybody's moves, and what the clocks say."""

from chassis.service import ANYONE, http, on
from contracts.sla import ClockElapsed, ClockPromised
from services.petition.domain.moves import AUTHOR, SAYINGS, Act
from services.petition.schemas import letters as schemas
from services.petition.service.reading import CLAIMANT


class HandlingDesk:
    """Moves of letters, made by people or by time."""

    @http("GET", "/v1/office/petitions", query=schemas.OfficeQuery, returns=schemas.Desks, roles=["secretary"])
    def list_office(self, call):
        """Letters one has to handle as secretary, due first."""
        return self.petitions.of_offices(self.regions.reach(call.person.scopes("secretary")), **call.query)

    @http("POST", "/v1/petitions/{number}/moves", body=schemas.Says, returns=schemas.Matter)
    def move(self, call, number):
        """Make a move: sign, answer, pass_up, return, done, verify, close, rate or reopen."""
        petition, parts = self._seen(call, number)
        self._move(petition, call, parts, call.person.id)
        return self._shown(petition, parts, call.person.id)

    @http("POST", "/v1/claims/moves", body=schemas.ClaimantSays, returns=schemas.Matter, roles=ANYONE, rate="60/min")
    def move_claimed(self, call):
        """Rate or reopen an anonymous letter."""
        petition = self._claimed(call)
        self._move(petition, call, {AUTHOR}, None)
        return self._shown(petition, {AUTHOR}, CLAIMANT)

    # told: the clocks of other services' matters are not ours to judge

    @on(ClockPromised, ClockElapsed, preload=lambda self, facts: self.preload_matters(facts))
    def hear_clock(self, fact):
        """One handler for both: a promise that is set aside holds back what the same clock says later."""
        if fact.matter_source == self.name:
            with self.shelf(fact.matter).edit(fact.matter) as matter:
                if fact.type == ClockPromised.wire():
                    matter.promise(fact)
                else:
                    self._placed(matter).judge(fact, self.policy, self.now())

    def _move(self, petition, call, parts, by):
        says = {word: call.body[word] for word in ("move", *SAYINGS) if word in call.body}
        if "text" in says:
            says["text"] = self.vault.seal(petition.owner, says["text"])
        with self.petitions.edit(petition.id) as petition:
            petition.move(Act(parts=parts, at=call.at, by=by, **says), self.policy)
