"""What people ask the clock service, and what they are answered."""

from marshmallow import Schema, fields, validate

from chassis.schemas import Body


class Matter(Body):
    """Whose clocks: the id of the matter and, where ids could meet, the service that owns it."""

    matter = fields.String(required=True, validate=validate.Length(1, 80))
    source = fields.String(load_default=None, validate=validate.Length(1, 80))


class Limit(Schema):
    """期限"""

    amount = fields.Integer()
    unit = fields.String()


class Promise(Schema):
    """一次答应的时间，和当时的原因"""

    at = fields.AwareDateTime()
    due_at = fields.AwareDateTime()
    provisional = fields.Boolean()
    cause = fields.String()


class Clock(Schema):
    """时钟"""

    source = fields.String()
    matter = fields.String(attribute="subject")
    round = fields.Integer()
    clock = fields.String()
    level = fields.String()
    state = fields.String()
    limit = fields.Nested(Limit)
    started_at = fields.AwareDateTime()
    due_at = fields.AwareDateTime()
    provisional = fields.Boolean()
    promises = fields.List(fields.Nested(Promise))


class Clocks(Schema):
    """一件事情的时钟"""

    clocks = fields.List(fields.Nested(Clock))


class YearDays(Body):
    """放假安排: dates off, and weekend days worked instead (调休补班)."""

    holidays = fields.List(fields.Date(), required=True, validate=validate.Length(max=366))
    workdays = fields.List(fields.Date(), required=True, validate=validate.Length(max=366))


class Year(Schema):
    """一年的放假安排；provisional 表示尚未公布，暂按周一至周五计算"""

    year = fields.Integer()
    provisional = fields.Boolean()
    holidays = fields.List(fields.String())
    workdays = fields.List(fields.String())
