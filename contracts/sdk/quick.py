"""Reading and writing the usual case fast: plain values. All else is left to marshmallow, which says what is wrong.

Each reader returns just what its field's `deserialize` would, each writer what `serialize` would, or raises;
`tests/test_quick_reading.py` holds them against marshmallow.
"""

from functools import singledispatch

from marshmallow import ValidationError

from contracts.sdk import kinds


class Doubt(Exception):
    """Not plain: ask marshmallow."""


def reader(schema):
    """A function that does what `schema.load` does with unknown fields left out, or raises Doubt."""
    needed = [(name, _reader(field)) for name, field in schema.fields.items() if field.required]
    optional = [(name, _reader(field)) for name, field in schema.fields.items() if not field.required]

    def read(data):
        if type(data) is not dict:
            raise Doubt
        try:
            values = {name: one(data[name]) for name, one in needed}
            for name, one in optional:
                value = data.get(name)
                values[name] = None if value is None else one(value)
        except (KeyError, TypeError, AttributeError, ValidationError):
            raise Doubt from None
        return values

    return read


@singledispatch
def _reader(field):
    return field.deserialize


@_reader.register
def _(field: kinds.Id):
    return _word(kinds.ID)


@_reader.register
def _(field: kinds.Code):
    return _word(kinds.CODE)


def _word(pattern):
    matches, personal = pattern.fullmatch, kinds.PHONE_OR_ID_NUMBER.fullmatch
    return _plain(str, lambda value: matches(value) and not personal(value))


@_reader.register
def _(field: kinds.Category):
    return _plain(str, frozenset(field.choices).__contains__)


@_reader.register
def _(field: kinds.Count):
    return _plain(int, range(kinds.SHORT).__contains__)


@_reader.register
def _(field: kinds.Flag):
    return _plain(bool, lambda value: True)


def _plain(kind, fits):
    def read(value):
        if type(value) is kind and fits(value):
            return value
        raise Doubt

    return read


@_reader.register
def _(field: kinds.Several):
    one = _reader(field.inner)

    def read(value):
        if type(value) is not list:
            raise Doubt
        return [one(each) for each in value]

    return read


@_reader.register
def _(field: kinds.Part):
    return reader(field.schema)


def writer(schema):
    """A function that does what `schema.dump` does with a dict of plain values, or raises Doubt; it checks nothing."""
    fields = [(name, _writer(field)) for name, field in schema.fields.items()]

    def write(values):
        if type(values) is not dict:
            raise Doubt
        there = ((name, one, values[name]) for name, one in fields if name in values)
        return {name: value if value is None or one is None else one(value) for name, one, value in there}

    return write


@singledispatch
def _writer(field):
    return None


@_writer.register
def _(field: kinds.Moment):
    return kinds.rfc3339


@_writer.register
def _(field: kinds.Several):
    one = _writer(field.inner)

    def write(value):
        if type(value) is not list:
            raise Doubt
        return [one(each) for each in value] if one else value

    return write


@_writer.register
def _(field: kinds.Part):
    return writer(field.schema)
