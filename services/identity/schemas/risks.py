"""Early warning."""

from marshmallow import Schema, fields, validate

from chassis.schemas import Body
from services.identity.domain.risk import OUTCOMES, RULES


class RiskQuery(Body):
    """Which alarms: those that wait for a review, or all."""

    open = fields.Boolean(load_default=True)
    limit = fields.Integer(load_default=50, validate=validate.Range(1, 200))


class Review(Body):
    """核实结果：justified 工作需要，misuse 违规操作，false_alarm 误报"""

    outcome = fields.String(required=True, validate=validate.OneOf(OUTCOMES))


class Risk(Schema):
    """一条预警"""

    id = fields.String()
    rule = fields.String()
    name = fields.Function(lambda risk: next((rule.name for rule in RULES if rule.rule == risk.rule), risk.rule))
    about = fields.String()
    region = fields.String(attribute="place")
    count = fields.Integer()
    raised_at = fields.AwareDateTime()
    outcome = fields.String()


class Risks(Schema):
    """预警，最近的在前"""

    items = fields.List(fields.Nested(Risk))
