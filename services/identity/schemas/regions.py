"""Regions."""

from datetime import datetime, time, timedelta, timezone

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from chassis.schemas import Body, PublicText
from services.identity.schemas import REGION

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
CODE = validate.Regexp(r"[0-9]{12}\Z", error="区划代码应为 12 位数字")
PLACE = [
    validate.Length(2, 30, error="地名应为 2 到 30 个字"),
    validate.Regexp(r"[^\W\d_]{2,}\Z", error="地名只能用汉字和字母"),
]


class Day(fields.Date):
    """A date of 邛崃, read as the moment it ends."""

    def _deserialize(self, value, attr, data, **kwargs):
        day = super()._deserialize(value, attr, data, **kwargs)
        return datetime.combine(day, time.max, SHANGHAI)


class RegionQuery(Body):
    """Regions right under which one (none: the city); or those with which code, now or ever, or `on` a day."""

    parent = fields.String(load_default=None, validate=REGION)
    code = fields.String(load_default=None, validate=CODE)
    on = Day(load_default=None)


class Region(Schema):
    """A region as everybody may see it; one that was merged has ended and has an `heir`."""

    id = fields.String()
    code = fields.String()
    place = fields.String()
    parent = fields.String()
    level = fields.String()
    path = fields.List(fields.String())
    heir = fields.String()


class Regions(Schema):
    """Regions under one parent, or with one code."""

    items = fields.List(fields.Nested(Region))


class Spell(Schema):
    """What a region was called and where it belonged for a time; no `until`: now."""

    code = fields.String()
    place = fields.String()
    parent = fields.String()
    since = fields.AwareDateTime()
    until = fields.AwareDateTime()


class History(Schema):
    """A region's life; `heir` is the region it was merged into, `merged` are those merged into it."""

    id = fields.String()
    heir = fields.String()
    merged = fields.List(fields.String())
    history = fields.List(fields.Nested(Spell))


class NewRegion(Body):
    """A town or village to be registered."""

    code = fields.String(required=True, validate=CODE)
    place = PublicText(required=True, validate=PLACE)
    parent = fields.String(required=True, validate=REGION)


class NewName(Body):
    """Another name, another code, or both."""

    place = PublicText(load_default=None, validate=PLACE)
    code = fields.String(load_default=None, validate=CODE)

    @validates_schema
    def require_one(self, data, **_):
        """At least one of them."""
        if not any(data.values()):
            raise ValidationError("请填写新的地名或代码", "place")


class NewParent(Body):
    """Which region it comes under."""

    parent = fields.String(required=True, validate=REGION)


class Merger(Body):
    """Which region it becomes part of."""

    into = fields.String(required=True, validate=REGION)


class Run(Body):
    """Whether a plan is only tried."""

    dry_run = fields.Boolean(load_default=False)


class Step(Schema):
    """What a line of a plan does: the region it is about, as it is after it."""

    line = fields.Integer()
    deed = fields.String()
    region = fields.String()
    code = fields.String()
    place = fields.String()
    parent = fields.String()
    heir = fields.String()


class Plan(Schema):
    """What a plan does, line by line."""

    steps = fields.List(fields.Nested(Step))
