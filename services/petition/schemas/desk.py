"""待办: what waits for somebody."""

from marshmallow import Schema, fields

from services.petition.schemas.letters import Desk


class Item(Schema):
    """一件待办；unread 表示上次查看之后又有新情况，或还没有看过"""

    letter = fields.Nested(Desk)
    unread = fields.Boolean()


class Inbox(Schema):
    """全部待办，先到期的在前"""

    items = fields.List(fields.Nested(Item))
    next = fields.String()
