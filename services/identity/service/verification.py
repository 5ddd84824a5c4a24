"""Verification of villagers by the administrator of their village."""

from chassis.service import http
from services.identity.domain import masked
from services.identity.schemas import verification as schemas


class VerificationDesk:
    """Applications and decisions on them."""

    @http("POST", "/v1/applications", body=schemas.NewApplication, returns=schemas.ApplicationReceipt, status=201)
    def apply(self, call):
        """Apply to be verified as a villager."""
        village = self.regions.current(call.body["region"])
        with self.people.edit(call.person.id) as person:
            person.apply(village, self.vault.seal(person.id, call.body["name"]), call.at)
        return person.application

    @http("GET", "/v1/applications", query=schemas.InVillages, returns=schemas.Applications, roles=["villageadmin"])
    def list_applications(self, call):
        """Applications that wait for this administrator, names masked."""
        scopes = list(call.person.scopes("villageadmin"))
        if wanted := call.query["region"]:
            self.regions.get(wanted).demand_within(scopes)
        regions = list(self.regions.reach([wanted] if wanted else scopes))
        page = self.people.applicants(regions, call.query["cursor"], call.query["limit"])
        applications = [person.application for person in page.items]
        names = self.vault.open_many([each.name for each in applications], call.person.id, "核验认证申请")
        items = [vars(each) | {"name": masked(name)} for each, name in zip(applications, names, strict=True)]
        return {"items": items, "next": page.next}

    @http("POST", "/v1/applications/{id}/decision", body=schemas.Decision, status=204, roles=["villageadmin"])
    def decide_application(self, call, id):
        """Verify a villager or refuse."""
        applicant = self.people.applicant(id)
        self.regions.get(applicant.application.region).demand_within(call.person.scopes("villageadmin"))
        with self.people.edit(applicant.id) as person:
            person.verify(call.at) if call.body["granted"] else person.refuse(call.body["reason"], call.at)
