"""JSON Schema (draft 2020-12) of facts: of the data alone, and of the whole CloudEvents envelope.

As tolerant as a reader must be: unknown properties are allowed everywhere.
"""

from contracts.sdk.envelope import OPTIONAL
from contracts.sdk.kinds import data_schema

DIALECT = "https://json-schema.org/draft/2020-12/schema"
UUID = "^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}$"
ATTRIBUTES = {
    "specversion": {"const": "1.0"},
    "id": {"type": "string", "pattern": UUID},
    "source": {"type": "string"},
    "type": {"type": "string"},
    "subject": {"type": "string", "minLength": 1},
    "sequence": {"type": "string", "pattern": "^[0-9]{10,}$"},
    "time": {"type": "string", "format": "date-time"},
    "datacontenttype": {"const": "application/json"},
}
"""Attributes that every fact has; `source` and `type` are then those of the fact (`own_attributes`)."""


def envelope_schema(fact):
    """The schema of one fact as it travels: CloudEvents attributes and data."""
    common = common_schema()
    return {
        "title": fact.wire(),
        "description": " ".join(meanings(fact)),
        "type": "object",
        "properties": common["properties"] | own_attributes(fact) | {"data": data_schema(fact)},
        "required": [*common["required"], "data"],
    }


def common_schema():
    """The schema of what all facts have in common: the attributes, with and without which they travel."""
    return {
        "type": "object",
        "properties": ATTRIBUTES | {name: {"type": "string"} for name in OPTIONAL},
        "required": list(ATTRIBUTES),
    }


def own_attributes(fact):
    """The schemas of the attributes that tell one kind of fact from the others."""
    return {"source": {"const": f"/{fact.producer()}"}, "type": {"const": fact.wire()}}


def meanings(fact):
    """(Chinese, English) meaning of a fact, from its docstring."""
    chinese, _, english = fact.__doc__.strip().partition("\n")
    return chinese, english.strip()
