"""Households and special care."""

from marshmallow import Schema, fields, validate

from chassis.schemas import Body, Paging
from contracts.words import CARE_REASONS
from services.identity.domain.household import CARE, RELATIONS
from services.identity.schemas import REGION, SHORT


class Resident(Body):
    """A member of a household."""

    person = fields.String(required=True, validate=SHORT)
    relation = fields.String(required=True, validate=validate.OneOf(RELATIONS))


class Composition(Body):
    """Who lives in a household, who represents it (户代表) and who keeps contact with it (联户长)."""

    members = fields.List(fields.Nested(Resident), required=True, validate=validate.Length(1, 30))
    representative = fields.String(required=True, validate=SHORT)
    contact = fields.String(load_default=None, validate=SHORT)


class NewHousehold(Composition):
    """A household of a village."""

    region = fields.String(required=True, validate=REGION)


class Household(Schema):
    """A household; people by id."""

    id = fields.String()
    region = fields.String()
    members = fields.List(fields.Nested(Resident))
    representative = fields.String()
    contact = fields.String()


class HouseholdQuery(Paging):
    """The households of which village."""

    region = fields.String(required=True, validate=REGION)


class Households(Schema):
    """A page of households."""

    items = fields.List(fields.Nested(Household))
    next = fields.String()


class NewMark(Body):
    """Which special care a member (none: the whole household) needs."""

    code = fields.String(required=True, validate=validate.OneOf(CARE))
    person = fields.String(load_default=None, validate=SHORT)


class MarkMade(Schema):
    """A mark that was made."""

    id = fields.String()


class Look(Body):
    """Why one reads the marks of a household."""

    reason = fields.String(required=True, validate=validate.OneOf(list(CARE_REASONS), error="请从列表中选择查看原因"))


class Mark(Schema):
    """Special care that somebody, or the household, needs."""

    id = fields.String()
    code = fields.String()
    person = fields.String()
    since = fields.AwareDateTime()


class Marks(Schema):
    """The marks of a household."""

    marks = fields.List(fields.Nested(Mark))


class NamedResident(Schema):
    """A member with a masked name; nobody has one before she is verified."""

    person = fields.String()
    relation = fields.String()
    name = fields.String()


class OwnHousehold(Household):
    """One's own household; no `representative`: one has to be chosen."""

    members = fields.List(fields.Nested(NamedResident))
    marks = fields.List(fields.Nested(Mark))
