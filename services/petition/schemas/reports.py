"""Reports: what people report and do, and what they are answered."""

from collections.abc import Callable
from typing import Any

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from chassis.schemas import Body, Paging
from contracts.petition.reports import CHANNELS, PRIORITIES, REPORT_KINDS
from services.petition.domain.policy import LADDER
from services.petition.domain.report import REPORT_MOVES, REPORT_STATES
from services.petition.schemas import ID, WORDS, Text
from services.petition.schemas.letters import Breach, Entry, distinct

PHOTOS: list[Callable[[Any], Any]] = [validate.Length(max=9), distinct]


class Spot(Body):
    """地图上的位置：经度、纬度"""

    lon = fields.Float(required=True, validate=validate.Range(-180, 180))
    lat = fields.Float(required=True, validate=validate.Range(-90, 90))


class NewReport(Body):
    """上报；region 是事情所在的村，不写就是本村，热线代录必须写；posted 是所在地点的二维码，有它就不必写地点"""

    text = Text(required=True, validate=WORDS)
    category = fields.String(required=True, validate=ID)
    kind = fields.String(load_default="snap", validate=validate.OneOf(REPORT_KINDS))
    channel = fields.String(load_default="app", validate=validate.OneOf(CHANNELS))
    priority = fields.String(load_default="normal", validate=validate.OneOf(PRIORITIES[:2]))
    region = fields.String(load_default=None, allow_none=True, validate=ID)
    place = Text(load_default=None, allow_none=True, validate=validate.Length(1, 200))
    posted = fields.String(load_default=None, allow_none=True, validate=ID)
    spot = fields.Nested(Spot, load_default=None, allow_none=True)
    photos = fields.List(fields.String(validate=ID), load_default=list, validate=PHOTOS)

    @validates_schema
    def somewhere(self, data, **_):
        """Raises ValidationError without a place and a QR code."""
        if not data.get("place") and not data.get("posted"):
            raise ValidationError("请写明地点", "place")


class ReportSays(Body):
    """What is said with a move; which of it is needed, the table of moves knows. `after` are uploaded photos."""

    move = fields.String(required=True, validate=validate.OneOf(list(REPORT_MOVES)))
    text = Text(validate=WORDS)
    after = fields.List(fields.String(validate=ID), validate=[validate.Length(1, 9), distinct])
    to = fields.String(validate=validate.OneOf(LADDER))
    confirmed = fields.Boolean(truthy={True}, falsy={False})


class ReportQuery(Paging):
    """Which reports on one's list; without a state all that is not closed."""

    state = fields.String(load_default=None, validate=validate.OneOf(REPORT_STATES))
    kind = fields.String(load_default=None, validate=validate.OneOf(REPORT_KINDS))


class ReportCategory(Schema):
    """类别；kinds 是它适用的上报种类，level 是最先办理的层级，priority 是它自带的紧急程度"""

    code = fields.String()
    name = fields.String()
    kinds = fields.List(fields.String())
    level = fields.String()
    priority = fields.String()


class ReportPolicy(Schema):
    """上报前要知道的：类别、各级的期限"""

    categories = fields.List(fields.Nested(ReportCategory))
    limits = fields.Dict()


class ReportReceipt(Schema):
    """回执"""

    number = fields.String()
    state = fields.String()
    priority = fields.String()


class ReportSummary(Schema):
    """一件上报在列表中；owed_at 是下一件该办的事的期限"""

    number = fields.String()
    state = fields.String()
    kind = fields.String()
    channel = fields.String()
    category = fields.String()
    priority = fields.String()
    level = fields.String()
    office = fields.String()
    filed_at = fields.AwareDateTime(attribute="asked_at")
    owed_at = fields.AwareDateTime()


class Reports(Schema):
    """上报，一页"""

    items = fields.List(fields.Nested(ReportSummary))
    next = fields.String()


class Report(ReportSummary):
    """一件上报；before、after 是处理前后的照片"""

    text = fields.String()
    place = fields.String()
    spot = fields.Nested(Spot)
    before = fields.List(fields.String())
    after = fields.List(fields.String())
    promised_at = fields.AwareDateTime()
    outcome = fields.String()
    confirmed = fields.Boolean()
    history = fields.List(fields.Nested(Entry))
    breaches = fields.List(fields.Nested(Breach))
