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

from chassis.pages import asyncapi, catalogue, roles, service
from contracts.sdk.examples import example
from contracts.sdk.registry import all_facts
from contracts.sdk.schema import DIALECT, envelope_schema

ROOT = Path(__file__).parents[2]
PUBLISHED, SERVICES = "contracts/published", "docs/services"


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
    there = {str(path.relative_to(root)) for path in _generated(root)}
    changed = {path for path, text in wanted.items() if not _same(root / path, text)}
    return sorted(changed | there - wanted.keys())


def write(wanted, root):
    """Bring the generated files up to date."""
    for path in stale(wanted, root):
        root.joinpath(path).unlink(missing_ok=True)
    for path, text in wanted.items():
        root.joinpath(path).parent.mkdir(parents=True, exist_ok=True)
        root.joinpath(path).write_text(text, "utf-8")


def as_json(value):
    """JSON as it is published."""
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _generated(root):
    return [*root.joinpath(PUBLISHED).rglob("*.json"), *root.joinpath(SERVICES).glob("*.md")]


def _same(path, text):
    return path.exists() and path.read_text("utf-8") == text
