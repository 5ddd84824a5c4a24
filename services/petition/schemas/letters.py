"""Letters: what people write, ask and do, and what they are answered."""

from marshmallow import Schema, fields, validate

from chassis.schemas import Body, Paging, Secret
from contracts.petition.handling import CALLS
from contracts.petition.letters import ANONYMITY, ENDED, OUTCOMES, URGENCIES, WRITTEN_BY
from contracts.words import LOOK_REASONS
from services.petition.domain.moves import SINGLE, STATES
from services.petition.domain.policy import LADDER
from services.petition.schemas import ID, WORDS, Text


def distinct(values):
    """Raises ValidationError when a value comes twice."""
    if len(set(values)) < len(values):
        raise validate.ValidationError("同一张照片只能用一次")


class Flag(fields.Boolean):
    """true or false, and nothing that only looks like it."""

    def __init__(self, **kwargs):
        super().__init__(truthy={True}, falsy={False}, **kwargs)


class Photos(fields.List):
    """Ids of photos uploaded before."""

    def __init__(self, **kwargs):
        super().__init__(fields.String(validate=ID), validate=[validate.Length(max=9), distinct], **kwargs)


class Written(Body):
    """来信的内容；posted 是所在地点的二维码，origin 是村友圈原帖的编号"""

    text = Text(required=True, validate=WORDS)
    category = fields.String(required=True, validate=ID)
    urgency = fields.String(load_default="normal", validate=validate.OneOf(URGENCIES))
    recipient = fields.String(required=True, validate=validate.OneOf(LADDER))
    place = Text(load_default=None, allow_none=True, validate=validate.Length(1, 200))
    photos = Photos(load_default=list)
    about = fields.String(load_default=None, allow_none=True, validate=validate.OneOf(LADDER))
    answers = fields.Dict(
        fields.String(validate=ID), fields.String(validate=ID), load_default=dict, validate=validate.Length(max=20)
    )
    open_to_public = Flag(load_default=False)
    posted = fields.String(load_default=None, allow_none=True, validate=ID)
    origin = fields.String(load_default=None, allow_none=True, validate=ID)


class Letter(Written):
    """来信"""

    anonymity = fields.Integer(required=True, strict=True, validate=validate.OneOf(ANONYMITY))
    channel = fields.String(load_default="app", validate=validate.OneOf(WRITTEN_BY))


class Words(Body):
    """What is said with a move; which of it is needed, the table of moves knows."""

    move = fields.String(required=True, validate=validate.OneOf(SINGLE))
    text = Text(validate=WORDS)
    outcome = fields.String(validate=validate.OneOf([outcome for outcome in OUTCOMES if outcome not in ENDED]))
    stars = fields.Integer(strict=True, validate=validate.Range(1, 5))
    confirmed = Flag()
    amount = fields.Integer(strict=True, validate=validate.Range(1, 10_000))
    open_to_public = Flag()
    public_answer = Text(validate=WORDS)
    call = fields.String(validate=validate.OneOf(CALLS))
    department = fields.String(validate=ID)
    right_owner = fields.String(validate=ID)


class Says(Words):
    """A move of somebody who has signed in, and may have uploaded photos."""

    photos = Photos()


class Code(fields.String):
    """A claim code, however its digits are grouped."""

    def _deserialize(self, value, *args, **kwargs):
        return "".join(filter(str.isdigit, super()._deserialize(value, *args, **kwargs)))


class Claim(Body):
    """编号和查询码: what an anonymous author follows her letter by."""

    number = fields.String(required=True, validate=ID)
    code = Code(required=True, validate=validate.Length(equal=16))


class ClaimantSays(Claim, Words):
    """A move of an anonymous author."""


class Look(Body):
    """为什么要看来信人是谁"""

    reason = fields.String(required=True, validate=validate.OneOf(list(LOOK_REASONS), error="请从列表中选择查看原因"))
    words = Text(load_default=None, validate=validate.Length(2, 200))


class OfficeQuery(Paging):
    """Which letters of one's office, or of the department `unit`; without a state all that is open."""

    unit = fields.String(load_default=None, validate=ID)

    state = fields.String(load_default=None, validate=validate.OneOf(STATES))


class Uploaded(Schema):
    """已上传的照片"""

    id = fields.String()


class Receipt(Schema):
    """回执；查询码只在匿名来信时给出"""

    id = fields.String()
    number = fields.String()
    state = fields.String()
    claim_code = Secret()


class Summary(Schema):
    """一封来信在列表中"""

    id = fields.String()
    number = fields.String()
    state = fields.String()
    level = fields.String()
    office = fields.String()
    category = fields.String()
    urgency = fields.String()
    anonymity = fields.Integer()
    channel = fields.String()
    round = fields.Integer()
    submitted_at = fields.AwareDateTime()
    promised_at = fields.AwareDateTime()
    provisional = fields.Boolean()


class LetterRow(Summary):
    """一封来信在办理单位的列表中；owed_at 是下一件该办的事的期限，department 是承办部门"""

    owed_at = fields.AwareDateTime()
    department = fields.String()


class Entry(Schema):
    """办理经过中的一条"""

    what = fields.String()
    part = fields.String()
    at = fields.AwareDateTime()
    level = fields.String()
    office = fields.String()
    text = fields.String()


class Breach(Schema):
    """一次超期"""

    clock = fields.String()
    level = fields.String()
    round = fields.Integer()
    due_at = fields.AwareDateTime()


class PromiseChange(Schema):
    """应办时间的一次改变，words 说明原因"""

    at = fields.AwareDateTime()
    was = fields.AwareDateTime()
    due_at = fields.AwareDateTime()
    words = fields.String()


class Routed(Schema):
    """由哪一级办理，按哪一条规则；来信人只看到说明"""

    edition = fields.Integer()
    position = fields.Integer()
    name = fields.String()
    level = fields.String()
    words = fields.String()


class Matter(Summary):
    """一封来信"""

    text = fields.String()
    place = fields.String()
    photos = fields.List(fields.String())
    author = fields.String()
    about = fields.String()
    answers = fields.Dict()
    routed = fields.Nested(Routed)
    outcome = fields.String()
    confirmed = fields.Boolean()
    stars = fields.Integer()
    history = fields.List(fields.Nested(Entry))
    promise_changes = fields.List(fields.Nested(PromiseChange))
    breaches = fields.List(fields.Nested(Breach))
    waits_until = fields.AwareDateTime()
    asked = fields.String()
    amount = fields.Integer()
    open_to_public = fields.Boolean()
    public = fields.Boolean()
    public_answer = fields.String()
    parent = fields.String()
    duplicate_of = fields.String()
    lead_outcome = fields.String()
    call = fields.String()
    department = fields.String()
    right_owner = fields.String()
    transfers = fields.Integer()
    disputes = fields.Integer()


class Mine(Schema):
    """我的来信"""

    items = fields.List(fields.Nested(Summary))
    next = fields.String()


class LetterRows(Schema):
    """办理单位的来信，先到期的在前"""

    items = fields.List(fields.Nested(LetterRow))
    next = fields.String()


class Contact(Schema):
    """来信人的姓名和电话"""

    name = fields.String()
    phone = fields.String()
