"""The published language: what is written is checked, what is read is tolerated, what is released stays."""

import copy
import json
import re
from datetime import UTC, datetime
from functools import cache, singledispatch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator, FormatChecker
from marshmallow import ValidationError, fields

from chassis.pages.files import PUBLISHED, ROOT
from contracts.petition.letters import PetitionSubmitted
from contracts.sdk import compatibility, kinds
from contracts.sdk.envelope import Envelope, Undecodable, parse, render
from contracts.sdk.examples import example
from contracts.sdk.fact import Fact, is_kind, kinds_of, read, write
from contracts.sdk.registry import all_facts, by_wire, carrying
from contracts.sdk.schema import data_schema, envelope_schema, meanings

FACTS = all_facts()
PERSONAL_WORDS = {
    *("name", "surname", "nickname", "phone", "mobile", "tel", "telephone", "email", "wechat", "openid", "address"),
    *("street", "idcard", "identity", "passport", "birthday", "birthdate", "gender", "ethnicity", "password", "secret"),
    *("token", "otp", "text", "title", "body", "content", "letter", "comment", "note", "remark", "answer", "reply"),
    *("latitude", "longitude", "姓名", "电话", "手机", "身份证", "住址", "地址"),
}
PHONES_AND_ID_NUMBERS = ["13800138000", "+8613800138000", "8615912345678", "510183199001011234", "51018319900101123X"]

every_fact = pytest.mark.parametrize("fact", FACTS, ids=lambda fact: fact.wire())


@cache
def validator(fact):
    return Draft202012Validator(envelope_schema(fact), format_checker=FormatChecker())


def good(fact):
    """Python values of a good fact."""
    return read(fact, example(fact)["data"])


def envelope(fact, data):
    return Envelope(
        id="0197a3c0-25e9-7c88-8617-955ff2b1c96d",
        source=f"/{fact.producer()}",
        type=fact.wire(),
        subject="a-matter",
        sequence=7,
        time=datetime(2026, 11, 22, 7, 45, tzinfo=UTC),
        regionid="510183122211",
        traceparent=None,
        correlationid=None,
        causationid=None,
        data=data,
    )


# published files


@every_fact
def test_each_schema_is_a_json_schema(fact):
    Draft202012Validator.check_schema(envelope_schema(fact))


@every_fact
def test_each_golden_example_is_read_and_fits_its_schema(fact):
    published = ROOT / PUBLISHED / "examples" / f"{fact.wire()}.json"
    body = published.read_bytes()
    validator(fact).validate(json.loads(body))
    found = parse(body, by_wire())
    assert (found.type, found.sequence) == (fact.wire(), 1)
    assert write(fact, found.data) == json.loads(body)["data"]


@every_fact
def test_each_fact_is_described_in_chinese_and_english(fact):
    chinese, english = meanings(fact)
    assert any("\u4e00" <= char <= "\u9fff" for char in chinese)
    assert english.isascii()
    assert english.endswith(".")


@every_fact
def test_each_wire_name_is_producer_dot_past_tense_and_its_class_is_in_the_producers_module(fact):
    module = fact.__module__.removeprefix("contracts.")
    assert re.split(r"\W", module)[0] == fact.producer()
    assert fact.name.count(".") == 1
    assert fact.wire() == f"{fact.name}.v{fact.version}"


# strict when written


@every_fact
def test_an_unknown_field_is_not_written(fact):
    with pytest.raises(ValidationError):
        write(fact, good(fact) | {"surprise": 1})


@every_fact
def test_a_missing_field_is_not_written(fact):
    for name in data_schema(fact)["required"]:
        with pytest.raises(ValidationError):
            write(fact, {key: value for key, value in good(fact).items() if key != name})


@every_fact
def test_an_invalid_field_is_not_written(fact):
    for name in fact().fields:
        with pytest.raises((ValidationError, ValueError, TypeError, AttributeError)):
            write(fact, good(fact) | {name: "不合规 " * 30})


# tolerant when read


@every_fact
def test_unknown_fields_are_ignored_when_read(fact):
    newer = copy.deepcopy(example(fact)) | {"newattribute": "x"}
    newer["data"]["new_field"] = {"deep": 1}
    for order in newer["data"].get("clocks", []):
        order["new_field"] = 1
    assert parse(json.dumps(newer), by_wire()).data == good(fact)
    validator(fact).validate(newer)


@every_fact
def test_an_optional_field_may_be_absent_or_null(fact):
    for name, field in fact().fields.items():
        if field.allow_none:
            data = example(fact)["data"]
            assert read(fact, data | {name: None})[name] is None
            del data[name]
            assert read(fact, data)[name] is None


