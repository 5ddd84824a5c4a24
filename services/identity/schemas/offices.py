"""Roles and offices."""

from marshmallow import Schema, fields, validate

from chassis.schemas import Body
from services.identity.domain import ROLES
from services.identity.schemas import REGION, SHORT


class NewRole(Body):
    """Who is to hold which role, where and until when."""

    person = fields.String(required=True, validate=SHORT)
    role = fields.String(required=True, validate=validate.OneOf(list(ROLES), error="没有可以授予的这种角色"))
    region = fields.String(required=True, validate=REGION)
    until = fields.AwareDateTime(load_default=None)


class Role(Schema):
    """A role that was granted."""

    id = fields.String()
    role = fields.String()
    region = fields.String()
    until = fields.AwareDateTime()


class Office(Body):
    """Which office."""

    role = fields.String(required=True, validate=validate.OneOf(list(ROLES)))
    region = fields.String(required=True, validate=REGION)


class Holder(Schema):
    """Somebody who holds an office."""

    person = fields.String(attribute="id")


Holders = Holder(many=True)
