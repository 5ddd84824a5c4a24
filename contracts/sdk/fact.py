"""What a fact is: one marshmallow class each, strict when written and tolerant when read."""

from collections.abc import Iterator
from datetime import datetime
from functools import cache
from typing import Any, Literal

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError

from contracts.sdk.kinds import Kind
from contracts.sdk.quick import NotPlain, Plain, reader, writer

__all__ = ["Fact", "PartOf", "ValidationError", "is_kind", "kinds_of", "producer_of", "read", "write"]


class Fact(Schema):
    """The data of one kind of domain event.

    A subclass says its wire name (`petition.submitted`) and version, declares its fields with
    `contracts.sdk.kinds` and describes itself in a Chinese docstring. The class is never instantiated by services:
    a domain records it (`self.record(PetitionSubmitted, number=…)`), a handler names it (`@on(PetitionSubmitted)`),
    and is given an Envelope, which it declares as `fact: PetitionSubmitted`: fields read as the types of their kinds.
    """

    id: str
    source: str
    subject: str
    sequence: int
    time: datetime
    regionid: str | None

    name = ""
    version = 1

    class Meta:
        unknown = RAISE

    @classmethod
    def wire(cls) -> str:
        """Wire type and routing key: `petition.submitted.v1`."""
        return f"{cls.name}.v{cls.version}"

    @classmethod
    def producer(cls) -> str:
        """The service that alone may publish it: `petition`."""
        return producer_of(cls.name)


def producer_of(name: str) -> str:
    """The service that alone may publish what is called so: `petition` for `petition.submitted.v1`."""
    return name.partition(".")[0]


class PartOf(Schema):
    """A structure inside a fact (see `kinds.Part`)."""

    class Meta:
        unknown = EXCLUDE


def write(fact: type[Fact], values: dict[str, Any]) -> dict[str, Any]:
    """JSON-ready data of a new fact; raises marshmallow.ValidationError when a field is unknown, missing or invalid."""
    schema, read, write = _schema(fact, RAISE)
    if unknown := values.keys() - schema.fields.keys():
        schema.load(schema.dump(values) | dict.fromkeys(unknown))
    try:
        data = write(values)
        read(data)
    except (NotPlain, AttributeError):
        data = schema.dump(values)
        schema.load(data)
    return data


def read(fact: type[Fact], data: dict[str, Any]) -> dict[str, Any]:
    """Python values of a received fact; unknown fields are ignored, invalid ones raise ValidationError."""
    schema, read, _ = _schema(fact, EXCLUDE)
    try:
        return read(data)
    except NotPlain:
        return schema.load(data)


@cache
def _schema(fact: type[Fact], unknown: Literal["exclude", "raise"]) -> tuple[Schema, Plain, Plain]:
    schema = fact(unknown=unknown)
    return schema, reader(schema), writer(schema)


def kinds_of(schema: type[Schema]) -> Iterator[tuple[str, Any]]:
    """Every (path, field) of a fact, nested ones too; what is not a Kind breaks the personal-data rule."""
    for name, field in schema().fields.items():
        yield name, field
        inner = getattr(field, "inner", field)
        if inner is not field:
            yield f"{name}[]", inner
        if hasattr(inner, "nested"):
            for path, part in kinds_of(inner.nested):
                yield f"{name}.{path}", part


def is_kind(field: object) -> bool:
    """Whether a field is one of the kinds a fact may carry."""
    return isinstance(field, Kind)
