"""Sessions and tokens."""

from marshmallow import Schema, fields, validate

from chassis.schemas import Body


class Refresh(Body):
    """The refresh token last received."""

    refresh_token = fields.String(required=True, validate=validate.Length(1, 200))


class Tokens(Schema):
    """Who signed in, the access token for 10 minutes and the refresh token for the next one."""

    access_token = fields.String()
    refresh_token = fields.String()
    expires_in = fields.Integer()
    person = fields.String()
    region = fields.String(allow_none=True)
    roles = fields.Dict(keys=fields.String(), values=fields.List(fields.String()))
    second_factor_needed = fields.Boolean()


class FreshToken(Schema):
    """An access token for what outlives the session; there is no refresh token to it."""

    access_token = fields.String()
    expires_in = fields.Integer()


class Session(Schema):
    """A place where one is signed in; last used in the hour that began at `used_at`."""

    id = fields.String()
    device = fields.String()
    network = fields.String()
    started_at = fields.AwareDateTime()
    used_at = fields.AwareDateTime(attribute="renewed_at")
    current = fields.Boolean()


class Sessions(Schema):
    """All of them, the one used last first."""

    items = fields.List(fields.Nested(Session))


class Jwks(Schema):
    """Public keys that access tokens are verified with (RFC 7517)."""

    keys = fields.List(fields.Dict(keys=fields.String(), values=fields.String()))
