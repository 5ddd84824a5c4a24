"""Departures: what ends with a life in a village, or with a person's data, in the same transaction as that."""

from chassis.service import Group
from services.identity.store.grids import Grids
from services.identity.store.households import Households
from services.identity.store.members import Members
from services.identity.store.organisations import Organisations
from services.identity.store.privacy import Consents


class Departures(Group):
    """Households, staff lists, teams and branches that somebody leaves."""

    households = Households()
    organisations = Organisations()
    grids = Grids()
    members = Members()
    consents = Consents()

    def leave_household(self, person, at):
        """Somebody (a person id) lives in her household no more, and keeps contact with none."""
        for household in self.households.around(person):
            with self.households.edit(household.id) as household:
                household.depart(person, at)

    def end_memberships(self, person, at):
        """Somebody (a person id) has died."""
        for member in self.members.of(person):
            with self.members.edit(member.id) as member:
                member.close("died", at)

    def leave_everything(self, person, at):
        """Nothing here names a person (id) any more, who is being erased; her consents end and stay as proof."""
        self.leave_household(person, at)
        for found, repository in (
            (self.organisations.employing(person), self.organisations),
            (self.grids.served_by(person), self.grids),
        ):
            for each in found:
                with repository.edit(each.id) as each:
                    each.forget(person)
        for member in self.members.of(person):
            with self.members.edit(member.id) as member:
                member.forget(at)
        for consent in self.consents.of(person):
            if consent.withdrawn_at is None:
                with self.consents.edit(consent.id) as consent:
                    consent.withdraw(at)
