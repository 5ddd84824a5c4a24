"""Clues: what is handed in, what the office sees, what passes between the two."""

from base64 import b64encode

from marshmallow import Schema, fields, validate

from chassis.schemas import Body, Paging
from contracts.petition.letters import CLUE_OUTCOMES
from services.petition.domain.clue import MOVES, SIZE, SIZES, STATES, plain_code
from services.petition.domain.proof import FREE
from services.petition.schemas import ID, WORDS, Text
from services.petition.schemas.policy import Category


class Bytes(fields.String):
    """Bytes as base64."""

    def _serialize(self, value, *args, **kwargs):
        return None if value is None else b64encode(value).decode()


class Code(fields.String):
    """A claim code, however it is typed."""

    def _deserialize(self, value, *args, **kwargs):
        return plain_code(super()._deserialize(value, *args, **kwargs))


class ClueSize(Body):
    """要提交多少字节：越多，验证越费时"""

    bytes = fields.Integer(load_default=FREE, validate=validate.Range(1, SIZES[-1]))


class ClueAbout(Body):
    """举报的类别，和事情发生在哪里"""

    category = fields.String(required=True, validate=ID)
    region = fields.String(required=True, validate=ID)


class NewClue(ClueAbout):
    """举报，由服务器在内存中封存"""

    text = Text(required=True, validate=WORDS)
    author = Text(load_default=None, allow_none=True, validate=validate.Length(1, 200))


class ClueClaim(Body):
    """查询码"""

    code = Code(required=True, validate=validate.Length(equal=SIZE))


class ClueAnswer(Body):
    """举报人的补充，由服务器在内存中封存"""

    text = Text(required=True, validate=WORDS)


class ClueQuestion(Body):
    """纪检机构的提问"""

    text = Text(required=True, validate=WORDS)


class ClueMove(Body):
    """办理：read 已阅，begin 开始办理，close 办结（须给出结果）"""

    move = fields.String(required=True, validate=validate.OneOf(list(MOVES)))
    outcome = fields.String(load_default=None, validate=validate.OneOf(CLUE_OUTCOMES))


class ClueQuery(Paging):
    """Which clues of one's office."""

    state = fields.String(load_default=None, validate=validate.OneOf(STATES))


class CluePolicy(Schema):
    """举报前要知道的：类别，和封存用的纪检机构公钥"""

    categories = fields.List(fields.Nested(Category))
    key = fields.String()
    words = fields.String()


class ClueChallenge(Schema):
    """提交前的验证：求 NONCE，使 SHA-256(challenge:NONCE) 以 bits 个零位开头，随 Xiangyin-Proof 提交"""

    challenge = fields.String()
    bits = fields.Integer()


class ClueReceipt(Schema):
    """查询码，只给这一次"""

    claim_code = fields.String()


class Asked(Schema):
    """纪检机构的一次提问"""

    day = fields.String()
    text = fields.String()


class ClueProgress(Schema):
    """举报人凭查询码看到的进展；自己写的内容不再显示"""

    state = fields.String()
    outcome = fields.String()
    questions = fields.List(fields.Nested(Asked))


class ClueSummary(Schema):
    """一条线索在列表中，没有内容"""

    id = fields.String()
    day = fields.String()
    category = fields.String()
    place = fields.String()
    state = fields.String()
    outcome = fields.String()


class ClueRows(Schema):
    """纪检机构的线索，最近一天的在前"""

    items = fields.List(fields.Nested(ClueSummary))
    next = fields.String()


class ClueNote(Schema):
    """一次往来，密文"""

    by = fields.String()
    day = fields.String()
    sealed = Bytes()


class ClueBundle(ClueSummary):
    """一条线索的密文，交 `xiangyin clue open` 打开"""

    sealed = Bytes()
    notes = fields.List(fields.Nested(ClueNote))
