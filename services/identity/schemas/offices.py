"""Roles and offices."""

from marshmallow import Schema, fields, validate

from chassis.schemas import Body, Paging
from services.identity.domain.office import ROLES
from services.identity.schemas import REGION, SHORT


class NewRole(Body):
    """Who is to hold which role, where and until when."""

    person = fields.String(required=True, validate=SHORT)
    role = fields.String(required=True, validate=validate.OneOf(list(ROLES), error="没有可以授予的这种角色"))
    region = fields.String(required=True, validate=REGION)
    until = fields.AwareDateTime(load_default=None)


class NewLoan(Body):
    """Who is to hold one's office too, and until when."""

    person = fields.String(required=True, validate=SHORT)
    until = fields.AwareDateTime(required=True)


class OfRegion(Paging):
    """Offices of which region."""

    region = fields.String(required=True, validate=REGION)


class Role(Schema):
    """A role that was granted."""

    id = fields.String()
    role = fields.String()
    region = fields.String()
    until = fields.AwareDateTime()


class Appointment(Role):
    """A role and who holds it; `lender` has lent it."""

    person = fields.String()
    name = fields.String()
    lender = fields.String()


class Offices(Schema):
    """A page of offices."""

    items = fields.List(fields.Nested(Appointment))
    next = fields.String()


class Office(Body):
    """Which office."""

    role = fields.String(required=True, validate=validate.OneOf(list(ROLES)))
    region = fields.String(required=True, validate=REGION)


class Holder(Schema):
    """Somebody who holds an office."""

    person = fields.String(attribute="id")


Holders = Holder(many=True)
