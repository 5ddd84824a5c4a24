"""What an administrator of whichever level may touch."""

ADMINS = ["villageadmin", "townadmin", "cityadmin"]
ABOVE = ["townadmin", "cityadmin"]


def administered(person, roles=ADMINS):
    """Region ids for which somebody holds one of these roles."""
    return [scope for role in roles for scope in person.scopes(role)]


class AdministratorDesk:
    """What desks of administrators share."""

    def _administered(self, call, region, roles=ADMINS):
        """The Region that answers for this one now. Raises UnknownRegion, OutsideScope."""
        found = self.regions.current(region)
        found.demand_within(administered(call.person, roles))
        return found
