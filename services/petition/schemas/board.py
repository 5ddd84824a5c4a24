"""督办看板: what is counted."""

from marshmallow import Schema, fields


class Line(Schema):
    """一个办理单位或类别；rate 是按时办结率，0 到 1，没有办结的为空"""

    id = fields.String()
    name = fields.String()
    today = fields.Integer()
    overdue = fields.Integer()
    closed = fields.Integer()
    in_time = fields.Integer()
    rate = fields.Float()


class CategoryLine(Schema):
    """一个类别近 30 天的办结"""

    id = fields.String()
    name = fields.String()
    closed = fields.Integer()
    in_time = fields.Integer()
    rate = fields.Float()


class Board(Schema):
    """督办看板：本级和下级各办理单位、承办部门今日到期、已超期，近 30 天办结和按时办结率"""

    at = fields.AwareDateTime()
    offices = fields.List(fields.Nested(Line))
    departments = fields.List(fields.Nested(Line))
    categories = fields.List(fields.Nested(CategoryLine))