BROKEN = {
    "not json": b"{",
    "not utf-8": b"\xff\xfe",
    "not an object": b"[]",
    "a number": b"1",
    "no type": b"{}",
    "unknown type": json.dumps(example(PetitionSubmitted) | {"type": "petition.vanished.v1"}).encode(),
    "no sequence": json.dumps({k: v for k, v in example(PetitionSubmitted).items() if k != "sequence"}).encode(),
    "sequence of words": json.dumps(example(PetitionSubmitted) | {"sequence": "first"}).encode(),
    "time of words": json.dumps(example(PetitionSubmitted) | {"time": "yesterday"}).encode(),
    "sequence below 1": json.dumps(example(PetitionSubmitted) | {"sequence": "0"}).encode(),
    "sequence too long": json.dumps(example(PetitionSubmitted) | {"sequence": "9" * 5000}).encode(),
    "sequence without end": json.dumps(example(PetitionSubmitted) | {"sequence": float("inf")}).encode(),
    "time before all time": json.dumps(example(PetitionSubmitted) | {"time": "0001-01-01T00:00:00+14:00"}).encode(),
    "subject is an object": json.dumps(example(PetitionSubmitted) | {"subject": {"$gt": ""}}).encode(),
    "id is null": json.dumps(example(PetitionSubmitted) | {"id": None}).encode(),
    "region is a list": json.dumps(example(PetitionSubmitted) | {"regionid": ["510183"]}).encode(),
    "time without offset": json.dumps(example(PetitionSubmitted) | {"time": "2026-11-22T07:45:00"}).encode(),
    "nested without end": b"[" * 100_000,
    "data is null": json.dumps(example(PetitionSubmitted) | {"data": None}).encode(),
    "data is a list": json.dumps(example(PetitionSubmitted) | {"data": []}).encode(),
    "data lacks a field": json.dumps(example(PetitionSubmitted) | {"data": {}}).encode(),
}


@pytest.mark.parametrize("body", BROKEN.values(), ids=BROKEN.keys())
def test_what_cannot_be_read_is_undecodable_and_the_reason_never_quotes_it(body):
    with pytest.raises(Undecodable) as caught:
        parse(body, by_wire())
    assert "yesterday" not in caught.value.reason
    assert "QL-2026" not in caught.value.reason


# no personal data on the bus


@every_fact
def test_every_field_is_a_kind_that_facts_may_carry(fact):
    assert [path for path, field in kinds_of(fact) if not is_kind(field)] == []


@every_fact
def test_no_field_is_called_like_personal_data(fact):
    assert [path for path, _ in kinds_of(fact) if called_personal(path)] == []


def called_personal(path):
    return PERSONAL_WORDS & set(path.rpartition(".")[2].removesuffix("[]").split("_"))


@pytest.mark.parametrize(
    "name", ["name", "villager_name", "phone", "address", "id_card.phone", "letter_text", "phones[].tel"]
)
def test_the_rule_knows_such_names(name):
    assert called_personal(name)


def test_a_plain_field_is_found_also_deep_inside():
    class Deep(Fact):
        items = kinds.Several("一些", kinds.Part("一个", type("Item", (Fact,), {"remark": fields.String()})))

    assert [path for path, field in kinds_of(Deep) if not is_kind(field)] == ["items.remark"]


@pytest.mark.parametrize("value", PHONES_AND_ID_NUMBERS)
@pytest.mark.parametrize("kind", [kinds.Id, kinds.Code, kinds.PlaceName])
def test_a_phone_or_id_number_is_no_id_code_or_place(kind, value):
    with pytest.raises(ValidationError):
        kind("值").deserialize(value)
    one = type("One", (Fact,), {"value": kind("值")})
    assert not Draft202012Validator(data_schema(one)).is_valid({"value": value})


@pytest.mark.parametrize("value", [13800138000, 8613800138000, 510183199001011234])
def test_a_phone_or_id_number_is_no_count(value):
    with pytest.raises(ValidationError):
        kinds.Count("数").deserialize(value)
    one = type("One", (Fact,), {"value": kinds.Count("数")})
    assert not Draft202012Validator(data_schema(one)).is_valid({"value": value})


@pytest.mark.parametrize("kind", [kinds.Id, kinds.Code])
@pytest.mark.parametrize("value", ["", "王秀英", "河边有垃圾", "a b", "x" * 81, "a\n"])
def test_an_id_or_code_has_no_room_for_words_of_a_person(kind, value):
    with pytest.raises(ValidationError):
        kind("值").deserialize(value)


# compatibility with what was released


def test_nothing_released_is_broken():
    assert compatibility.breaks(compatibility.released(), compatibility.current()) == []


def test_every_fact_that_exists_is_released_when_the_release_is_made(tmp_path, monkeypatch):
    monkeypatch.setattr(compatibility, "RELEASED", tmp_path / "released.json")
    compatibility.RELEASED.write_text("{}")
    assert compatibility.main(["release"]) == []
    assert compatibility.released() == compatibility.current()


class V(Fact):
    """A made-up released fact."""

    number = kinds.Id("编号")
    stars = kinds.Count("星", optional=True)
    level = kinds.Category("层级", ("town", "village"))
    words = kinds.Several("词", kinds.Category("词", ("a", "b")))


def breaks(**changed):
    """What breaks when fields of V are changed; None takes one away."""
    now = {name: field for name, field in (V._declared_fields | changed).items() if field}
    return compatibility.breaks({"v": data_schema(V)}, {"v": data_schema(Fact.from_dict(now))})


