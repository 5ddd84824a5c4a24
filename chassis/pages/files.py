"""The generated files: which there are, which are stale, and writing them.

contracts/published/schemas/TYPE.json     JSON Schema of the whole envelope
contracts/published/examples/TYPE.json    a golden example
contracts/published/asyncapi.json         AsyncAPI 3
docs/catalogue.md                         the facts, Chinese and English
docs/roles.md                             who may do what
docs/services/README.md                   the services, and who tells whom
docs/services/NAME.md                     one service: routes, roles, moves, facts, settings, collections
"""

import json
from pathlib import Path

from chassis.pages import asyncapi, catalogue, generated, roles, service
from contracts.sdk.examples import example
from contracts.sdk.registry import all_facts
from contracts.sdk.schema import DIALECT, envelope_schema

ROOT = Path(__file__).parents[2]
PUBLISHED, SERVICES = "contracts/published", "docs/services"
GENERATED = (f"{PUBLISHED}/**/*.json", f"{SERVICES}/*.md")


def files(classes):
    """Path below the root → text of every generated file; `classes` are the services by name."""
    found = {
        f"{PUBLISHED}/asyncapi.json": as_json(asyncapi.document(classes)),
        "docs/catalogue.md": catalogue.page(classes),
        "docs/roles.md": roles.page(classes),
        f"{SERVICES}/README.md": service.index(classes),
    }
    for fact in all_facts():
        schema = {"$schema": DIALECT, "$id": f"urn:xiangyin:{fact.wire()}", **envelope_schema(fact)}
        found[f"{PUBLISHED}/schemas/{fact.wire()}.json"] = as_json(schema)
        found[f"{PUBLISHED}/examples/{fact.wire()}.json"] = as_json(example(fact))
    return found | {f"{SERVICES}/{name}.md": service.page(name, classes) for name in classes}


def stale(wanted, root=ROOT):
    """Paths of generated files that are missing, out of date or left over; `wanted` is what `files` says."""
    return generated.stale(wanted, root, GENERATED)


def write(wanted, root):
    """Bring the generated files up to date."""
    generated.write(wanted, root, GENERATED)


def as_json(value):
    """JSON as it is published."""
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"
