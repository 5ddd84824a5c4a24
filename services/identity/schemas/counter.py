"""At the counter."""

from marshmallow import Schema, fields, validate

from chassis.schemas import Body
from services.identity.schemas import SHORT
from services.identity.schemas.verification import ApplicationReceipt, InVillages, RealPerson

__all__ = ["InVillages"]
UNSIGNED = "请先由本人在书面的个人信息处理告知书上签字同意"


class CounterApplication(RealPerson):
    """Somebody who is here with her document; `person` if she is known already.

    `paper_consent`: she has signed the consent text on paper, which the office keeps.
    """

    person = fields.String(load_default=None, validate=SHORT)
    paper_consent = fields.Boolean(required=True, validate=validate.Equal(True, error=UNSIGNED))


class CounterReceipt(ApplicationReceipt):
    """The same with the id of the person."""

    person = fields.String()


class Departure(Body):
    """Why somebody is no longer a villager."""

    reason = fields.String(required=True, validate=validate.OneOf(("moved_out", "died"), error="原因只能是迁出或去世"))


class Villager(Schema):
    """A verified villager, her name masked."""

    id = fields.String()
    name = fields.String(allow_none=True)
    region = fields.String()
    verified_until = fields.AwareDateTime(allow_none=True)
    counter = fields.Boolean()


class Villagers(Schema):
    """A page of villagers."""

    items = fields.List(fields.Nested(Villager))
    next = fields.String(allow_none=True)


class BindingCode(Schema):
    """A code that is shown once."""

    code = fields.String()
    until = fields.AwareDateTime()


class Binding(Body):
    """The code from the counter."""

    code = fields.String(required=True, validate=validate.Regexp(r"[0-9]{12}\Z", error="绑定码是 12 位数字"))