BREAKING = {
    "v.number: lost": {"number": None},
    "v.stars: retyped": {"stars": kinds.Code("星", optional=True)},
    "v.extra: newly required": {"extra": kinds.Id("新")},
    "v.stars: newly required": {"stars": kinds.Count("星")},
    "v.number: made optional": {"number": kinds.Id("编号", optional=True)},
    "v.level: the word 'town' was removed": {"level": kinds.Category("层级", ("village",))},
    "v.level: retyped": {"level": kinds.Code("层级")},
    "v.words[]: the word 'b' was removed": {"words": kinds.Several("词", kinds.Category("词", ("a",)))},
    "v.words: retyped": {"words": kinds.Category("词", ("a", "b"))},
}


@pytest.mark.parametrize(("sentence", "changed"), BREAKING.items(), ids=BREAKING.keys())
def test_a_breaking_change_is_refused(sentence, changed):
    assert sentence in breaks(**changed)


def test_a_removed_fact_is_refused():
    assert compatibility.breaks({"v": data_schema(V)}, {}) == ["v: the fact was removed"]


ADDITIVE = {
    "nothing": {},
    "a new optional field": {"extra": kinds.Id("新", optional=True)},
    "a new word": {"level": kinds.Category("层级", ("city", "town", "village"))},
    "another meaning": {"number": kinds.Id("查询编号")},
}


@pytest.mark.parametrize("changed", ADDITIVE.values(), ids=ADDITIVE.keys())
def test_an_additive_change_is_free(changed):
    assert breaks(**changed) == []


def test_a_new_fact_is_free():
    assert compatibility.breaks({}, {"v": data_schema(V)}) == []


def test_a_breaking_release_is_not_kept(tmp_path, monkeypatch):
    monkeypatch.setattr(compatibility, "RELEASED", tmp_path / "released.json")
    before = json.dumps({"market.sold.v1": data_schema(V)})
    compatibility.RELEASED.write_text(before)
    assert compatibility.main(["release"]) == ["market.sold.v1: the fact was removed"]
    assert compatibility.RELEASED.read_text() == before


# any fact, written, sent and read again, is the same


@singledispatch
def values(field):
    raise TypeError(field)


@values.register
def _(field: kinds.Id):
    return st.from_regex(kinds.ID, fullmatch=True).filter(lambda text: not kinds.PHONE_OR_ID_NUMBER.fullmatch(text))


@values.register
def _(field: kinds.Code):
    return st.from_regex(kinds.CODE, fullmatch=True).filter(lambda text: not kinds.PHONE_OR_ID_NUMBER.fullmatch(text))


@values.register
def _(field: kinds.Category):
    return st.sampled_from(field.validate.choices)


@values.register
def _(field: kinds.Count):
    return st.integers(0, 10**9)


@values.register
def _(field: kinds.Flag):
    return st.booleans()


@values.register
def _(field: kinds.Moment):
    return st.integers(0, 4_000_000_000_000).map(lambda ms: datetime.fromtimestamp(ms / 1000, UTC))


@values.register
def _(field: kinds.PlaceName):
    return st.text(st.characters(codec="utf-8"), min_size=1, max_size=10).filter(lambda text: not text.isdigit())


@values.register
def _(field: kinds.Several):
    return st.lists(values(field.inner), max_size=3)


@values.register
def _(field: kinds.Part):
    return data_of(field.nested)


def data_of(schema):
    drawn = {
        name: st.none() | values(field) if field.allow_none else values(field)
        for name, field in schema().fields.items()
    }
    return st.fixed_dictionaries(drawn)


facts_with_data = st.sampled_from(FACTS).flatmap(lambda fact: st.tuples(st.just(fact), data_of(fact)))


@pytest.mark.costly
@settings(max_examples=150, deadline=None)
@given(facts_with_data)
def test_a_fact_written_sent_and_read_is_the_same_and_fits_its_schema(drawn):
    fact, data = drawn
    sent = envelope(fact, write(fact, data))
    body = render(sent)
    validator(fact).validate(json.loads(body))
    assert parse(body, by_wire()) == envelope(fact, data)


@settings(max_examples=100, deadline=None)
@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_any_json_is_read_or_undecodable(raw):
    try:
        parse(json.dumps(raw), by_wire())
    except Undecodable:
        return


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(FACTS), st.data())
def test_a_fact_with_one_field_spoilt_is_read_or_undecodable(fact, data):
    raw = example(fact)
    if raw["data"]:
        name = data.draw(st.sampled_from(sorted(raw["data"])))
        raw["data"][name] = data.draw(st.none() | st.integers() | st.text() | st.lists(st.integers()))
    try:
        parse(json.dumps(raw), by_wire())
    except Undecodable:
        return


def test_facts_with_clocks_are_found_by_their_field():
    assert PetitionSubmitted in carrying("clocks")
    assert all("clocks" in fact().fields for fact in carrying("clocks"))
