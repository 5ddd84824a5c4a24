"""The kinds of value a fact may carry: ids, codes, counts, categories and times, never a person's data.

A fact's fields are made of these classes only (`tests/test_contracts.py` refuses others), so a name,
a phone number, an address or the text of a letter has no field it could travel in.
Every field takes its Chinese meaning, which the catalogue prints. A kind says how plain values are read and written
fast, what its JSON Schema is, and what a sample looks like.
"""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

from marshmallow import Schema, ValidationError, fields, validate

from contracts.sdk.quick import Plain, Reads, T, each, plain, reader, writer
from contracts.sdk.samples import TIME, sample_id, samples

ID = re.compile(r"[A-Za-z0-9_.:-]{1,80}")
CODE = re.compile(r"[a-z0-9][a-z0-9_.-]{0,63}")
PHONE_OR_ID_NUMBER = re.compile(r"(\+?86)?1[3-9]\d{9}|\d{17}[\dXx]")
PERSONAL = {"type": "string", "pattern": f"^(?:{PHONE_OR_ID_NUMBER.pattern})$"}
PERSONAL_NUMBERS = {
    "type": "integer",
    "anyOf": [
        {"minimum": 13_000_000_000, "maximum": 19_999_999_999},
        {"minimum": 8_613_000_000_000, "maximum": 8_619_999_999_999},
        {"minimum": 10**17, "maximum": 10**18 - 1},
    ],
}
SHORT = 10**10  # whole numbers below it have fewer digits than a phone


def refuse_personal(value: object) -> None:
    """Raise ValidationError when the whole value is a mainland phone or resident ID number."""
    if PHONE_OR_ID_NUMBER.fullmatch(str(value)):
        raise ValidationError("looks like a phone or ID number; facts carry none")


class Kind(fields.Field):
    """Mixin of every field a fact may have; `meaning` is its Chinese sentence in the catalogue."""

    if TYPE_CHECKING:  # what a fact is read by; a schema keeps its fields elsewhere

        def __get__(self: Reads[T], fact: object, cls: type) -> T: ...

    def __init__(self, meaning: str, *args: Any, optional: bool = False, **kwargs: Any) -> None:
        if optional:
            kwargs |= {"load_default": None, "allow_none": True}
        super().__init__(*args, required=not optional, metadata={"meaning": meaning}, **kwargs)

    def plain_reader(self) -> Plain:
        """A function that returns what `deserialize` would of a plain value, or raises NotPlain."""
        return self.deserialize

    def plain_writer(self) -> Plain | None:
        """A function that returns what `serialize` would of a plain value; None: the value as it is."""

    def json_schema(self) -> dict[str, Any]:
        """JSON Schema of the field, null allowed where it is optional."""
        found = self.form()
        if self.allow_none:
            found["type"] = [found["type"], "null"]
            if "enum" in found:
                found["enum"] = [*found["enum"], None]
        return found | {"description": self.metadata["meaning"]}

    def form(self) -> dict[str, Any]:
        """JSON Schema of a value that is there."""
        raise NotImplementedError

    def sample(self) -> Any:
        """A value for golden examples, as it travels."""
        raise NotImplementedError


class Word(Kind, fields.String):
    """Text of one pattern, in which no phone or ID number fits."""

    pattern: re.Pattern[str]

    def __init__(self, meaning: str, **kwargs: Any) -> None:
        checks = [validate.Regexp(self.pattern.pattern + r"\Z"), refuse_personal]
        super().__init__(meaning, validate=checks, **kwargs)

    def plain_reader(self) -> Plain:
        matches, personal = self.pattern.fullmatch, PHONE_OR_ID_NUMBER.fullmatch
        return plain(str, lambda value: matches(value) and not personal(value))

    def form(self) -> dict[str, Any]:
        return {"type": "string", "pattern": f"^(?:{self.pattern.pattern})$", "not": PERSONAL}


class Id(Word):
    """The id of a thing or a person: opaque, 1–80 characters of [A-Za-z0-9_.:-]."""

    pattern = ID

    def sample(self) -> Any:
        return sample_id("matter")


class Code(Word):
    """A machine word from a list that may grow: lower case, at most 64 characters."""

    pattern = CODE

    def sample(self) -> Any:
        return "sample"


