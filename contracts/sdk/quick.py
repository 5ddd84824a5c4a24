"""Reading and writing the usual case fast: plain values. All else is left to marshmallow, which says what is wrong.

Each reader returns just what its field's `deserialize` would, each writer what `serialize` would, or raises;
`tests/test_quick_reading.py` holds them against marshmallow. A kind says how it is read and written
(`Kind.plain_reader`, `Kind.plain_writer`).
"""

from collections.abc import Callable, Mapping
from typing import Any, Protocol, TypeVar

from marshmallow import Schema, ValidationError

Plain = Callable[[Any], Any]
T = TypeVar("T", covariant=True)


class Reads(Protocol[T]):
    """A field that reads values of type T."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> T: ...


class NotPlain(Exception):
    """Not plain: ask marshmallow."""


def reader(schema: Schema) -> Plain:
    """A function that does what `schema.load` does with unknown fields left out, or raises NotPlain."""
    kinds: Mapping[str, Any] = schema.fields
    needed = [(name, kind.plain_reader()) for name, kind in kinds.items() if kind.required]
    optional = [(name, kind.plain_reader()) for name, kind in kinds.items() if not kind.required]

    def read(data):
        if type(data) is not dict:
            raise NotPlain
        try:
            values = {name: one(data[name]) for name, one in needed}
            for name, one in optional:
                value = data.get(name)
                values[name] = None if value is None else one(value)
        except (KeyError, TypeError, AttributeError, ValidationError):
            raise NotPlain from None
        return values

    return read


def plain(kind: type, fits: Callable[[Any], object]) -> Plain:
    """A reader of values of just this type that fit, as they are."""

    def read(value):
        if type(value) is kind and fits(value):
            return value
        raise NotPlain

    return read


def each(one: Plain | None) -> Plain:
    """A reader or writer of lists of what `one` reads or writes; None: as they are."""

    def read(value):
        if type(value) is not list:
            raise NotPlain
        return [one(item) for item in value] if one else value

    return read


def writer(schema: Schema) -> Plain:
    """A function that does what `schema.dump` does with a dict of plain values, or raises NotPlain; checks nothing."""
    kinds: Mapping[str, Any] = schema.fields
    fields = [(name, kind.plain_writer()) for name, kind in kinds.items()]

    def write(values):
        if type(values) is not dict:
            raise NotPlain
        there = ((name, one, values[name]) for name, one in fields if name in values)
        return {name: value if value is None or one is None else one(value) for name, one, value in there}

    return write
