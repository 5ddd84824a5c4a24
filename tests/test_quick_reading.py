"""Facts are read and written fast when they are plain, and always just as marshmallow alone would do it."""

import copy

import pytest
from hypothesis import given
from hypothesis import strategies as st
from marshmallow import EXCLUDE, ValidationError

from contracts.petition.letters import PetitionSubmitted
from contracts.sdk import fact as facts
from contracts.sdk.examples import example
from contracts.sdk.quick import reader
from contracts.sdk.registry import all_facts

GONE = "gone"
ODD = [GONE, None, "", " ", "中", "x" * 100, "A b", "13800138000", "51018319900101123X", "1", "true", "start\n",
       "2026-11-22T07:45:00Z", "2026-11-22T07:45:00", 0, -1, 1.0, 1.5, True, 13_800_138_000, 10**10, 10**30,
       float("nan"), [], [None], ["x"], {}, {"unit": "days"}]  # fmt: skip
odd = st.sampled_from(ODD) | st.text(max_size=5) | st.integers()


def marshmallow_alone(fact, data):
    return outcome(fact(unknown=EXCLUDE).load, data)


def outcome(read, *args):
    try:
        return read(*args)
    except ValidationError as error:
        return error.normalized_messages()


def places(data):
    """Every (container, key) in nested data."""
    pairs = data.items() if isinstance(data, dict) else enumerate(data)
    for key, value in list(pairs):
        yield data, key
        if isinstance(value, dict | list):
            yield from places(value)


@pytest.mark.parametrize("fact", all_facts(), ids=lambda fact: fact.name)
def test_an_example_is_plain(fact):
    data = example(fact)["data"]
    assert reader(fact(unknown=EXCLUDE))(data) == marshmallow_alone(fact, data)


@given(st.sampled_from(all_facts()), st.data())
def test_whatever_a_fact_carries_marshmallow_alone_would_read_it_so(fact, drawn):
    data = copy.deepcopy(example(fact)["data"]) | {"unknown": 1}
    for _ in range(drawn.draw(st.integers(1, 2))):
        container, key = drawn.draw(st.sampled_from(list(places(data)) or [(data, "unknown")]))
        value = copy.deepcopy(drawn.draw(odd))
        if value != GONE:
            container[key] = value
        elif isinstance(container, dict):
            container.pop(key, None)
    assert outcome(facts.read, fact, data) == marshmallow_alone(fact, data)


@given(st.sampled_from(all_facts()), odd)
def test_data_of_another_shape_is_refused_as_marshmallow_does(fact, data):
    assert outcome(facts.read, fact, data) == marshmallow_alone(fact, data)


def told_or_refused(write, fact, values):
    try:
        return outcome(write, fact, values)
    except (AttributeError, TypeError, ValueError) as error:
        return type(error)


def written_by_marshmallow(fact, values):
    schema = fact()
    data = schema.dump(values)
    schema.load(data | dict.fromkeys(values.keys() - schema.fields.keys()))
    return data


@given(st.sampled_from(all_facts()), st.data())
def test_whatever_is_to_be_told_marshmallow_alone_would_write_it_so(fact, drawn):
    values = facts.read(fact, example(fact)["data"])
    if found := list(places(values)):
        container, key = drawn.draw(st.sampled_from(found))
        container[key] = copy.deepcopy(drawn.draw(odd))
    assert told_or_refused(facts.write, fact, values) == told_or_refused(written_by_marshmallow, fact, values)


def test_what_has_no_field_is_not_written_at_any_depth():
    order = example(PetitionSubmitted)["data"]["clocks"][0]
    values = facts.read(PetitionSubmitted, example(PetitionSubmitted)["data"]) | {"clocks": [order | {"name": "x"}]}
    assert facts.write(PetitionSubmitted, values)["clocks"] == [order]
    with pytest.raises(ValidationError):
        facts.write(PetitionSubmitted, values | {"name": "x"})
