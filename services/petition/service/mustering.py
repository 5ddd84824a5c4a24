"""吹哨报到: calling several units together, and what each of them does."""

from dataclasses import replace

from chassis.domain import NotAllowed, new_id
from chassis.service import Group, Numbers, Regions, Uses, Vault, http, on
from chassis.store import Page
from contracts.identity.regions import OrganisationRegistered
from services.petition.domain.moves import OFFICE
from services.petition.domain.refusals import NotYourPart
from services.petition.domain.whistle import NoSuchUnit, UnknownUnit, Whistle, WhistleAct
from services.petition.schemas import mustering as schemas
from services.petition.service.access import Access
from services.petition.service.attachments import Attachments
from services.petition.service.matters import Matters
from services.petition.service.showing import Showing
from services.petition.store.whistles import Organisations, Whistles

PARTIES = {"roles": ["secretary", "departmentstaff", "intake"]}


class Mustering(Group):
    """Whistles of villages and towns."""

    regions = Regions()
    organisations = Organisations()
    whistles = Whistles()
    whistle_numbers = Numbers("CS")
    vault = Vault()
    access = Uses(Access)
    matters = Uses(Matters)
    showing = Uses(Showing)
    attachments = Uses(Attachments)

    @http(
        "POST", "/v1/whistles", body=schemas.NewWhistle, returns=schemas.WhistleSummary, status=201,
        again="show_whistle", roles=["secretary"], rate="10/min",
    )  # fmt: skip
    def blow_whistle(self, call):
        """Call offices and departments together, about a letter or report of one's office or on one's own account."""
        body, id = call.body, f"whistle:{new_id()}"
        path = self._own_office(call, body["region"])
        self._require_own_matter(call, body["about"])
        whistle = Whistle.blow(
            call.at,
            call.person.id,
            id=id,
            number=self.whistle_numbers.take(),
            path=path,
            about=body["about"],
            text=self.vault.seal(id, body["text"]),
            lead=body["lead"],
            units=self._units(body["offices"], body["departments"]),
        )
        self.whistles.add(whistle)
        return whistle

    @http("GET", "/v1/whistles", query=schemas.WhistleQuery, returns=schemas.Whistles, **PARTIES)
    def list_whistles(self, call):
        """Those that one's offices blew or were called by, or (`unit`) that called the department one works for."""
        query = dict(call.query)
        unit = query.pop("unit")
        reader = self.access.reader_for(call, unit, NoSuchUnit)
        page = self.access.visible(self.whistles.of_queues([unit] if unit else reader.offices, **query), reader)
        return Page([self._about_shown(call, each) for each in page.items], page.next)

    @http("GET", "/v1/whistles/{number}", returns=schemas.Whistle, **PARTIES)
    def show_whistle(self, call, number):
        """One of them, for its caller, its units and the city."""
        whistle, _, _ = self._mustered(call, number)
        return self._shown(call, whistle)

    @http(
        "POST", "/v1/whistles/{number}/moves", body=schemas.WhistleSays, returns=schemas.Whistle,
        again="show_whistle", **PARTIES,
    )  # fmt: skip
    def move_whistle(self, call, number):
        """Make a move: report_in and finish for a unit, recall, grade and release for the caller."""
        whistle, parts, acts_for = self._mustered(call, number)
        with self.whistles.edit(whistle.id) as whistle:
            says = self.attachments.sealed_words(whistle, call.body)
            whistle.move(WhistleAct(parts=parts, acts_for=acts_for, at=call.at, by=call.person.id, **says))
        return self._shown(call, whistle)

    @http(
        "POST", "/v1/whistles/{number}/units", body=schemas.MoreUnits, returns=schemas.Whistle,
        again="show_whistle", roles=["secretary"],
    )  # fmt: skip
    def call_more(self, call, number):
        """Call more units to one's own whistle."""
        whistle, parts, _ = self._mustered(call, number)
        units = self._units(call.body["offices"], call.body["departments"])
        with self.whistles.edit(whistle.id) as whistle:
            whistle.join(units, WhistleAct(move="join", parts=parts, at=call.at, by=call.person.id))
        return self._shown(call, whistle)

    @on(OrganisationRegistered)
    def keep_organisation(self, fact):
        self.organisations.put(fact.subject, {"region": fact.region, "kind": fact.kind})

    def _own_office(self, call, region):
        """The path from one's office. Raises NotAllowed when it is not one's own."""
        path = self.regions.path(region)
        if path[0] not in self.access.offices(call):
            raise NotAllowed()
        return path

    def _require_own_matter(self, call, number):
        """Raises NotYourPart unless one handles the letter or report of this number, if any."""
        if number and OFFICE not in self.matters.letter_or_report(call, number)[1]:
            raise NotYourPart()

    def _units(self, offices, departments):
        """Rows {id, kind, region}. Raises UnknownUnit, UnknownRegion."""
        known = self.organisations.departments(departments)
        if len(known) < len(departments):
            raise UnknownUnit()
        rows = [{"id": self.regions.heir(key), "kind": "office", "region": self.regions.heir(key)} for key in offices]
        return rows + [{"id": key, "kind": "department", "region": known[key]} for key in departments]

    def _mustered(self, call, number):
        """A whistle, the parts the caller plays in it and the units she acts for; raises MatterNotFound."""
        whistle = self.access.placed(self.whistles.numbered(number))
        reader = self.access.reader(call, whistle.departments)
        return whistle, whistle.parts(reader), whistle.acts_for(reader)

    def _shown(self, call, whistle):
        return self._about_shown(call, self.showing.matter(whistle, call.person.id, "查看吹哨", "text"))

    def _about_shown(self, call, whistle):
        """A copy; what it is about is named to those only who may see that too."""
        return replace(whistle, about=self.matters.visible_number(call, whistle.about))
