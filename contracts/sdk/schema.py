"""JSON Schema (draft 2020-12) of facts: of the data alone, and of the whole CloudEvents envelope.

As tolerant as a reader must be: unknown properties are allowed everywhere.
"""

from functools import singledispatch

from contracts.sdk import kinds
from contracts.sdk.envelope import OPTIONAL

DIALECT = "https://json-schema.org/draft/2020-12/schema"
ID = f"^(?:{kinds.ID.pattern})$"
PERSONAL = {"type": "string", "pattern": f"^(?:{kinds.PHONE_OR_ID_NUMBER.pattern})$"}
PERSONAL_NUMBERS = {
    "type": "integer",
    "anyOf": [
        {"minimum": 13_000_000_000, "maximum": 19_999_999_999},
        {"minimum": 8_613_000_000_000, "maximum": 8_619_999_999_999},
        {"minimum": 10**17, "maximum": 10**18 - 1},
    ],
}
UUID = "^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$"


def envelope_schema(fact):
    """The schema of one fact as it travels: CloudEvents attributes and data."""
    attributes = {
        "specversion": {"const": "1.0"},
        "id": {"type": "string", "pattern": UUID},
        "source": {"const": f"/{fact.producer()}"},
        "type": {"const": fact.wire()},
        "subject": {"type": "string", "minLength": 1},
        "sequence": {"type": "string", "pattern": "^[0-9]{10,}$"},
        "time": {"type": "string", "format": "date-time"},
        "datacontenttype": {"const": "application/json"},
    }
    return {
        "title": fact.wire(),
        "description": " ".join(meanings(fact)),
        "type": "object",
        "properties": attributes | {name: {"type": "string"} for name in OPTIONAL} | {"data": data_schema(fact)},
        "required": [*attributes, "data"],
    }


def data_schema(schema):
    """The schema of a fact's data, or of a part of it."""
    fields = schema().fields
    return {
        "type": "object",
        "properties": {name: _field(field) for name, field in fields.items()},
        "required": [name for name, field in fields.items() if field.required],
    }


def meanings(fact):
    """(Chinese, English) meaning of a fact, from its docstring."""
    chinese, _, english = fact.__doc__.strip().partition("\n")
    return chinese, english.strip()


def _field(field):
    found = _form(field)
    if field.allow_none:
        found["type"] = [found["type"], "null"]
        if "enum" in found:
            found["enum"] = [*found["enum"], None]
    return found | {"description": field.metadata["meaning"]}


@singledispatch
def _form(field):
    raise TypeError(f"{type(field).__name__} is not a kind that facts may carry")


@_form.register
def _(field: kinds.Id):
    return {"type": "string", "pattern": ID, "not": PERSONAL}


@_form.register
def _(field: kinds.Code):
    return {"type": "string", "pattern": f"^(?:{kinds.CODE.pattern})$", "not": PERSONAL}


@_form.register
def _(field: kinds.Category):
    return {"type": "string", "enum": list(field.choices)}


@_form.register
def _(field: kinds.Count):
    return {"type": "integer", "minimum": 0, "not": PERSONAL_NUMBERS}


@_form.register
def _(field: kinds.Flag):
    return {"type": "boolean"}


@_form.register
def _(field: kinds.Moment):
    return {"type": "string", "format": "date-time"}


@_form.register
def _(field: kinds.PlaceName):
    return {"type": "string", "minLength": 1, "maxLength": 60, "not": PERSONAL}


@_form.register
def _(field: kinds.Several):
    return {"type": "array", "items": _field(field.inner)}


@_form.register
def _(field: kinds.Part):
    return data_schema(field.nested)
