"""Routing rules: as they are read, written and tried."""

from marshmallow import Schema, fields, validate

from chassis.schemas import Body
from services.petition.domain.policy import LADDER
from services.petition.schemas import ID, Text

MOST = 200
CODE = fields.String(validate=ID)


class Edition(Body):
    """Which edition; without one, the one in force."""

    edition = fields.Integer(load_default=None, validate=validate.Range(0, 999_999))


class Rule(Body):
    """一条分办规则：符合条件的来信由这一级或这个单位办理"""

    name = Text(required=True, validate=validate.Length(2, 100))
    categories = fields.List(CODE, load_default=list, validate=validate.Length(max=50))
    region = fields.String(load_default=None, allow_none=True, validate=ID)
    answers = fields.Dict(CODE, CODE, load_default=dict, validate=validate.Length(max=20))
    level = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(LADDER))
    office = fields.String(load_default=None, allow_none=True, validate=ID)


class NewRules(Body):
    """新的一版规则；edition 是所依据的那一版，期间有人改过则不接受"""

    edition = fields.Integer(required=True, strict=True, validate=validate.Range(0, 999_998))
    reason = Text(required=True, validate=validate.Length(2, 200))
    rules = fields.List(fields.Nested(Rule), required=True, validate=validate.Length(max=MOST))


class Trial(Body):
    """一封设想的来信"""

    category = fields.String(required=True, validate=ID)
    region = fields.String(required=True, validate=ID)
    recipient = fields.String(required=True, validate=validate.OneOf(LADDER))
    answers = fields.Dict(CODE, CODE, load_default=dict, validate=validate.Length(max=20))
    about = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(LADDER))


class ShownRule(Schema):
    """规则；off_since 是自动停用的时间"""

    name = fields.String()
    categories = fields.List(fields.String())
    region = fields.String()
    answers = fields.Dict()
    level = fields.String()
    office = fields.String()
    off_since = fields.AwareDateTime()


class Routing(Schema):
    """一版分办规则，先符合的一条为准"""

    edition = fields.Integer()
    by = fields.String()
    at = fields.AwareDateTime()
    reason = fields.String()
    rules = fields.List(fields.Nested(ShownRule))


class Weighed(Schema):
    """一条规则对这封来信说什么"""

    position = fields.Integer()
    name = fields.String(attribute="rule.name")
    words = fields.String()


class Tried(Schema):
    """会由哪一级、哪个单位办理，为什么"""

    level = fields.String()
    office = fields.String()
    words = fields.String()
    tried = fields.List(fields.Nested(Weighed))
