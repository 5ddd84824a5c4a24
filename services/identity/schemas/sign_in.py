"""Sign-in."""

from marshmallow import Schema, fields, validate

from chassis.schemas import Body
from services.identity.schemas import SHORT, Phone


class CodeRequest(Body):
    """Which phone to send a sign-in code to."""

    phone = Phone(required=True)


class Challenge(Schema):
    """What to sign in with, together with the code from the SMS."""

    challenge = fields.String(attribute="id")
    expires_at = fields.AwareDateTime()


class SignIn(Body):
    """A challenge and the code that was sent."""

    challenge = fields.String(required=True, validate=SHORT)
    code = fields.String(required=True, validate=validate.Regexp(r"[0-9]{6}\Z", error="验证码是 6 位数字"))


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


class SecretCode(Schema):
    """Where to send which sign-in code."""

    phone = fields.String()
    code = fields.String()


class Jwks(Schema):
    """Public keys that access tokens are verified with (RFC 7517)."""

    keys = fields.List(fields.Dict(keys=fields.String(), values=fields.String()))
