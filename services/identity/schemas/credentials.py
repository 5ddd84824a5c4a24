"""Passwords and second factors."""

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from chassis.schemas import Body
from services.identity.schemas import CODE, SHORT, Phone

PASSWORD = validate.Length(10, 128, error="密码应为 10 到 128 个字符")


class NewPassword(Body):
    """The password to sign in with from now on."""

    password = fields.String(required=True, validate=PASSWORD)


class PasswordSignIn(Body):
    """Phone and password."""

    phone = Phone(required=True)
    password = fields.String(required=True, validate=validate.Length(1, 128))


class AppSecret(Schema):
    """What an authenticator app needs: to be typed, or as a QR code."""

    secret = fields.String()
    uri = fields.String()


class AppCode(Body):
    """The six digits that the authenticator app shows."""

    code = fields.String(required=True, validate=CODE)


class FactorReset(Schema):
    """Until when another administrator may agree."""

    until = fields.AwareDateTime()


class PendingReset(FactorReset):
    """Whose second factor is to be reset, and who asked."""

    person = fields.String()
    asked_by = fields.String()


class PendingResets(Schema):
    """Those one may agree to or withdraw."""

    items = fields.List(fields.Nested(PendingReset))


class RecoveryCodes(Schema):
    """Shown once; each serves once instead of the app."""

    recovery_codes = fields.List(fields.String())


class SecondFactor(Body):
    """The app's six digits, or a recovery code."""

    code = fields.String(validate=CODE)
    recovery_code = fields.String(validate=SHORT)

    @validates_schema
    def require_one(self, data, **_):
        """One of the two."""
        if len(data) != 1:
            raise ValidationError("请填写动态码或恢复码", "code")
