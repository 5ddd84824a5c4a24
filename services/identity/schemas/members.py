"""Party members."""

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from chassis.schemas import Body, Paging, Text
from services.identity.domain.member import ENDED, MEMBER, PROPOSED, REASONS, STANDINGS
from services.identity.schemas import REGION, SHORT
from services.identity.schemas.contacts import Contact

LETTER = validate.Regexp(r"[A-Za-z0-9〔〕\[\]()（）第号年字-]{2,40}\Z", error="请填写介绍信或回执的编号")
PLACE = validate.Regexp(r"[^\W_][\w（）()·, ，-]{1,79}\Z", error="现居地和那里的党组织应为 2 到 80 个字")


class NewMember(Body):
    """Who is to be certified in a branch; `letter` is the 介绍信 of a relation that comes from outside the county."""

    person = fields.String(required=True, validate=SHORT)
    standing = fields.String(required=True, validate=validate.OneOf(STANDINGS))
    joined_on = fields.Date(required=True)
    full_on = fields.Date(load_default=None, allow_none=True)
    letter = Text(load_default=None, allow_none=True, validate=LETTER)


class Granted(Body):
    """Whether a second person certifies."""

    granted = fields.Boolean(required=True)


class Conversion(Body):
    """The day of 转正."""

    on = fields.Date(required=True)


class NewTransfer(Body):
    """Which branch of the county she goes to, or by which 介绍信 outside."""

    target = fields.String(load_default=None, validate=SHORT)
    letter = Text(load_default=None, validate=LETTER)

    @validates_schema
    def require_one(self, data, **_):
        """At least one of them."""
        if not any(data.values()):
            raise ValidationError("请选择接收的党支部；转往县外的，请填写介绍信编号", "target")


class Received(Body):
    """Whether she is received; outside the county, this is the 回执."""

    confirmed = fields.Boolean(required=True)


class Whereabouts(Body):
    """Where a migrant member lives, with the party organisation there; `host` if that is a branch of the county."""

    place = Text(required=True, validate=PLACE)
    host = fields.String(load_default=None, allow_none=True, validate=SHORT)


class Ending(Body):
    """退党 withdrew, 除名 removed, 开除党籍 expelled, 去世 died."""

    reason = fields.String(required=True, validate=validate.OneOf(REASONS))


class RosterQuery(Paging):
    """The roster of which region and all below it; in which state, by default all that has not ended."""

    region = fields.String(required=True, validate=REGION)
    state = fields.String(load_default=None, validate=validate.OneOf((PROPOSED, MEMBER, ENDED)))


class BranchQuery(Paging):
    """The members of which branch."""

    branch = fields.String(required=True, validate=SHORT)


class Transfer(Schema):
    """A transfer; no `origin` or `target`: outside the county."""

    origin = fields.String()
    target = fields.String()
    asked_at = fields.AwareDateTime()
    until = fields.AwareDateTime()
    outcome = fields.String()
    settled_at = fields.AwareDateTime()


class Member(Schema):
    """A membership."""

    id = fields.String()
    person = fields.String()
    branch = fields.String()
    region = fields.String()
    standing = fields.String()
    joined_on = fields.Date()
    full_on = fields.Date()
    state = fields.String()
    reason = fields.String()
    away = fields.Function(lambda member: bool(_of(member, "away")), metadata={"type": "boolean"})
    host = fields.Function(lambda member: getattr(_of(member, "away"), "host", None), metadata={"type": "string"})
    transfer = fields.Nested(Transfer)


class Listed(Member):
    """A member on a roster, her name masked."""

    name = fields.String()


class Roster(Schema):
    """A page of members."""

    items = fields.List(fields.Nested(Listed))
    next = fields.String()


class OwnMember(Member):
    """One's own membership, with all transfers and the place one lives at."""

    transfers = fields.List(fields.Nested(Transfer))
    place = fields.String()


class MemberContact(Contact):
    """Name, phone, and of a migrant the place she lives at."""

    place = fields.String()


class Colleague(Schema):
    """A member as other services read her."""

    id = fields.String()
    person = fields.String()
    branch = fields.String()
    region = fields.String()
    standing = fields.String()
    away = Member._declared_fields["away"]
    host = Member._declared_fields["host"]


class Colleagues(Schema):
    """A page of members for services."""

    items = fields.List(fields.Nested(Colleague))
    next = fields.String()


def _of(member, name):
    return member.get(name) if isinstance(member, dict) else getattr(member, name)
