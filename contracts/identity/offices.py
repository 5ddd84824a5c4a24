"""Facts of identity about roles that two administrators grant, beside those in `contracts/identity.py`."""

from contracts.sdk.fact import Fact
from contracts.sdk.kinds import Code, Id


class RoleNominated(Fact):
    """已提名担任重要角色，等待另一名市管理员确认

    Somebody was nominated for a role that takes two administrators; another one has three days to agree.
    """

    name = "identity.role_nominated"
    role = Code("角色，如 intake、discipline")
    region = Id("角色的范围")
    by = Id("由谁提名")


class NominationAgreed(Fact):
    """重要角色的提名已确认，角色已授予

    A second administrator agreed to a nomination, and the role was granted.
    """

    name = "identity.nomination_agreed"
    role = Code("角色")
    region = Id("角色的范围")
    asked_by = Id("由谁提名")
    agreed_by = Id("由谁确认")
