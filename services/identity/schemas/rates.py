"""Verification rates."""

from marshmallow import Schema, fields, validate

from chassis.schemas import Body
from services.identity.schemas import REGION


class Population(Body):
    """How many people are registered in a village."""

    registered = fields.Integer(required=True, strict=True, validate=validate.Range(1, 1_000_000))


class Within(Body):
    """The parts of which region."""

    region = fields.String(required=True, validate=REGION)


class Rate(Schema):
    """Verified and registered people of one region."""

    region = fields.String()
    place = fields.String()
    verified = fields.Integer()
    registered = fields.Integer(allow_none=True)
    rate = fields.Float(allow_none=True)


class Rates(Schema):
    """Each part of a region, last the region itself."""

    items = fields.List(fields.Nested(Rate))
