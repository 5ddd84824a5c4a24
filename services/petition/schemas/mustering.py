"""吹哨报到: who is called, what is said, how far it is."""

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from chassis.schemas import Body, Paging
from services.petition.domain.whistle import WHISTLE_MOVES
from services.petition.schemas import ID, WORDS, Text
from services.petition.schemas.letters import Entry

MOST = 20


class MoreUnits(Body):
    """要召集的单位；offices 是属地单位（区划），departments 是部门"""

    offices = fields.List(fields.String(validate=ID), load_default=list, validate=validate.Length(max=MOST))
    departments = fields.List(fields.String(validate=ID), load_default=list, validate=validate.Length(max=MOST))

    @validates_schema
    def each_once(self, data, **_):
        """Raises ValidationError when nobody is called, or somebody twice."""
        called = data.get("offices", []) + data.get("departments", [])
        if not called or len(set(called)) < len(called):
            raise ValidationError("请选择要召集的单位，每个单位一次", "offices")


class NewWhistle(MoreUnits):
    """吹哨；region 是吹哨单位，lead 是被召集单位中的牵头单位"""

    region = fields.String(required=True, validate=ID)
    about = fields.String(load_default=None, allow_none=True, validate=ID)
    text = Text(required=True, validate=WORDS)
    lead = fields.String(required=True, validate=ID)


class WhistleSays(Body):
    """What is said with a move; which of it is needed, the table of moves knows."""

    move = fields.String(required=True, validate=validate.OneOf(list(WHISTLE_MOVES)))
    unit = fields.String(validate=ID)
    text = Text(validate=WORDS)
    stars = fields.Integer(strict=True, validate=validate.Range(1, 5))


class WhistleQuery(Paging):
    """Those of one's offices, or of the department `unit` one works for; `open` ones only unless it is false."""

    unit = fields.String(load_default=None, validate=ID)
    open = fields.Boolean(load_default=True)


class WhistleUnit(Schema):
    """被召集单位；breached 是超时未报到"""

    id = fields.String()
    kind = fields.String()
    region = fields.String()
    lead = fields.Boolean()
    state = fields.String()
    reported_at = fields.AwareDateTime()
    finished_at = fields.AwareDateTime()
    stars = fields.Integer()
    breached = fields.Boolean()


class WhistleSummary(Schema):
    """一次吹哨在列表中；owed_at 是最近一个报到时限"""

    number = fields.String()
    state = fields.String()
    office = fields.String()
    level = fields.String()
    about = fields.String()
    blown_at = fields.AwareDateTime()
    released_at = fields.AwareDateTime()
    owed_at = fields.AwareDateTime()
    units = fields.List(fields.Nested(WhistleUnit))


class Whistles(Schema):
    """吹哨，一页，新的在前"""

    items = fields.List(fields.Nested(WhistleSummary))
    next = fields.String()


class Whistle(WhistleSummary):
    """一次吹哨"""

    text = fields.String()
    history = fields.List(fields.Nested(Entry))
