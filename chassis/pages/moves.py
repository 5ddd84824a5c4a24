"""Tables of moves of a service's matters, and their states as diagrams."""

import dataclasses
import re

from chassis.domain import BACK, Transition
from chassis.pages.facts import title
from chassis.pages.text import code, mermaid, table
from chassis.store import Repository

HEADS = ["move 动作", "who 谁", "in 状态", "leads to 到", "needs 须说明", "fact 事实", "besides 另有"]
LEGEND = """A move without a state to lead to changes none. ✗: it is not confirmed.
没有“到”的动作不改变状态；✗ 表示不予确认。"""
CHINESE = re.compile(r"[\u4e00-\u9fff]+")


def matters(repositories):
    """Lines about each kind of matter that follows a table of moves."""
    found = {each: _table(each) for each in repositories if _table(each)}
    kinds = dict.fromkeys(type(row) for moves in found.values() for row in moves.values())
    yield from [LEGEND, *_explained(kinds)] if found else []
    for repository, moves in found.items():
        yield from _matter(repository, moves)


def _table(repository):
    return getattr(repository.aggregate, "moves", None) if isinstance(repository, Repository) else None


def _matter(repository, moves):
    chinese = CHINESE.match(repository.aggregate.__doc__)
    yield from ["", f"### {repository.collection} {chinese.group() if chinese else ''}".rstrip(), ""]
    yield from mermaid("stateDiagram-v2", states(moves, _default(repository.aggregate)))
    yield from ["", *table(HEADS, [_cells(name, row) for name, row in _rows(moves)])]


def states(moves, first=None):
    """Lines of a state diagram that begins with `first`, else with what no move leads to.

    One arrow for all moves between two states; a move that changes no state is not drawn.
    """
    arrows: dict[tuple[str, str], list[str]] = {}
    for name, row in _rows(moves):
        for source, target in _ends(row, moves):
            arrows.setdefault((source, target), []).append(name)
    left, reached = ([*dict.fromkeys(arrow[end] for arrow in arrows)] for end in (0, 1))
    begin = [first] if first else [state for state in left if state not in reached]
    yield from (f"[*] --> {state}" for state in begin)
    yield from (f"{source} --> {target} : {', '.join(names)}" for (source, target), names in arrows.items())
    yield from (f"{state} --> [*]" for state in reached if state not in left)


def _rows(moves):
    for name, row in moves.items():
        yield name, row
        if row.refuted:
            yield f"{name} ✗", row.refuted


def _ends(row, moves):
    """Pairs of states that a row leads from and to; back is to where those come from that lead to the state."""
    for source in row.sources:
        if row.target == BACK:
            waits = [each for _, each in _rows(moves) if each.target == source]
            yield from ((source, target) for target in dict.fromkeys(state for each in waits for state in each.sources))
        elif row.target:
            yield source, row.target


def _default(aggregate):
    """The state that a new one is in, None where none is declared."""
    known = {each.name: each.default for each in dataclasses.fields(aggregate)}
    return known["state"] if isinstance(known.get("state"), str) else None


def _cells(name, row):
    who, states = ", ".join((row.part, *row.also)), ", ".join(row.sources)
    fact = f"{title(row.fact)}<br>`{row.fact.name}`" if row.fact else "—"
    target = "back 原状态" if row.target == BACK else row.target or "—"
    return [f"`{name}`", who, states, target, code(sorted(row.needs)), fact, _besides(row)]


def _besides(row):
    """What the row says in fields of its own, where it says anything."""
    known = {each.name for each in dataclasses.fields(Transition)}
    own = {each.name: getattr(row, each.name) for each in dataclasses.fields(row) if each.name not in known}
    return "; ".join(f"`{name}`{_value(value)}" for name, value in own.items() if value)


def _value(value):
    if value is True:
        return ""
    if isinstance(value, dict):
        return " " + ", ".join(f"{name}: {order}" for name, order in value.items())
    return f" {value if isinstance(value, str | int) else ', '.join(map(str, sorted(value)))}"


def _explained(kinds):
    """What the docstrings of classes of rows say of their own fields, after the first paragraph."""
    told = [" ".join(kind.__doc__.partition("\n\n")[2].split()) for kind in kinds if kind is not Transition]
    return [f"Besides 另有: {text}" for text in told if text]
