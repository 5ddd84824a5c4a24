"""Nominations for roles that take two administrators."""

from marshmallow import Schema, fields, validate

from services.identity.domain.office import BY_TWO
from services.identity.schemas.offices import NewRole, Role

__all__ = ["NewNomination", "Nomination", "Nominations", "Role"]


class NewNomination(NewRole):
    """Who is to hold which of these roles, where and until when."""

    role = fields.String(required=True, validate=validate.OneOf(BY_TWO, error="这个角色不需要两人办理，请直接授予"))


class Nomination(Schema):
    """Waits for another city administrator until `open_until`; `until` is the end of the term."""

    id = fields.String()
    person = fields.String()
    role = fields.String()
    region = fields.String()
    until = fields.AwareDateTime(attribute="term")
    asked_by = fields.String()
    open_until = fields.AwareDateTime(attribute="until")


class Nominations(Schema):
    """Those one may agree to or withdraw."""

    items = fields.List(fields.Nested(Nomination))
