"""What somebody may take along."""

from marshmallow import Schema, fields

from services.petition.schemas.letters import Matter
from services.petition.schemas.questions import Question
from services.petition.schemas.reports import Report


class Export(Schema):
    """本人的全部实名来信、上报和咨询"""

    letters = fields.List(fields.Nested(Matter))
    reports = fields.List(fields.Nested(Report))
    questions = fields.List(fields.Nested(Question))
