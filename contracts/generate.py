"""Writes what the facts say of themselves for others: `python -m contracts.generate`.

contracts/published/schemas/TYPE.json     JSON Schema of the whole envelope
contracts/published/examples/TYPE.json    a golden example
contracts/published/asyncapi.json         AsyncAPI 3
docs/catalogue.md                         the catalogue, Chinese and English
"""

import json
from itertools import groupby
from pathlib import Path

from contracts.readers import consumers
from contracts.sdk.envelope import CONTENT_TYPE
from contracts.sdk.examples import example
from contracts.sdk.fact import kinds_of
from contracts.sdk.registry import all_facts
from contracts.sdk.schema import DIALECT, envelope_schema, meanings

ROOT = Path(__file__).parents[1]
PUBLISHED = "contracts/published"
CATALOGUE = """# 事实目录 · Catalogue of facts

Written by `make contracts` from `contracts/*.py` and the services' docstrings.
由 `make contracts` 生成，请勿手改。

The exchange is `PRODUCER.events`, the routing key the wire type (`petition.submitted.v1`).
A field marked `?` may be null.
交换机为 `生产者.events`，路由键即事实类型（`petition.submitted.v1`）；带 `?` 的字段可为空。"""
HEAD = """
| fact 事实 | producer 生产者 | consumers 订阅者 | fields 字段 | meaning 含义 |
|---|---|---|---|---|"""
FIELDS_HEAD = """
### fields 字段

| field 字段 | kind 类型 | meaning 含义 | facts 出现于 |
|---|---|---|---|"""


def files():
    """Path below the root → text of every generated file."""
    found = {f"{PUBLISHED}/asyncapi.json": _json(asyncapi()), "docs/catalogue.md": catalogue()}
    for fact in all_facts():
        schema = {"$schema": DIALECT, "$id": f"urn:xiangyin:{fact.wire()}", **envelope_schema(fact)}
        found[f"{PUBLISHED}/schemas/{fact.wire()}.json"] = _json(schema)
        found[f"{PUBLISHED}/examples/{fact.wire()}.json"] = _json(example(fact))
    return found


def stale(root=ROOT):
    """Paths of generated files that are missing, out of date or left over."""
    wanted = files()
    there = {str(path.relative_to(root)) for path in root.joinpath(PUBLISHED).rglob("*.json")}
    changed = {path for path, text in wanted.items() if not _same(root / path, text)}
    return sorted(changed | there - wanted.keys())


def write(root=ROOT):
    """Bring the generated files up to date."""
    for path in stale(root):
        root.joinpath(path).unlink(missing_ok=True)
    for path, text in files().items():
        root.joinpath(path).parent.mkdir(parents=True, exist_ok=True)
        root.joinpath(path).write_text(text, "utf-8")


def asyncapi():
    """One channel per fact, one operation per producer and per consumer."""
    facts, readers = all_facts(), consumers()
    operations = {f"{fact.producer()}.sends.{fact.wire()}": _operation("send", fact) for fact in facts}
    for fact in facts:
        operations |= {f"{to}.receives.{fact.wire()}": _operation("receive", fact) for to in readers.get(fact.name, [])}
    return {
        "asyncapi": "3.0.0",
        "info": {"title": "乡音 Xiangyin", "version": "1.0.0", "description": "Facts of village life, told once."},
        "defaultContentType": CONTENT_TYPE,
        "channels": {fact.wire(): _channel(fact) for fact in facts},
        "operations": operations,
        "components": {"messages": {fact.wire(): _message(fact) for fact in facts}},
    }


def catalogue():
    """The Markdown catalogue, one table of facts and one of fields per producer."""
    readers = consumers()
    text = [CATALOGUE]
    for producer, group in groupby(all_facts(), key=lambda fact: fact.producer()):
        facts = list(group)
        text += [f"\n## {producer}\n{HEAD}", *(_fact_row(fact, readers.get(fact.name, [])) for fact in facts)]
        text += [FIELDS_HEAD, *_field_rows(facts)]
    return "\n".join(text) + "\n"


def _operation(action, fact):
    return {"action": action, "channel": {"$ref": f"#/channels/{fact.wire()}"}}


def _channel(fact):
    exchange = {"name": f"{fact.producer()}.events", "type": "topic", "durable": True, "autoDelete": False}
    return {
        "address": fact.wire(),
        "messages": {fact.wire(): {"$ref": f"#/components/messages/{fact.wire()}"}},
        "bindings": {"amqp": {"is": "routingKey", "exchange": exchange, "bindingVersion": "0.3.0"}},
    }


def _message(fact):
    chinese, english = meanings(fact)
    return {
        "name": fact.wire(),
        "title": chinese,
        "summary": english,
        "contentType": CONTENT_TYPE,
        "payload": envelope_schema(fact),
        "examples": [{"payload": example(fact)}],
    }


def _fact_row(fact, readers):
    fields = ", ".join(f"`{name}`" + ("?" if field.allow_none else "") for name, field in fact().fields.items())
    to = ", ".join(readers) or "—"
    return f"| `{fact.wire()}` | {fact.producer()} | {to} | {fields or '—'} | {'<br>'.join(meanings(fact))} |"


def _field_rows(facts):
    rows = {}
    for fact in facts:
        for path, field in kinds_of(fact):
            row = (path, type(field).__name__, field.metadata["meaning"])
            rows.setdefault(row, []).append(fact.name.partition(".")[2])
    for (path, kind, meaning), names in sorted(rows.items()):
        where = "all 全部" if len(names) == len(facts) else ", ".join(names)
        yield f"| `{path}` | {kind} | {meaning} | {where} |"


def _json(value):
    return json.dumps(value, ensure_ascii=False, indent=2) + "\n"


def _same(path, text):
    return path.exists() and path.read_text("utf-8") == text


if __name__ == "__main__":
    write()
