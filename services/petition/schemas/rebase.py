"""Changes of limits: as they are ordered and read."""

from marshmallow import Schema, fields, validate

from chassis.schemas import Body
from services.petition.domain.policy import LADDER
from services.petition.schemas import ID, Text


class NewRebase(Body):
    """期限调整：哪一类、哪一级；不写即全部。dry_run 只数一数，不改"""

    reason = Text(required=True, validate=validate.Length(2, 200))
    category = fields.String(load_default=None, allow_none=True, validate=ID)
    level = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(LADDER))
    dry_run = fields.Boolean(load_default=True, truthy={True}, falsy={False})


class Planned(Schema):
    """涉及多少封未结的来信；id 是这次调整的编号，只数不改时没有"""

    id = fields.String()
    letters = fields.Integer()


class Rebase(Schema):
    """一次期限调整；letters 是已按新期限计算的来信数"""

    id = fields.String()
    by = fields.String()
    at = fields.AwareDateTime()
    reason = fields.String()
    category = fields.String()
    level = fields.String()
    limits = fields.Dict()
    letters = fields.Integer()
    done = fields.Boolean()


class Rebases(Schema):
    """期限调整，新的在前"""

    items = fields.List(fields.Nested(Rebase))
    next = fields.String()
