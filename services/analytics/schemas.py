"""What people ask the counters, and what they are answered."""

from marshmallow import Schema, fields, validate

from chassis.schemas import Body
from services.analytics.domain import DIMENSIONS, RULES

METRICS = sorted(rule.metric for rule in RULES.values())


class Question(Body):
    """Whose counters, of which days (邛崃's dates, both included) and metric, and by what to split them.

    `as_of` adds up by the tree of regions as it was at the end of that day; without it, as it is now.
    """

    region = fields.String(required=True, validate=validate.Length(1, 80))
    first = fields.Date(data_key="from", load_default=None)
    last = fields.Date(data_key="to", load_default=None)
    as_of = fields.Date(load_default=None)
    metric = fields.String(load_default=None, validate=validate.OneOf(METRICS))
    by = fields.String(load_default=None, validate=validate.OneOf(["region", "day", *DIMENSIONS]))


class PublicQuestion(Body):
    """Whose numbers, of all time until yesterday or of one month until yesterday, by what to split them."""

    region = fields.String(required=True, validate=validate.Length(1, 80))
    month = fields.String(
        load_default=None, validate=validate.Regexp(r"20\d\d-(0[1-9]|1[0-2])\Z", error="月份应写成 2026-11")
    )
    metric = fields.String(load_default=None, validate=validate.OneOf(METRICS))
    by = fields.String(load_default=None, validate=validate.OneOf(["region", *DIMENSIONS]))


class Counter(Schema):
    """一个指标的次数与合计（评价的星数；其他指标为 0）"""

    metric = fields.String()
    count = fields.Integer()
    sum = fields.Integer()
    region = fields.String()
    day = fields.String()
    category = fields.String()
    outcome = fields.String()
    level = fields.String()
    channel = fields.String()


class Counters(Schema):
    """一个区划的统计"""

    region = fields.String()
    counters = fields.List(fields.Nested(Counter))
