"""One's own data: who saw it, consent, erasure."""

from marshmallow import Schema, fields, validate

from chassis.schemas import Body, Month, Read, Total
from services.identity.schemas import REGION


class Paper(Body):
    """编号 of the written request, never its words."""

    paper = fields.String(
        required=True,
        validate=validate.Regexp(r"[A-Za-z0-9-]{2,40}\Z", error="请填写书面申请的编号（字母、数字和连字符）"),
    )


class ErasureRequest(Schema):
    """A request for erasure."""

    asked_at = fields.AwareDateTime()
    due_at = fields.AwareDateTime()
    withdrawn_at = fields.AwareDateTime(allow_none=True)
    done_at = fields.AwareDateTime(allow_none=True)


class ConsentText(Schema):
    """What people consent to, as it is to be shown."""

    version = fields.String()
    text = fields.String()
    withdrawal = fields.String()


class Accepted(Body):
    """Which version of the text was shown and accepted."""

    version = fields.String(required=True, validate=validate.Length(1, 40))


class Consent(Schema):
    """An acceptance."""

    version = fields.String(attribute="text")
    accepted_at = fields.AwareDateTime()
    withdrawn_at = fields.AwareDateTime(allow_none=True)


class Office(Schema):
    """An office somebody holds."""

    role = fields.String()
    region = fields.String()
    until = fields.AwareDateTime(allow_none=True)


class Reading(Read):
    """Somebody was shown one's data: `offices` the reader holds, [] for a service of the platform."""

    at = fields.String()
    service = fields.String()
    offices = fields.List(fields.Nested(Office))

    class Meta:
        exclude = ("id", "whom")


class Readings(Schema):
    """Who was shown one's data, newest first."""

    items = fields.List(fields.Nested(Reading))


class ReportQuery(Month):
    """Of which month and region."""

    region = fields.String(required=True, validate=REGION)


class ReportLine(Total):
    """How often somebody read for one reason."""

    service = fields.String()
    offices = fields.List(fields.Nested(Office))


class Report(Schema):
    """Readings of a month by the people who serve a region."""

    month = fields.String()
    region = fields.String()
    lines = fields.List(fields.Nested(ReportLine))
