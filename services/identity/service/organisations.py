"""Organisations and their staff."""

from chassis.domain import new_id
from chassis.service import ANYONE, Group, Uses, http, internal
from services.identity.domain.organisation import STAFF_ROLE, Organisation
from services.identity.schemas import organisations as schemas
from services.identity.service.disclosure import Disclosure
from services.identity.service.risks import Traces
from services.identity.service.scope import ABOVE, ADMINS, Scope
from services.identity.store.organisations import Organisations
from services.identity.store.people import People
from services.identity.store.regions import Regions

READERS = [*ADMINS, "secretary", "departmentstaff", "intake"]
MAKES = {"roles": ADMINS, "status": 201}
NEW = {"body": schemas.NewOrganisation, "returns": schemas.Organisation, "again": "show_organisation"}


class OrganisationRegister(Group):
    """组织: resident units, departments, cooperatives, shops, and who works there."""

    organisations = Organisations()
    people = People()
    regions = Regions()
    scope = Uses(Scope)
    disclosure = Uses(Disclosure)
    traces = Uses(Traces)

    @http("POST", "/v1/organisations", **NEW, **MAKES)
    def register_organisation(self, call):
        """Register an organisation of a region; a department, whose staff holds a role, as the town or the city."""
        kind = call.body["kind"]
        region = self.scope.administered(call, call.body["region"], ABOVE if kind in STAFF_ROLE else ADMINS)
        organisation = Organisation.register(new_id(), region.id, kind, call.body["place"], call.at)
        self.organisations.add(organisation)
        return organisation

    @http("GET", "/v1/organisations", query=schemas.OrganisationQuery, returns=schemas.Organisations, roles=ANYONE)
    def list_organisations(self, call):
        """The organisations of a region, newest first."""
        query = dict(call.query)
        return self.organisations.of(self.regions.reach([query.pop("region")]), **query)

    @http("GET", "/v1/organisations/{id}", returns=schemas.Organisation, roles=ANYONE)
    def show_organisation(self, call, id):
        """One organisation."""
        return self.organisations.get(id)

    @http("GET", "/v1/organisations/{id}/staff", returns=schemas.Directory, roles=READERS)
    def list_staff(self, call, id):
        """The directory of an organisation, with names, for those who work with it."""
        organisation = self.organisations.get(id)
        self.regions.get(organisation.region).require_within(call.person.scopes(*READERS))
        return {"items": self._named(organisation.staff, call.person.id)}

    @http("POST", "/v1/organisations/{id}/staff", body=schemas.NewStaff, returns=schemas.Employed, fresh=True, **MAKES)
    def employ_staff(self, call, id):
        """Put somebody else on the directory; the town and the city give departmentstaff with a department's posts."""
        organisation = self.organisations.get(id)
        region = self.scope.administered(call, organisation.region, ABOVE if organisation.role else ADMINS)
        who = self.people.get(call.body["person"])
        office = organisation.role
        granted = office and region.id not in who.held(call.at).get(office, ())
        with self.organisations.edit(id) as organisation:
            staff = organisation.employ(who.id, call.body["post"], call.person.id, call.at)
        if office and granted:
            with self.people.edit(who.id) as person:
                role = person.appoint(office, region, None, call.person.id, call.at)
            self.traces.note_grant(call, who.id, role)
        return staff

    @http("DELETE", "/v1/staff/{id}", status=204, roles=ADMINS)
    def dismiss_staff(self, call, id):
        """Take somebody off the directory, and the role with her last department of the region."""
        organisation = self.organisations.with_staff(id)
        self.scope.administered(call, organisation.region)
        person = organisation.on_staff(id).person
        last = organisation.role and not self.organisations.employ_elsewhere(person, organisation)
        with self.organisations.edit(organisation.id) as organisation:
            organisation.dismiss(id)
        if last:
            self._end_role(person, organisation, call.at)

    # asked by services

    @internal("GET", "/internal/v1/organisations/{id}/staff", callers=["petition", "notify"], returns=schemas.Employees)
    def serve_staff(self, call, id):
        """Who works for an organisation."""
        return self.organisations.get(id).staff

    # parts of the above

    def _end_role(self, person, organisation, at):
        regions = self.regions.reach([organisation.region])
        with self.people.edit(person) as person:
            for role in [each for each in person.roles if each.role == organisation.role and each.region in regions]:
                person.end(role.id, at)

    def _named(self, staff, reader):
        """The lines of a directory with names in the clear."""
        people = [self.people.get(each.person) for each in staff]
        names = self.disclosure.names(people, reader, "查看组织人员名录")
        return [vars(each) | {"name": name} for each, name in zip(staff, names, strict=True)]
