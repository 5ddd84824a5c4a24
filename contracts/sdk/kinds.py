"""The kinds of value a fact may carry: ids, codes, counts, categories and times, never a person's data.

A fact's fields are made of these classes only (`tests/test_contracts.py` refuses others), so a name,
a phone number, an address or the text of a letter has no field it could travel in.
Every field takes its Chinese meaning, which the catalogue prints.
"""

import re
from datetime import UTC
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

from marshmallow import ValidationError, fields, validate

ID = re.compile(r"[A-Za-z0-9_.:-]{1,80}")
CODE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
PHONE_OR_ID_NUMBER = re.compile(r"(\+?86)?1[3-9]\d{9}|\d{17}[\dXx]")
SHORT = 10**10  # whole numbers below it have fewer digits than a phone
T = TypeVar("T", covariant=True)


def refuse_personal(value):
    """Raise ValidationError when the whole value is a mainland phone or resident ID number."""
    if PHONE_OR_ID_NUMBER.fullmatch(str(value)):
        raise ValidationError("looks like a phone or ID number; facts carry none")


class Reads(Protocol[T]):
    """A field that reads values of type T."""

    def _deserialize(self, value: Any, attr: str | None, data: Any, **kwargs: Any) -> T: ...


class Kind:
    """Mixin of every field a fact may have; `meaning` is its Chinese sentence in the catalogue."""

    if TYPE_CHECKING:  # what a fact is read by; a schema keeps its fields elsewhere

        def __get__(self: Reads[T], fact: object, cls: type) -> T: ...

    def __init__(self, meaning, *args, optional=False, **kwargs):
        if optional:
            kwargs |= {"load_default": None, "allow_none": True}
        super().__init__(*args, required=not optional, metadata={"meaning": meaning}, **kwargs)


class Id(Kind, fields.String):
    """The id of a thing or a person: opaque, 1–80 characters of [A-Za-z0-9_.:-]."""

    def __init__(self, meaning, **kwargs):
        checks = [validate.Regexp(ID.pattern + r"\Z"), refuse_personal]
        super().__init__(meaning, validate=checks, **kwargs)


class Code(Kind, fields.String):
    """A machine word from a list that may grow: lower case, at most 64 characters."""

    def __init__(self, meaning, **kwargs):
        checks = [validate.Regexp(CODE.pattern + r"\Z"), refuse_personal]
        super().__init__(meaning, validate=checks, **kwargs)


class Category(Kind, fields.String):
    """One of a closed list of words; a new word is an additive change, a removed one is breaking."""

    def __init__(self, meaning, choices, **kwargs):
        super().__init__(meaning, validate=validate.OneOf(choices), **kwargs)
        self.choices = choices


class Count(Kind, fields.Integer):
    """A whole number ≥ 0."""

    def __init__(self, meaning, **kwargs):
        super().__init__(meaning, strict=True, validate=[validate.Range(min=0), refuse_personal], **kwargs)


class Flag(Kind, fields.Boolean):
    """True or false."""


class Moment(Kind, fields.AwareDateTime):
    """A moment in UTC, RFC 3339 with milliseconds."""

    def __init__(self, meaning, **kwargs):
        super().__init__(meaning, default_timezone=UTC, **kwargs)

    def _serialize(self, value, attr, obj, **kwargs):
        return None if value is None else rfc3339(value)


class PlaceName(Kind, fields.String):
    """The public name of a place in the national register (大同镇陶坝村), at most 60 characters; never a person's."""

    def __init__(self, meaning, **kwargs):
        super().__init__(meaning, validate=[validate.Length(1, 60), refuse_personal], **kwargs)


class Several(Kind, fields.List):
    """A list of one kind."""

    if TYPE_CHECKING:

        def __get__(self, fact: object, cls: type) -> list[Any]: ...

    def __init__(self, meaning, of, **kwargs):
        super().__init__(meaning, of, **kwargs)


class Part(Kind, fields.Nested):
    """A small structure made of kinds itself."""

    def __init__(self, meaning, schema, **kwargs):
        super().__init__(meaning, schema, **kwargs)


def rfc3339(moment):
    """`2026-11-22T07:45:00.123Z` for an aware datetime."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
