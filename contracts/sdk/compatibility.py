"""The gate before every release: a released fact may grow, never break those who read it.

python -m contracts.sdk.compatibility            says what would break; exit 1 if anything does
python -m contracts.sdk.compatibility release    adds today's form to released.json
"""

import json
import sys
from pathlib import Path

from contracts.sdk.registry import all_facts
from contracts.sdk.schema import data_schema

RELEASED = Path(__file__).parents[1] / "released.json"
FOLLOWED = ("properties", "required", "items", "enum", "description")


def current():
    """Wire type → JSON Schema of the data, as the code says now."""
    return {fact.wire(): data_schema(fact) for fact in all_facts()}


def released():
    """Wire type → JSON Schema of the data, as it was released last."""
    return json.loads(RELEASED.read_text("utf-8"))


def breaks(old, new):
    """Sentences: each way in which readers of `old` would break on `new` (both: wire type → schema)."""
    lost = [f"{wire}: the fact was removed" for wire in old.keys() - new.keys()]
    return sorted(lost + [line for wire in old.keys() & new.keys() for line in _breaks(wire, old[wire], new[wire])])


def _breaks(path, old, new):
    if _form(old) != _form(new):
        yield f"{path}: retyped"
    yield from (f"{path}: the word {word!r} was removed" for word in _all(old, "enum") - _all(new, "enum"))
    yield from (f"{path}.{name}: newly required" for name in _all(new, "required") - _all(old, "required"))
    yield from (f"{path}.{name}: made optional" for name in _all(old, "required") - _all(new, "required"))
    for name, field in old.get("properties", {}).items():
        yield from _field_breaks(f"{path}.{name}", field, new.get("properties", {}).get(name))
    if "items" in old and "items" in new:
        yield from _breaks(f"{path}[]", old["items"], new["items"])


def _field_breaks(path, old, new):
    return [f"{path}: lost"] if new is None else _breaks(path, old, new)


def _form(schema):
    return {key: value for key, value in schema.items() if key not in FOLLOWED} | {"closed": "enum" in schema}


def _all(schema, key):
    return set(schema.get(key, []))


def main(arguments):
    """What breaks; when nothing does and `release` is asked for, today's form is kept."""
    found = breaks(released(), current())
    if not found and arguments == ["release"]:
        RELEASED.write_text(json.dumps(current(), ensure_ascii=False, indent=1, sort_keys=True) + "\n", "utf-8")
    return found


if __name__ == "__main__":
    sys.exit("\n".join(main(sys.argv[1:])) or 0)
