"""Offices: roles with a region as their scope."""

from chassis.service import Group, Uses, every, http, internal
from services.identity.domain.office import APPOINTS, require_appointer
from services.identity.domain.person import masked
from services.identity.schemas import offices as schemas
from services.identity.service.disclosure import Disclosure
from services.identity.service.risks import Traces
from services.identity.store.people import People
from services.identity.store.regions import Regions

APPOINTERS = list(APPOINTS)


class Appointments(Group):
    """Granting and ending roles; who holds an office."""

    people = People()
    regions = Regions()
    disclosure = Uses(Disclosure)
    traces = Uses(Traces)

    @http("POST", "/v1/roles", body=schemas.NewRole, returns=schemas.Role, status=201, roles=APPOINTERS, fresh=True)
    def grant_role(self, call):
        """Give somebody a role within one's own scope: the city's administrator anywhere, a town's in its villages."""
        region = self.regions.current(call.body["region"])
        require_appointer(call.person.scopes, region)
        with self.people.edit(call.body["person"]) as person:
            granted = person.appoint(call.body["role"], region, call.body["until"], call.person.id, call.at)
        self.traces.note_grant(call, person.id, granted)
        return granted

    @http("GET", "/v1/roles", query=schemas.OfRegion, returns=schemas.Offices, roles=APPOINTERS)
    def list_roles(self, call):
        """Who holds which office in one region of one's own scope, names masked."""
        region = self.regions.current(call.query.pop("region"))
        region.require_within(call.person.scopes(*APPOINTERS))
        regions = self.regions.reach([region.id])
        page = self.people.appointed(regions, **call.query)
        names = self._masked_names(page.items, call.person.id)
        held = [(person, role) for person in page.items for role in person.roles if role.region in regions]
        items = [vars(role) | {"person": person.id, "name": names.get(person.id)} for person, role in held]
        return {"items": items, "next": page.next}

    @http("DELETE", "/v1/roles/{id}", status=204)
    def end_role(self, call, id):
        """Take a role away within one's own scope, or give back or take back one that was lent."""
        holder = self.people.with_role(id)
        role = holder.role(id)
        if call.person.id not in (role.lender, role.lender and holder.id):
            require_appointer(call.person.scopes, self.regions.get(role.region))
        with self.people.edit(holder.id) as person:
            person.end(id, self.now())

    @http("POST", "/v1/roles/{id}/loans", body=schemas.NewLoan, returns=schemas.Role, status=201, fresh=True)
    def lend_role(self, call, id):
        """委托: let somebody of standing hold one's own office too, for a bounded time."""
        lender, borrower = self.people.get(call.person.id), call.body["person"]
        region = self.regions.get(lender.role(id).region)
        with self.people.edit(lender.id) as lender, self.people.edit(borrower) as borrower:
            return lender.lend(id, borrower, region, call.body["until"], call.at)

    # due

    @every(seconds=1, each=lambda self: self.people.offices_over(self.now()))
    def end_offices(self, id):
        """End offices whose term has run out, and loans whose lender left the office."""
        lenders = self.people.lenders([self.people.get(id)])
        with self.people.edit(id) as person:
            for role in person.over(self.now(), lenders):
                person.end(role.id, self.now())

    # asked by services

    @internal("GET", "/internal/v1/contacts", callers=["notify"], query=schemas.Office, returns=schemas.Holders)
    def list_office(self, call):
        """Everyone who holds a role for exactly one region, or for one merged with it."""
        return self.people.in_office(call.query["role"], self.regions.reach([call.query["region"]]), call.at)

    # parts of the above

    def _masked_names(self, people, reader):
        """Person id → masked name of those who have one."""
        names = self.disclosure.names(people, reader, "查看任职名单")
        return {person.id: masked(name) for person, name in zip(people, names, strict=True) if name}
