"""What a fact is: one marshmallow class each, strict when written and tolerant when read."""

from marshmallow import EXCLUDE, RAISE, Schema, ValidationError

from contracts.kinds import Kind

__all__ = ["Fact", "PartOf", "ValidationError", "is_kind", "kinds_of", "read", "write"]


class Fact(Schema):
    """The data of one kind of domain event.

    A subclass says its wire name (`petition.submitted`) and version, declares its fields with
    `contracts.kinds` and describes itself in a Chinese docstring. The class is never instantiated by services:
    a domain records it (`self.record(PetitionSubmitted, number=…)`), a handler names it (`@on(PetitionSubmitted)`).
    """

    name = ""
    version = 1

    class Meta:
        unknown = RAISE

    @classmethod
    def wire(cls):
        """Wire type and routing key: `petition.submitted.v1`."""
        return f"{cls.name}.v{cls.version}"

    @classmethod
    def producer(cls):
        """The service that alone may publish it: `petition`."""
        return cls.name.partition(".")[0]


class PartOf(Schema):
    """A structure inside a fact (see `kinds.Part`)."""

    class Meta:
        unknown = EXCLUDE


def write(fact, values):
    """JSON-ready data of a new fact; raises marshmallow.ValidationError when a field is unknown, missing or invalid."""
    schema = _schema(fact, RAISE)
    unknown = values.keys() - schema.fields.keys()
    data = schema.dump(values) | dict.fromkeys(unknown)
    schema.load(data)
    return data


def read(fact, data):
    """Python values of a received fact; unknown fields are ignored, invalid ones raise ValidationError."""
    return _schema(fact, EXCLUDE).load(data)


_schemas: dict = {}


def _schema(fact, unknown):
    if (fact, unknown) not in _schemas:
        _schemas[fact, unknown] = fact(unknown=unknown)
    return _schemas[fact, unknown]


def kinds_of(schema):
    """Every (path, field) of a fact, nested ones too; what is not a Kind breaks the personal-data rule."""
    for name, field in schema().fields.items():
        yield name, field
        inner = getattr(field, "inner", field)
        if inner is not field:
            yield f"{name}[]", inner
        if hasattr(inner, "nested"):
            for path, part in kinds_of(inner.nested):
                yield f"{name}.{path}", part


def is_kind(field):
    """Whether a field is one of the kinds a fact may carry."""
    return isinstance(field, Kind)
