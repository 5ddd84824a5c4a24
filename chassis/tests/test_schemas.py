"""What marshmallow says to people is Chinese, whichever field or validator speaks."""

import enum
import inspect
import re

import pytest
from marshmallow import ValidationError, fields, validate

from chassis.schemas import Body, Paging

ENGLISH = re.compile(r"[A-Za-z]{4,} [a-z]")


class Colour(enum.Enum):
    RED = "red"


class Part(Body):
    size = fields.Integer(required=True)


class Everything(Body):
    """A field of each kind, each with validators."""

    text = fields.String(required=True, validate=validate.Length(2, 3))
    short = fields.String(validate=validate.Length(max=3))
    long = fields.String(validate=validate.Length(min=3))
    exact = fields.String(validate=validate.Length(equal=3))
    number = fields.Integer(validate=validate.Range(1, 5))
    least = fields.Float(validate=validate.Range(min=1, min_inclusive=False))
    most = fields.Decimal(validate=validate.Range(max=1))
    choice = fields.String(validate=validate.OneOf(["a"]))
    banned = fields.String(validate=validate.NoneOf(["a"]))
    pattern = fields.String(validate=validate.Regexp("a"))
    same = fields.String(validate=validate.Equal("a"))
    some = fields.List(fields.String(), validate=validate.ContainsOnly(["a"]))
    none = fields.List(fields.String(), validate=validate.ContainsNoneOf(["a"]))
    checked = fields.String(validate=validate.Predicate("isupper"))
    given = fields.String(validate=validate.Length(max=1, error="只能一个字"))
    address, mail = fields.Url(), fields.Email()
    day, clock, moment, span = fields.Date(), fields.Time(), fields.AwareDateTime(), fields.TimeDelta()
    key, net, colour = fields.UUID(), fields.IPInterface(), fields.Enum(Colour)
    four, six, any_ip = fields.IPv4(), fields.IPv6(), fields.IP()
    yes, pair, table = fields.Boolean(), fields.Tuple([fields.Integer()]), fields.Dict()
    part, parts = fields.Nested(Part), fields.List(fields.Nested(Part))


WRONG = [
    {},
    {"text": None},
    {"text": "a"},
    {"text": 1},
    {"short": "aaaa"},
    {"long": "a"},
    {"exact": "a"},
    {"number": 9},
    {"number": 1.5},
    {"number": float("inf")},
    {"least": 1},
    {"least": float("nan")},
    {"most": 2},
    {"choice": "b"},
    {"banned": "a"},
    {"pattern": "b"},
    {"same": "b"},
    {"some": ["b"]},
    {"none": ["a"]},
    {"checked": "a"},
    {"given": "aa"},
    {"address": "x"},
    {"mail": "x"},
    {"day": "x"},
    {"clock": "x"},
    {"moment": "x"},
    {"moment": "2026-01-01T00:00:00"},
    {"span": "x"},
    {"key": "x"},
    {"net": "x"},
    {"colour": "x"},
    {"four": "x"},
    {"six": "x"},
    {"any_ip": "x"},
    {"yes": "x"},
    {"pair": 1},
    {"table": 1},
    {"part": 1},
    {"part": {}},
    {"part": {"size": 1, "more": 1}},
    {"parts": [{"size": "x"}]},
    {"more": 1},
    [],
]


def sentences(messages):
    """Every sentence of nested error messages."""
    if isinstance(messages, dict):
        return [sentence for part in messages.values() for sentence in sentences(part)]
    return messages


@pytest.mark.parametrize("data", WRONG, ids=str)
def test_every_error_is_a_chinese_sentence(data):
    with pytest.raises(ValidationError) as refused:
        Everything().load(data)
    said = sentences(refused.value.messages)
    assert said
    for sentence in said:
        assert re.search("[\u4e00-\u9fff]", sentence) and not ENGLISH.search(sentence), sentence


def test_a_message_of_the_author_is_left_alone():
    with pytest.raises(ValidationError) as refused:
        Everything().load({"text": "aa", "given": "aa"})
    assert refused.value.messages == {"given": ["只能一个字"]}


def test_no_field_or_validator_of_marshmallow_speaks_english():
    members = inspect.getmembers(fields, inspect.isclass) + inspect.getmembers(validate, inspect.isclass)
    classes = [c for name, c in members if not name.startswith("_")]
    texts = [text for c in classes for text in getattr(c, "default_error_messages", {}).values()]
    texts += [t for c in classes for name, t in vars(c).items() if name.startswith(("message_", "default_message"))]
    assert len(texts) > 50
    assert [text for text in texts if ENGLISH.search(text)] == []


def test_paging_starts_at_the_first_page():
    assert Paging().load({}) == {"cursor": None, "limit": 20}
