"""待办: what waits for somebody."""

from marshmallow import Schema, fields

from chassis.schemas import Paging
from services.petition.schemas import ID


class Unit(Paging):
    """Of the department `unit`, or of oneself."""

    unit = fields.String(load_default=None, validate=ID)


class Waiting(Schema):
    """一件事在待办中；来信有 urgency，上报有 priority"""

    id = fields.String()
    number = fields.String()
    state = fields.String()
    level = fields.String()
    office = fields.String()
    category = fields.String()
    urgency = fields.String()
    priority = fields.String()
    round = fields.Integer()
    owed_at = fields.AwareDateTime()


class Item(Schema):
    """一件待办：来信、上报或咨询；unread 表示上次查看之后又有新情况，或还没有看过"""

    kind = fields.String()
    matter = fields.Nested(Waiting)
    unread = fields.Boolean()


class Worklist(Schema):
    """全部待办，先到期的在前"""

    items = fields.List(fields.Nested(Item))
    next = fields.String()
