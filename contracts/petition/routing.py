"""Facts of petition about the rules by which letters find their level at intake (分办规则)."""

from contracts.sdk.fact import Fact
from contracts.sdk.kinds import Count, Id


class PetitionRoutingChanged(Fact):
    """分办规则已更改，新的一版生效

    A new edition of the routing rules is in force.
    """

    name = "petition.routing_changed"
    edition = Count("第几版")
    rules = Count("共几条")
    by = Id("由谁更改")


class PetitionRuleDisabled(Fact):
    """一条分办规则已自动停用：它所写的区划已不存在

    A routing rule has switched itself off, because a region that it names is gone.
    """

    name = "petition.rule_disabled"
    edition = Count("第几版")
    position = Count("第几条")
