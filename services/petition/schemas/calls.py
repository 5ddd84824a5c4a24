"""回访: whose authors are to be called."""

from marshmallow import Schema, fields

from services.petition.schemas.letters import Summary


class ToCall(Summary):
    """一封要回访的来信；why 是还没有评价，或本月抽中"""

    why = fields.String()


class Calls(Schema):
    """要回访的来信"""

    items = fields.List(fields.Nested(ToCall))
    next = fields.String()
