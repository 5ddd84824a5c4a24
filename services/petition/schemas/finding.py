"""Finding letters: what is asked, and what was found."""

from marshmallow import Schema, fields, validate

from chassis.schemas import Paging
from services.petition.schemas import Text
from services.petition.schemas.letters import LetterRow


class Search(Paging):
    """要找的词"""

    q = Text(required=True, validate=validate.Length(2, 100))


class Likely(Schema):
    """可能重复的一封来信；likeness 是两封信共同用词的比例，只分五档：0.2、0.4、0.6、0.8、1"""

    letter = fields.Nested(LetterRow)
    likeness = fields.Float()


class Similar(Schema):
    """可能重复的来信，最相似的在前；只供参考"""

    items = fields.List(fields.Nested(Likely))
