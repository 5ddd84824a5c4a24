"""Facts of identity about the members of households and of party branches."""

from contracts.sdk.fact import Fact
from contracts.sdk.kinds import Category, Flag, Id
from contracts.words import MEMBERS_LEAVING, STANDINGS


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


class MemberFact(Fact):
    """Something about the membership of a person in a party branch; its subject is the membership."""

    person = Id("哪个人")
    branch = Id("所在的党支部")


class MemberProposed(MemberFact):
    """有人被提出认证为党员，等待另一名书记确认

    Somebody is said to be a party member; another secretary has to confirm.
    """

    name = "identity.member_proposed"
    office = Id("党支部所属的区划")


class MemberCertified(MemberFact):
    """党员身份已由两人认证，编入党支部

    A party member was certified by two people in a branch.
    """

    name = "identity.member_certified"
    standing = Category("预备党员、正式党员", STANDINGS)


class MemberConverted(MemberFact):
    """预备党员已转为正式党员

    A probationary member has become a full one.
    """

    name = "identity.member_converted"


class MemberTransferAsked(MemberFact):
    """组织关系已提出转接，等待接收党支部确认

    A member is to be transferred; the receiving branch has to confirm.
    """

    name = "identity.member_transfer_asked"
    target = Id("接收的党支部；转往县外则没有", optional=True)
    office = Id("接收的党支部所属的区划", optional=True)


class MemberTransferred(MemberFact):
    """组织关系已由接收党支部确认转接

    The receiving branch has confirmed a transfer; it looks after the member from now on.
    """

    name = "identity.member_transferred"
    target = Id("接收的党支部；转往县外则没有", optional=True)


class MemberTransferEnded(MemberFact):
    """组织关系没有转成：接收党支部不接收，或到期没有确认

    A transfer came to nothing: declined, or not confirmed in time.
    """

    name = "identity.member_transfer_ended"
    outcome = Category("不接收、到期", ("declined", "lapsed"))


class MemberMigrated(MemberFact):
    """党员外出流动，或已返回；带有流入地党支部

    A member lives elsewhere now, perhaps looked after by a branch there, or has come home.
    """

    name = "identity.member_migrated"
    away = Flag("是否外出")
    host = Id("流入地的党支部，在本县的", optional=True)


class MemberLeft(MemberFact):
    """不再是本县党支部的党员：退党、除名、开除、去世、转往县外，或个人信息已清除

    Somebody is no longer a member in a branch of the county.
    """

    name = "identity.member_left"
    reason = Category("原因：退党、除名、开除、去世、转往县外、清除", MEMBERS_LEAVING)