class Category(Kind, fields.String):
    """One of a closed list of words; a new word is an additive change, a removed one is breaking."""

    def __init__(self, meaning: str, choices: Sequence[Any], **kwargs: Any) -> None:
        super().__init__(meaning, validate=validate.OneOf(choices), **kwargs)
        self.choices = choices

    def plain_reader(self) -> Plain:
        return plain(str, frozenset(self.choices).__contains__)

    def form(self) -> dict[str, Any]:
        return {"type": "string", "enum": list(self.choices)}

    def sample(self) -> Any:
        return self.choices[0]


class Count(Kind, fields.Integer):
    """A whole number ≥ 0."""

    def __init__(self, meaning: str, **kwargs: Any) -> None:
        super().__init__(meaning, strict=True, validate=[validate.Range(min=0), refuse_personal], **kwargs)

    def plain_reader(self) -> Plain:
        return plain(int, range(SHORT).__contains__)

    def form(self) -> dict[str, Any]:
        return {"type": "integer", "minimum": 0, "not": PERSONAL_NUMBERS}

    def sample(self) -> Any:
        return 1


class Flag(Kind, fields.Boolean):
    """True or false."""

    def plain_reader(self) -> Plain:
        return plain(bool, lambda value: True)

    def form(self) -> dict[str, Any]:
        return {"type": "boolean"}

    def sample(self) -> Any:
        return True


class Moment(Kind, fields.AwareDateTime):
    """A moment in UTC, RFC 3339 with milliseconds."""

    def __init__(self, meaning: str, **kwargs: Any) -> None:
        super().__init__(meaning, default_timezone=UTC, **kwargs)

    def plain_writer(self) -> Plain | None:
        return rfc3339

    def form(self) -> dict[str, Any]:
        return {"type": "string", "format": "date-time"}

    def sample(self) -> Any:
        return TIME

    def _serialize(self, value: Any, attr: str | None, obj: Any, **kwargs: Any) -> str | None:
        return None if value is None else rfc3339(value)


class PlaceName(Kind, fields.String):
    """The public name of a place in the national register (大同镇陶坝村), at most 60 characters; never a person's."""

    def __init__(self, meaning: str, **kwargs: Any) -> None:
        super().__init__(meaning, validate=[validate.Length(1, 60), refuse_personal], **kwargs)

    def form(self) -> dict[str, Any]:
        return {"type": "string", "minLength": 1, "maxLength": 60, "not": PERSONAL}

    def sample(self) -> Any:
        return "大同镇陶坝村"


class Several(Kind, fields.List):
    """A list of one kind."""

    inner: Kind

    if TYPE_CHECKING:

        def __get__(self, fact: object, cls: type) -> list[Any]: ...

    def __init__(self, meaning: str, of: "Kind", **kwargs: Any) -> None:
        super().__init__(meaning, of, **kwargs)

    def plain_reader(self) -> Plain:
        return each(self.inner.plain_reader())

    def plain_writer(self) -> Plain | None:
        return each(self.inner.plain_writer())

    def form(self) -> dict[str, Any]:
        return {"type": "array", "items": self.inner.json_schema()}

    def sample(self) -> Any:
        return [self.inner.sample()]


class Part(Kind, fields.Nested):
    """A small structure made of kinds itself."""

    nested: type[Schema]

    def __init__(self, meaning: str, schema: type[Schema], **kwargs: Any) -> None:
        super().__init__(meaning, schema, **kwargs)

    def plain_reader(self) -> Plain:
        return reader(self.schema)

    def plain_writer(self) -> Plain | None:
        return writer(self.schema)

    def form(self) -> dict[str, Any]:
        return data_schema(self.nested)

    def sample(self) -> Any:
        return samples(self.nested)


def data_schema(schema: type[Schema]) -> dict[str, Any]:
    """JSON Schema of a fact's data, or of a part of it."""
    fields: Mapping[str, Any] = schema().fields
    return {
        "type": "object",
        "properties": {name: field.json_schema() for name, field in fields.items()},
        "required": [name for name, field in fields.items() if field.required],
    }


def rfc3339(moment: datetime) -> str:
    """`2026-11-22T07:45:00.123Z` for an aware datetime."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
