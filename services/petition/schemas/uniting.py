"""合并 and 拆分: several letters about one thing, and one letter about several."""

from marshmallow import Schema, fields, validate

from chassis.schemas import Body
from services.petition.schemas import ID, WORDS, Text
from services.petition.schemas.letters import Summary


class Merge(Body):
    """合并办理：并入编号为 lead 的来信"""

    lead = fields.String(required=True, validate=ID)
    text = Text(validate=WORDS)


class NewPart(Body):
    """拆分出来的一件事；没有类别时与原信相同"""

    text = Text(required=True, validate=WORDS)
    category = fields.String(validate=ID)


class Split(Body):
    """拆分：一封来信说了几件事"""

    parts = fields.List(fields.Nested(NewPart), required=True, validate=validate.Length(2, 10))
    text = Text(validate=WORDS)


class Parts(Schema):
    """拆分出来的来信"""

    items = fields.List(fields.Nested(Summary))
