"""Verification."""

from marshmallow import Schema, ValidationError, fields, validate, validates_schema

from chassis.schemas import Body, Paging
from services.identity.domain import REASONS
from services.identity.schemas import NAME, REGION


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
