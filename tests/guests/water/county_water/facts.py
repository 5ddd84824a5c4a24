"""Facts of the county's waterworks."""

from contracts.sdk.fact import Fact
from contracts.sdk.kinds import Id, Moment


class SupplyCut(Fact):
    """将要停水

    The water of a village will be cut.
    """

    name = "water.supply_cut"
    village = Id("停水的村")
    until = Moment("何时恢复供水")
