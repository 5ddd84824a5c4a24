"""Changes of limits: what is open is counted by the policy as it is now, on somebody's order, page by page."""

from chassis.domain import new_id
from chassis.schemas import Paging
from chassis.service import Group, Uses, every, http
from services.petition.domain.rebase import Rebase, limits_of
from services.petition.schemas import rebase as schemas
from services.petition.service.policy import Policies
from services.petition.store.petitions import Petitions
from services.petition.store.rebases import Rebases

MAY_REBASE = {"roles": ["intake", "operator"]}
PAGE = 50


class Rebasing(Group):
    """Orders it, lists who did when and why, and does it."""

    petitions = Petitions()
    rebases = Rebases()
    policies = Uses(Policies)

    @http("POST", "/v1/policy/rebase", body=schemas.NewRebase, returns=schemas.Planned, **MAY_REBASE)
    def order_rebase(self, call):
        """Count open letters by the limits in force now; pauses and breaches are kept."""
        category, level, policy = call.body["category"], call.body["level"], self.policies.in_force
        if category:
            policy.require(category)
        letters = self.petitions.count_open(category)
        if call.body["dry_run"]:
            return {"id": None, "letters": letters}
        order = {"category": category, "level": level, "limits": limits_of(policy), "by": call.person.id}
        rebase = Rebase(id=new_id(), at=call.at, reason=call.body["reason"], **order)
        self.rebases.add(rebase)
        return {"id": rebase.id, "letters": letters}

    @http("GET", "/v1/policy/rebases", query=Paging, returns=schemas.Rebases, **MAY_REBASE)
    def list_rebases(self, call):
        """Changes of limits, newest first."""
        return self.rebases.latest(**call.query)

    @every(seconds=1, each=lambda self: self.rebases.unfinished())
    def rebase_letters(self, id):
        """The next page of one of them; done when there is none."""
        with self.rebases.edit(id) as rebase:
            keys = self.petitions.open_after(rebase.after, rebase.category, PAGE)
            rebase.take(keys, sum(self._rebased(key, rebase) for key in keys))

    def _rebased(self, key, rebase):
        with self.petitions.edit(key) as petition:
            return petition.rebase(rebase.limits, rebase.level, rebase.by, self.now())
