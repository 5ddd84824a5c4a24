"""Regions."""

from marshmallow import Schema, fields

from chassis.schemas import Body
from services.identity.schemas import REGION


class RegionQuery(Body):
    """Regions right under which one; none: the city."""

    parent = fields.String(load_default=None, validate=REGION)


class Region(Schema):
    """A region as everybody may see it."""

    id = fields.String()
    code = fields.String()
    place = fields.String()
    parent = fields.String()
    level = fields.String()
    path = fields.List(fields.String())


class Regions(Schema):
    """Regions under one parent."""

    items = fields.List(fields.Nested(Region))
