"""What people and services ask identity over HTTP, and what it answers."""

import phonenumbers
from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from chassis.schemas import Body, Paging
from services.identity.domain import REASONS, ROLES

REGION = validate.Regexp(r"[0-9]{6,12}\Z", error="区划编号应为 6 到 12 位数字")
LETTERS = r"[^\W\d_]"
NAME = validate.Regexp(rf"{LETTERS}({LETTERS}|[· .'’-])*\Z", error="姓名只能用汉字、字母和间隔号")
SHORT = validate.Length(1, 80)


class Phone(fields.String):
    """A mainland mobile number in any usual spelling, read as E.164."""

    def _deserialize(self, value, attr, data, **kwargs):
        try:
            number = phonenumbers.parse(super()._deserialize(value, attr, data, **kwargs), "CN")
        except phonenumbers.NumberParseException:
            number = None
        if not number or not _mainland_mobile(number):
            raise ValidationError("请填写中国大陆手机号码")
        return phonenumbers.format_number(number, phonenumbers.PhoneNumberFormat.E164)


def _mainland_mobile(number):
    mobile = phonenumbers.number_type(number) == phonenumbers.PhoneNumberType.MOBILE
    return mobile and phonenumbers.is_valid_number_for_region(number, "CN")


class RegionQuery(Body):
    """Regions right under which one; none: the city."""

    parent = fields.String(load_default=None, validate=REGION)


class Region(Schema):
    """A region as everybody may see it."""

    id = fields.String()
    code = fields.String()
    place = fields.String()
    parent = fields.String()
    level = fields.String()
    path = fields.List(fields.String())


class Regions(Schema):
    """Regions under one parent."""

    items = fields.List(fields.Nested(Region))


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


class NewApplication(Body):
    """Real name and village of somebody who wants to be verified."""

    name = fields.String(required=True, validate=[validate.Length(2, 40, error="姓名应为 2 到 40 个字"), NAME])
    region = fields.String(required=True, validate=REGION)


class ApplicationReceipt(Schema):
    """An application that waits."""

    id = fields.String()
    region = fields.String()
    applied_at = fields.AwareDateTime()


class InVillages(Paging):
    """Whose applications: one village, or all the administrator is responsible for."""

    region = fields.String(load_default=None, validate=REGION)


class MaskedApplication(ApplicationReceipt):
    """An application as the administrator of the village sees it."""

    name = fields.String()


class Applications(Schema):
    """A page of applications."""

    items = fields.List(fields.Nested(MaskedApplication))
    next = fields.String()


class Decision(Body):
    """Granted, or not and why."""

    granted = fields.Boolean(required=True)
    reason = fields.String(load_default=None, validate=validate.OneOf(REASONS, error="没有这种不通过的原因"))

    @validates_schema
    def demand_reason(self, data, **_):
        """A refusal says why."""
        if not data["granted"] and not data["reason"]:
            raise ValidationError("请说明不通过的原因", "reason")


class NewRole(Body):
    """Who is to hold which role, where and until when."""

    person = fields.String(required=True, validate=SHORT)
    role = fields.String(required=True, validate=validate.OneOf(list(ROLES), error="没有可以授予的这种角色"))
    region = fields.String(required=True, validate=REGION)
    until = fields.AwareDateTime(load_default=None)


class Role(Schema):
    """A role that was granted."""

    id = fields.String()
    role = fields.String()
    region = fields.String()
    until = fields.AwareDateTime()


class Office(Body):
    """Which office."""

    role = fields.String(required=True, validate=validate.OneOf(list(ROLES)))
    region = fields.String(required=True, validate=REGION)


class Holder(Schema):
    """Somebody who holds an office."""

    person = fields.String(attribute="id")


Holders = Holder(many=True)


class Contact(Schema):
    """How to reach somebody."""

    person = fields.String()
    phone = fields.String()
    name = fields.String()


class SecretCode(Schema):
    """Where to send which sign-in code."""

    phone = fields.String()
    code = fields.String()


class Jwks(Schema):
    """Public keys that access tokens are verified with (RFC 7517)."""

    keys = fields.List(fields.Dict(keys=fields.String(), values=fields.String()))
