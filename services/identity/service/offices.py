"""Offices: roles with a region as their scope."""

from chassis.service import http, internal
from services.identity.schemas import offices as schemas


class OfficeDesk:
    """Granting and ending roles; who holds an office."""

    @http("POST", "/v1/roles", body=schemas.NewRole, returns=schemas.Role, status=201, roles=["cityadmin"])
    def grant_role(self, call):
        """Give somebody a role within one's own scope."""
        region = self.regions.current(call.body["region"])
        region.demand_within(call.person.scopes("cityadmin"))
        with self.people.edit(call.body["person"]) as person:
            return person.grant(call.body["role"], region, call.body["until"], call.person.id, call.at)

    @http("DELETE", "/v1/roles/{id}", status=204, roles=["cityadmin"])
    def end_role(self, call, id):
        """Take a role away within one's own scope."""
        holder = self.people.with_role(id)
        self.regions.get(holder.role(id).region).demand_within(call.person.scopes("cityadmin"))
        with self.people.edit(holder.id) as person:
            person.end(id, call.at)

    # asked by services

    @internal("GET", "/internal/v1/contacts", callers=["notify"], query=schemas.Office, returns=schemas.Holders)
    def list_office(self, call):
        """Everyone who holds a role for exactly one region, or for one merged with it."""
        return self.people.in_office(call.query["role"], self.regions.reach([call.query["region"]]), call.at)
