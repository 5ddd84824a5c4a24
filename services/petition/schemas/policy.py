"""What to know before writing: categories, anonymity, time limits."""

from marshmallow import Schema, fields


class Choice(Schema):
    """可选的回答"""

    code = fields.String()
    name = fields.String()


class Question(Schema):
    """这一类来信可以回答的问题"""

    code = fields.String()
    name = fields.String()
    choices = fields.List(fields.Nested(Choice))


class Category(Schema):
    """类别"""

    code = fields.String()
    name = fields.String()
    questions = fields.List(fields.Nested(Question))


class Anonymity(Schema):
    """匿名级别；words 是提交前要给来信人看的话"""

    level = fields.Integer()
    name = fields.String()
    words = fields.String()


class Policy(Schema):
    """写信前要知道的：类别、匿名级别、各级的期限；tell_seconds 是匿名来信每隔多少秒统一送达"""

    categories = fields.List(fields.Nested(Category))
    anonymity = fields.List(fields.Nested(Anonymity))
    unit = fields.String()
    limits = fields.Dict()
    reopen_days = fields.Integer()
    supervise = fields.Integer()
    extend = fields.Integer()
    supply_days = fields.Integer()
    asks = fields.Integer()
    suspend_days = fields.Integer()
    urge_hours = fields.Integer()
    tell_seconds = fields.Integer()
