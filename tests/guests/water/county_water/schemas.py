"""What the waterworks asks and answers."""

from marshmallow import Schema, fields

from chassis.schemas import Body


class NewCut(Body):
    """停水通知"""

    until = fields.AwareDateTime(required=True)


class Cut(Schema):
    """停水通知"""

    id = fields.String()


class Complaint(Schema):
    """一个村的来信数"""

    village = fields.String(attribute="_id")
    letters = fields.Integer()
