"""Clues: what is handed in, what the office sees, what passes between the two."""

from base64 import b64decode, b64encode
from binascii import Error

from marshmallow import Schema, fields, validate, validates_schema

from chassis.photos import FORMATS
from chassis.schemas import Body, Paging
from chassis.service import MB
from contracts.petition import CLUE_OUTCOMES
from services.petition.domain.clue import MOVES, SIZE, STATES, plain_code
from services.petition.schemas import ID, WORDS, Text
from services.petition.schemas.policy import Category
from services.petition.sealing import LARGEST, OVERHEAD


class Bytes(fields.String):
    """Bytes as base64."""

    default_error_messages = {"invalid": "应为 Base64 编码的内容"}

    def _deserialize(self, value, *args, **kwargs):
        try:
            return b64decode(super()._deserialize(value, *args, **kwargs), validate=True)
        except (Error, ValueError):
            raise self.make_error("invalid") from None

    def _serialize(self, value, *args, **kwargs):
        return None if value is None else b64encode(value).decode()


class Code(fields.String):
    """A claim code, however it is typed."""

    def _deserialize(self, value, *args, **kwargs):
        return plain_code(super()._deserialize(value, *args, **kwargs))


class Picture(Body):
    """一张照片"""

    type = fields.String(required=True, validate=validate.OneOf(list(FORMATS)))
    data = Bytes(required=True, validate=validate.Length(1, 5 * MB))


class Said(Body):
    """内容：明文由服务器在内存中封存，或由提交人的设备先行封存"""

    text = Text(validate=WORDS)
    sealed = Bytes(validate=validate.Length(OVERHEAD + 2, LARGEST + OVERHEAD))

    @validates_schema
    def one_of_both(self, data, **_):
        """Raises ValidationError unless it is either readable or sealed."""
        if ("text" in data) == ("sealed" in data):
            raise validate.ValidationError("请填写内容，或提交已封存的内容，二者选一", "text")


class NewClue(Said):
    """举报"""

    category = fields.String(required=True, validate=ID)
    region = fields.String(required=True, validate=ID)
    author = Text(load_default=None, allow_none=True, validate=validate.Length(1, 200))
    photos = fields.List(fields.Nested(Picture), load_default=list, validate=validate.Length(max=3))
    challenge = fields.String(required=True, validate=validate.Length(1, 200))
    nonce = fields.String(required=True, validate=validate.Length(1, 40))

    @validates_schema
    def nothing_beside_sealed(self, data, **_):
        """Raises ValidationError when something readable comes beside what is sealed."""
        if "sealed" in data and (data.get("author") or data.get("photos")):
            raise validate.ValidationError("署名和照片应与内容一起封存", "sealed")


class ClueClaim(Body):
    """查询码"""

    code = Code(required=True, validate=validate.Length(equal=SIZE))


class ClueAnswer(ClueClaim, Said):
    """举报人的补充"""


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
    """提交前的验证：求 nonce，使 SHA-256(challenge:nonce) 以 bits 个零位开头"""

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


class ClueDesk(Schema):
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
