"""Verification."""

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from chassis.domain import now
from chassis.schemas import Body, Paging, Text
from services.identity.domain.id_card import is_id_number
from services.identity.domain.verification import REASONS
from services.identity.schemas import NAME, REGION, SHORT


class RealName(Text):
    """姓名"""

    def __init__(self, **kwargs):
        super().__init__(validate=[validate.Length(2, 40, error="姓名应为 2 到 40 个字"), NAME], **kwargs)


class IdNumber(Text):
    """A resident ID number that can be one, its X in upper case."""

    def _deserialize(self, value, attr, data, **kwargs):
        number = super()._deserialize(value, attr, data, **kwargs).upper()
        if not is_id_number(number, now().date()):
            raise ValidationError("身份证号不正确，请核对")
        return number


class Uploaded(Schema):
    """A picture that waits for an application."""

    id = fields.String()


class RealPerson(Body):
    """Name and ID number as the document says them, and the village."""

    name = RealName(required=True)
    id_number = IdNumber(required=True)
    region = fields.String(required=True, validate=REGION)


class NewApplication(RealPerson):
    """Somebody who wants to be verified, with a picture of the document."""

    picture = fields.String(required=True, validate=SHORT)


class ApplicationReceipt(Schema):
    """An application that waits."""

    id = fields.String()
    region = fields.String()
    applied_at = fields.AwareDateTime()


class OwnApplication(ApplicationReceipt):
    """One's last application and what became of it."""

    state = fields.String()
    reason = fields.String(allow_none=True)
    level = fields.String()


class InVillages(Paging):
    """Whose applications: one village, or all the administrator is responsible for."""

    region = fields.String(load_default=None, validate=REGION)


class BlindApplication(ApplicationReceipt):
    """An application as an administrator sees it: nothing that the applicant typed."""

    level = fields.String()
    raised = fields.String(allow_none=True)
    mismatches = fields.Integer()
    leaving = fields.String(allow_none=True)
    entered_by = fields.String(allow_none=True)


class Applications(Schema):
    """A page of applications."""

    items = fields.List(fields.Nested(BlindApplication))
    next = fields.String(allow_none=True)


class Decision(Body):
    """Granted, with name and ID number re-typed from the document, or not and why.

    `transfer` is why the number becomes this person's although it is another's.
    """

    granted = fields.Boolean(required=True)
    name = RealName(load_default=None)
    id_number = IdNumber(load_default=None)
    transfer = Text(load_default=None, validate=validate.Length(2, 200))
    reason = fields.String(load_default=None, validate=validate.OneOf(REASONS, error="没有这种不通过的原因"))

    @validates_schema
    def require_all(self, data, **_):
        """A grant re-types both, a refusal says why."""
        needed = ("name", "id_number") if data["granted"] else ("reason",)
        if missing := {name: ["必须填写"] for name in needed if not data[name]}:
            raise ValidationError(missing)


class Outcome(Schema):
    """granted, refused, mismatch or conflict; and at which level the application is now."""

    outcome = fields.String()
    level = fields.String()
