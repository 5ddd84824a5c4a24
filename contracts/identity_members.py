"""Facts of identity about the members of households and of party branches."""

from contracts.fact import Fact
from contracts.kinds import Id


class HouseholdDissolved(Fact):
    """一户已注销

    A household was dissolved.
    """

    name = "identity.household_dissolved"
    region = Id("所属的村")


class RepresentativeLeft(Fact):
    """户代表已不在本户，须重新推选

    The representative of a household lives there no more; another is to be chosen.
    """

    name = "identity.representative_left"
    region = Id("所属的村")
