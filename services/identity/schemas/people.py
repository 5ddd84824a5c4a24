"""People as administrators see them: masked, unless they say why."""

from marshmallow import Schema, fields, validate

from chassis.schemas import Body, Paging
from contracts.words import LOOK_REASONS
from services.identity.schemas import REGION


class InRegion(Paging):
    """Villagers of which region."""

    region = fields.String(required=True, validate=REGION)


class Masked(Schema):
    """A villager, masked."""

    id = fields.String()
    name = fields.String(allow_none=True)
    phone = fields.String(allow_none=True)
    region = fields.String()


class People(Schema):
    """A page of villagers."""

    items = fields.List(fields.Nested(Masked))
    next = fields.String(allow_none=True)


class Look(Body):
    """Why somebody's name and phone are to be shown."""

    reason = fields.String(required=True, validate=validate.OneOf(list(LOOK_REASONS), error="请从列表中选择查看原因"))
