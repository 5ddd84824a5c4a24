"""Sign-in."""

from marshmallow import Schema, fields

from chassis.schemas import Body
from services.identity.schemas import SHORT, SMS_CODE, TICKET, Phone


class CodeRequest(Body):
    """Which phone to send a sign-in code to; `device` is what the app calls the device it runs on, at random."""

    phone = Phone(required=True)
    device = fields.String(load_default=None, allow_none=True, validate=SHORT)


class Challenge(Schema):
    """What to sign in with, together with the code from the SMS."""

    challenge = fields.String(attribute="id")
    expires_at = fields.AwareDateTime()


class PhoneProof(Body):
    """A challenge and the code that was sent."""

    challenge = fields.String(required=True, validate=SHORT)
    code = fields.String(required=True, validate=SMS_CODE)


class SignIn(PhoneProof):
    """The same, perhaps with a ticket of WeChat's that is to be bound to whoever signs in."""

    wechat_ticket = fields.String(load_default=None, validate=TICKET)


class SecretCode(Schema):
    """Where to send which sign-in code."""

    phone = fields.String()
    code = fields.String()
