"""What everybody may read: these fields of a letter whose author agreed and whose answer was published, no others."""

from marshmallow import Schema, fields

from chassis.schemas import Paging
from services.petition.schemas import ID


class Query(Paging):
    """公开来信的范围；不填则为全市"""

    region = fields.String(load_default=None, validate=ID)


class PublicLetter(Schema):
    """一封公开的来信：没有来信人，没有来信原文、地点和照片；日期只到天"""

    number = fields.String()
    region = fields.String()
    place = fields.String()
    category = fields.String()
    submitted_on = fields.Date()
    state = fields.String()
    outcome = fields.String()
    answer = fields.String()


class PublicLetters(Schema):
    """公开的来信，新的在前"""

    items = fields.List(fields.Nested(PublicLetter))
    next = fields.String()


class Counted(Schema):
    """一个村公开的来信数"""

    region = fields.String()
    place = fields.String()
    count = fields.Integer()


class Feature(Schema):
    """GeoJSON Feature；村没有坐标，geometry 总为空"""

    type = fields.Constant("Feature")
    geometry = fields.Constant(None)
    properties = fields.Nested(Counted)


class Map(Schema):
    """GeoJSON FeatureCollection：各村公开的来信数"""

    type = fields.Constant("FeatureCollection")
    features = fields.List(fields.Nested(Feature))
