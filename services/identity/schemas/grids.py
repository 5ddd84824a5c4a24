"""Grids, groups and their teams."""

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from chassis.schemas import Body, PublicText
from contracts.words import GRIDS
from services.identity.domain.grid import DUTIES
from services.identity.schemas import REGION, SHORT
from services.identity.schemas.regions import Day

PLACE = validate.Regexp(r"[^\W_]{2,30}\Z", error="名称应为 2 到 30 个汉字、字母或数字")
LONGITUDE, LATITUDE = validate.Range(73, 136, error="经度不在国内"), validate.Range(3, 54, error="纬度不在国内")
POINT = fields.Tuple((fields.Float(validate=LONGITUDE), fields.Float(validate=LATITUDE)))
RING = fields.List(POINT, validate=validate.Length(4, 2_000))


class Polygon(Body):
    """A GeoJSON Polygon (RFC 7946): rings of longitude and latitude, each ending where it begins."""

    type = fields.String(required=True, validate=validate.Equal("Polygon"))
    coordinates = fields.List(RING, required=True, validate=validate.Length(1, 20))

    @validates_schema
    def require_closed(self, data, **_):
        """Each ring ends where it begins."""
        if any(ring[0] != ring[-1] for ring in data["coordinates"]):
            raise ValidationError("多边形的首尾应是同一点", "coordinates")


class Boundary(Body):
    """What belongs to a grid: households by id, or a polygon."""

    households = fields.List(fields.String(validate=SHORT), load_default=list, validate=validate.Length(max=2_000))
    polygon = fields.Nested(Polygon, load_default=None, allow_none=True)

    @validates_schema
    def require_one(self, data, **_):
        """One of them, not both."""
        if bool(data["households"]) == bool(data["polygon"]):
            raise ValidationError("请填写户的名单或边界多边形，二者取一", "households")


class Member(Body):
    """Who does what in a team."""

    person = fields.String(required=True, validate=SHORT)
    duty = fields.String(required=True, validate=validate.OneOf(DUTIES))


TEAM = validate.Length(1, 50)


class NewGrid(Body):
    """A grid or group to be opened in a village."""

    region = fields.String(required=True, validate=REGION)
    kind = fields.String(required=True, validate=validate.OneOf(GRIDS))
    place = PublicText(required=True, validate=PLACE)
    above = fields.String(load_default=None, validate=SHORT)
    team = fields.List(fields.Nested(Member), required=True, validate=TEAM)
    boundary = fields.Nested(Boundary, required=True)


class GridChange(Body):
    """Another team, another boundary, or both."""

    team = fields.List(fields.Nested(Member), load_default=None, validate=TEAM)
    boundary = fields.Nested(Boundary, load_default=None)

    @validates_schema
    def require_one(self, data, **_):
        """At least one of them."""
        if not any(data.values()):
            raise ValidationError("请填写新的队伍或边界", "team")


class GridQuery(Body):
    """The grids of which village, as of the end of which day (none: now)."""

    region = fields.String(required=True, validate=REGION)
    on = Day(load_default=None)


class Team(Schema):
    """The members of a team for a time; no `until`: now."""

    members = fields.List(fields.Nested(Member))
    since = fields.AwareDateTime()
    until = fields.AwareDateTime()


class Bounds(Schema):
    """A boundary for a time; no `until`: now."""

    households = fields.List(fields.String())
    polygon = fields.Dict()
    since = fields.AwareDateTime()
    until = fields.AwareDateTime()


class Named(Schema):
    """What a grid is called and where it belongs."""

    id = fields.String()
    region = fields.String()
    kind = fields.String()
    place = fields.String()
    path = fields.List(fields.String())
    opened_at = fields.AwareDateTime()
    closed_at = fields.AwareDateTime()


class GridThen(Named):
    """A grid as it was at a moment."""

    team = fields.List(fields.Nested(Member))
    boundary = fields.Nested(Bounds)


class Grids(Schema):
    """The grids of a village."""

    items = fields.List(fields.Nested(GridThen))


class Grid(Named):
    """A grid with all teams and boundaries it has had."""

    teams = fields.List(fields.Nested(Team))
    boundaries = fields.List(fields.Nested(Bounds))
