"""What a command found, as a table for people or as JSON for programs."""

import json
from datetime import datetime

import click
from rich.console import Console
from rich.table import Table


def rows(found, as_json):
    """A list of dicts with the same keys."""
    if as_json:
        return value(found)
    found = list(found)
    if not found:
        return click.echo("nothing")
    table = Table(*found[0], box=None, pad_edge=False)
    for row in found:
        table.add_row(*map(_cell, row.values()))
    Console(width=None if Console().is_terminal else 240).print(table, markup=False)


def value(found):
    """Anything, as JSON."""
    click.echo(json.dumps(found, ensure_ascii=False, default=_plain))


def fields(found, as_json):
    """One dict, a line for each of its fields."""
    if as_json:
        return value(found)
    for name, one in found.items():
        click.echo(f"{name:12} {_cell(one)}")


def _cell(one):
    if isinstance(one, dict):
        return " ".join(f"{name}={_cell(each)}" for name, each in one.items())
    if isinstance(one, list):
        return " ".join(map(_cell, one))
    if isinstance(one, datetime):
        return f"{one.astimezone():%m-%d %H:%M:%S.%f}"[:-3]
    return "-" if one is None else str(one)


def _plain(one):
    return one.isoformat() if isinstance(one, datetime) else str(one)
