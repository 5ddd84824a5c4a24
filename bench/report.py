"""The figures of a run: a table of ratios, the conditions they hold for, and the charts."""

import os
import platform
from dataclasses import dataclass
from datetime import UTC, datetime
from math import inf
from pathlib import Path
from statistics import median

from bench import charts

HERE = Path(__file__).parent
HEAD = """\
# Results of `make bench`

Written by the run, on {when}: {machine}, {rounds} rounds, {minutes:.0f} minutes.
Ratios are what counts; the figures they come from belong to this machine and this run.

- Every pair ran in one run on one machine, side after side in alternating rounds, each side warmed up before it was
  measured, each a process of its own on the same broker and database. Ours ran as in production (`chassis.run`,
  accounts with least rights); peers with an administrator's account.
- Peers had quorum queues like ours, and the same bytes: the golden `petition.submitted`, each with ids of its own.
  Consumers' queues were filled before. Throughput was counted from outside: documents, or messages in queues.
- Shown is the median of the rounds, and the least and greatest of them. A ratio is taken in each round.
- `goal`: reached the goal; `bar`: reached the bar; **below**: did not reach the bar; –: shown for comparison.

| measure | against | ratio or figure | ours | theirs | bar | goal | |
|---|---|---|---|---|---|---|---|
"""


@dataclass
class Row:
    """One measure beside its peer, a figure per round; without a peer the figure itself is held against the bar."""

    title: str
    against: str
    ours: list
    theirs: list
    bar: float | None = None
    goal: float | None = None
    unit: str = ""
    lower: bool = False

    @property
    def figures(self):
        """What is judged: the ratio of each round, or our figure of each."""
        return [_ratio(a, b) for a, b in zip(self.ours, self.theirs, strict=True)] if self.theirs else self.ours

    @property
    def verdict(self):
        """`goal`, `bar`, `**below**`, or – where there is no bar."""
        if self.bar is None:
            return "–"
        return "goal" if self._reaches(self.goal) else "bar" if self._reaches(self.bar) else "**below**"

    def _reaches(self, wanted):
        return median(self.figures) <= wanted if self.lower else median(self.figures) >= wanted

    def line(self):
        """A line of the table."""
        sign, times = "≤" if self.lower else "≥", " ×" if self.theirs else f" {self.unit}"
        bars = [f"{sign} {limit:g}{times}" if limit else "–" for limit in (self.bar, self.goal)]
        ours, theirs = (f"{spread(side)} {self.unit}" if side else "–" for side in (self.ours, self.theirs))
        cells = [self.title, self.against, f"**{spread(self.figures)}{times}**", ours, theirs, *bars, self.verdict]
        return f"| {' | '.join(cells)} |"


def spread(figures):
    """`4.2 (3.9–4.4)`: median, least and greatest."""
    middle, low, high = (_short(each) for each in (median(figures), min(figures), max(figures)))
    return f"{middle} ({low}–{high})"


def _ratio(ours, theirs):
    return ours / theirs if theirs else inf if ours else 1.0


def _short(figure):
    digits = next(digits for limit, digits in ((10, 2), (100, 1), (inf, 0)) if figure <= limit)
    return f"{figure:,.{digits}f}"


def line(found):
    """One round's figures, in a line: of a measure, or of each side of it."""
    sides = {f"{side} {name}": each[name] for side, each in found.items() if isinstance(each, dict) for name in each}
    return ", ".join(f"{name} {_short(figure)}" for name, figure in (sides or found).items())


def percentile(values, percent):
    """The value that so many per cent of the sorted values do not exceed."""
    return values[min(len(values) - 1, len(values) * percent // 100)]


def write(rows, rounds, seconds):
    """`RESULTS.md` and the charts."""
    head = HEAD.format(when=f"{datetime.now(UTC):%Y-%m-%d}", machine=machine(), rounds=rounds, minutes=seconds / 60)
    pictures = charts.draw(rows, HERE / "charts")
    shown = "\n".join(f"![{title}](charts/{name})" for title, name in pictures)
    HERE.joinpath("RESULTS.md").write_text(f"{head}{table(rows)}\n\n{shown}\n", encoding="utf-8")


def table(rows):
    """The lines of the table."""
    return "\n".join(row.line() for row in rows)


def machine():
    """What it ran on."""
    return f"{os.cpu_count()} cores, {platform.system()} {platform.machine()}, Python {platform.python_version()}"
