"""Letters taken down by a clerk, and places with a QR code."""

from marshmallow import Schema, fields, validate

from chassis.schemas import Body, Paging
from contracts.petition.letters import TAKEN_DOWN_BY
from services.petition.schemas import ID, Text
from services.petition.schemas.letters import Written


class TakenDown(Written):
    """代录来信；region 是事情所在的村（社区）"""

    region = fields.String(required=True, validate=ID)
    channel = fields.String(required=True, validate=validate.OneOf(TAKEN_DOWN_BY))


class NewPlace(Body):
    """要张贴二维码的地点；name 是公开的地名"""

    region = fields.String(required=True, validate=ID)
    name = Text(required=True, validate=validate.Length(1, 60))


class PlaceQuery(Paging):
    """The places of which village."""

    region = fields.String(required=True, validate=ID)


class Link(Body):
    """The address of the front end's own page, to which the code is appended."""

    link = fields.URL(required=True, schemes={"https"}, validate=validate.Length(max=200))


class Place(Schema):
    """张贴二维码的地点"""

    code = fields.String(attribute="id")
    region = fields.String()
    name = fields.String()
    posted_at = fields.AwareDateTime()
    withdrawn_at = fields.AwareDateTime()


class Places(Schema):
    """地点，一页，新的在前"""

    items = fields.List(fields.Nested(Place))
    next = fields.String()
