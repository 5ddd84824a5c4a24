"""The county's rules for letters, as they are in force."""

from pathlib import Path

from chassis.service import ANYONE, Group, Setting, http
from services.petition.schemas.policy import Policy
from services.petition.store.policy import read_policy


class Policies(Group):
    """The policy of letters, from the county's own file."""

    settings = {"POLICY_FILE": Setting(Path, Path(__file__).parents[1] / "policy.json")}

    @http("GET", "/v1/policy", returns=Policy, roles=ANYONE)
    def show_policy(self, call):
        """Categories, the levels of anonymity and the time limits, to be read before writing."""
        return self.in_force

    @property
    def in_force(self):
        """The Policy."""
        return read_policy(self.settings["POLICY_FILE"])
