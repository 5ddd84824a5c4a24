"""Acting for another."""

from marshmallow import Schema, fields, validate

from chassis.schemas import Body
from contracts.words import ACTS
from services.identity.schemas import SHORT


class NewMandate(Body):
    """Who may do what for whom (without `person`: for oneself), until when."""

    person = fields.String(load_default=None, allow_none=True, validate=SHORT)
    helper = fields.String(required=True, validate=SHORT)
    acts = fields.List(
        fields.String(validate=validate.OneOf(ACTS, error="没有可以代办的这种事")),
        required=True,
        validate=validate.Length(1, len(ACTS)),
    )
    until = fields.AwareDateTime(required=True)


class Mandate(Schema):
    """A mandate; in force once `agreed_by` is said and until it ends."""

    id = fields.String()
    person = fields.String()
    helper = fields.String()
    acts = fields.List(fields.String())
    until = fields.AwareDateTime()
    agreed_by = fields.String(allow_none=True)
    ended_at = fields.AwareDateTime(allow_none=True)


class Mandates(Schema):
    """A page of mandates."""

    items = fields.List(fields.Nested(Mandate))
    next = fields.String()


class ActingFor(Body):
    """By which mandate."""

    mandate = fields.String(required=True, validate=SHORT)


class ActingToken(Schema):
    """An access token that says for whom and by whom; there is no refresh token to it."""

    access_token = fields.String()
    expires_in = fields.Integer()
    person = fields.String()
    region = fields.String(allow_none=True)
    acts = fields.List(fields.String())
