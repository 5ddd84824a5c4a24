"""Policy consultation and the public knowledge base."""

from marshmallow import Schema, fields, validate

from chassis.schemas import Body, Paging
from services.petition.domain.question import QUESTION_MOVES, QUESTION_STATES
from services.petition.schemas import ID, WORDS, Text
from services.petition.schemas.letters import Breach, Entry


class NewQuestion(Body):
    """咨询"""

    text = Text(required=True, validate=WORDS)
    category = fields.String(required=True, validate=ID)


class QuestionSays(Body):
    """What is said with a move."""

    move = fields.String(required=True, validate=validate.OneOf(list(QUESTION_MOVES)))
    text = Text(validate=WORDS)


class QuestionQuery(Paging):
    """Which questions of one's office; without a state all that wait for an answer."""

    state = fields.String(load_default=None, validate=validate.OneOf(QUESTION_STATES))


class Wording(Body):
    """公开的问与答：由答复单位重新撰写，不得带有任何人的个人信息"""

    question = Text(required=True, validate=validate.Length(4, 500))
    answer = Text(required=True, validate=WORDS)


class Withdrawal(Body):
    """撤下的原因"""

    reason = Text(required=True, validate=validate.Length(2, 200))


class KnowledgeQuery(Paging):
    """按类别和词语查找"""

    category = fields.String(load_default=None, validate=ID)
    words = Text(load_default=None, validate=validate.Length(1, 100))


class QuestionCategory(Schema):
    """类别；level 是答复的层级"""

    code = fields.String()
    name = fields.String()
    level = fields.String()


class QuestionPolicy(Schema):
    """咨询前要知道的：类别、答复期限"""

    categories = fields.List(fields.Nested(QuestionCategory))
    limits = fields.Dict()


class QuestionReceipt(Schema):
    """回执"""

    number = fields.String()
    state = fields.String()


class QuestionSummary(Schema):
    """一次咨询在列表中"""

    number = fields.String()
    state = fields.String()
    category = fields.String()
    level = fields.String()
    office = fields.String()
    round = fields.Integer()
    asked_at = fields.AwareDateTime()
    owed_at = fields.AwareDateTime()


class Questions(Schema):
    """咨询，一页"""

    items = fields.List(fields.Nested(QuestionSummary))
    next = fields.String()


class Question(QuestionSummary):
    """一次咨询；答复和追问在办理经过中，knowledge 是公开后的条目"""

    text = fields.String()
    promised_at = fields.AwareDateTime()
    knowledge = fields.String()
    history = fields.List(fields.Nested(Entry))
    breaches = fields.List(fields.Nested(Breach))


class Edition(Schema):
    """一版的日期"""

    at = fields.AwareDateTime()


class KnowledgeEntry(Schema):
    """知识库中的一条"""

    id = fields.String()
    category = fields.String()
    level = fields.String()
    office = fields.String()
    question = fields.String(attribute="current.question")
    answer = fields.String(attribute="current.answer")
    editions = fields.List(fields.Nested(Edition))


class Knowledge(Schema):
    """知识库，一页，新的在前"""

    items = fields.List(fields.Nested(KnowledgeEntry))
    next = fields.String()
