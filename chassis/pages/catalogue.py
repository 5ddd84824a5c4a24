"""docs/catalogue.md: every fact, its fields, who publishes and who consumes it."""

from itertools import groupby

from chassis.pages.facts import consumers
from chassis.pages.text import table
from contracts.sdk.fact import kinds_of
from contracts.sdk.registry import all_facts
from contracts.sdk.schema import meanings

HEAD = """# 事实目录 · Catalogue of facts

Written by `make docs` from `contracts/` and the handlers of the services. 由 `make docs` 生成，请勿手改。

The exchange is `PRODUCER.events`, the routing key the wire type (`petition.submitted.v1`).
A field marked `?` may be null.
交换机为 `生产者.events`，路由键即事实类型（`petition.submitted.v1`）；带 `?` 的字段可为空。"""
FACTS = ["fact 事实", "meaning 含义", "consumers 订阅者", "fields 字段"]
FIELDS = ["field 字段", "kind 类型", "meaning 含义", "facts 出现于"]


def page(classes):
    """The text of docs/catalogue.md, one table of facts and one of fields per producer."""
    readers, lines = consumers(classes), [HEAD]
    for producer, group in groupby(all_facts(), key=lambda fact: fact.producer()):
        facts = list(group)
        lines += ["", f"## {producer}", "", *table(FACTS, [_row(fact, readers) for fact in facts])]
        lines += ["", "### fields 字段", "", *table(FIELDS, _fields(facts))]
    return "\n".join(lines) + "\n"


def _row(fact, readers):
    fields = ", ".join(f"`{name}`" + ("?" if field.allow_none else "") for name, field in fact().fields.items())
    heard = ", ".join(readers.get(fact, [])) or "—"
    return [f"`{fact.wire()}`", "<br>".join(meanings(fact)), heard, fields or "—"]


def _fields(facts):
    rows: dict[tuple[str, str, str], list[str]] = {}
    for fact in facts:
        for path, field in kinds_of(fact):
            row = (path, type(field).__name__, field.metadata["meaning"])
            rows.setdefault(row, []).append(fact.name.partition(".")[2])
    for (path, kind, meaning), names in sorted(rows.items()):
        where = "all 全部" if len(names) == len(facts) else ", ".join(names)
        yield [f"`{path}`", kind, meaning, where]
