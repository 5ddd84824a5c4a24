"""期限的计算: pure functions of a start, a limit, the pauses and the calendar.

Source of the rules: 民法典 第二百零一条 (the first day is not counted), 第二百零三条 (the last ends with office hours).
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import inf

from services.sla.domain.calendar import DAY, Calendar, local_date

EARLIEST, LATEST = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
PERIODS = {"working_hours": timedelta(hours=1), "days": DAY, "seconds": timedelta(seconds=1)}
Span = tuple[datetime, datetime]  # since, until


@dataclass(frozen=True)
class Limit:
    """期限: an amount of working_days, working_hours, days (of 24 hours) or seconds."""

    amount: int
    unit: str

    @property
    def working(self) -> bool:
        """Whether only working time counts."""
        return self.unit.startswith("working")


def merged(spans: list[Span]) -> list[Span]:
    """Overlapping, nested and touching spans as the fewest that cover the same time, in order."""
    result: list[Span] = []
    for since, until in sorted(spans):
        if result and since <= result[-1][1]:
            result[-1] = (result[-1][0], max(until, result[-1][1]))
        else:
            result.append((since, until))
    return result


def without(windows: Iterable[Span], pauses: list[Span]) -> Iterator[Span]:
    """What `pauses` (merged) leave of `windows` (both in order); empty remainders may be among it."""
    for opens, closes in windows:
        for since, until in pauses:
            if since < closes and until > opens:
                if opens <= since:
                    yield opens, since
                opens = until
        if opens <= closes:
            yield opens, closes


def used_up(share: float, start: datetime, limit: Limit, pauses: list[Span], calendar: Calendar) -> datetime:
    """When `share` of the limit is used up, not counting the pauses (list of (since, until))."""
    return calendar.once(_used_up, share, _since(start, limit), limit, *pauses)


def due(start: datetime, limit: Limit, pauses: list[Span], calendar: Calendar) -> datetime:
    """The deadline: a pure function of the start, the limit, the pauses (list of (since, until)) and the calendar.

    working_days: office closing of the n-th working day after the start day, which is the next working day when the
    start is on none; paused working time is made up in full, and the day on which that ends is granted whole.
    working_hours: within working time. days, seconds: around the clock.
    """
    moment = used_up(1, start, limit, pauses, calendar)
    return calendar.once(Calendar.closing, local_date(moment)) if limit.unit == "working_days" else moment


def _since(start: datetime, limit: Limit) -> date | datetime:
    """What of the start matters: for working days only the date."""
    return local_date(start) if limit.unit == "working_days" else start


def _used_up(calendar: Calendar, share: float, since: date | datetime, limit: Limit, *pauses: Span) -> datetime:
    left = share * limit.amount * (PERIODS.get(limit.unit) or calendar.day_length())
    begin = since if isinstance(since, datetime) else calendar.closing(since)
    windows = calendar.windows_from(local_date(begin)) if limit.working else [(EARLIEST, LATEST)]
    for opens, closes in without(windows, merged([(EARLIEST, begin), *pauses])):
        if left <= closes - opens:
            break
        left -= closes - opens
    return opens + left


@dataclass(frozen=True)
class Step:
    """An order the clock followed, and when; `limit` is that of a rebase, or what an extension (延期) adds."""

    order: str
    at: datetime
    limit: Limit | None = None


DEPTH: dict[str, Callable[[float], float]] = {
    "start": lambda _: 0,
    "pause": lambda depth: depth + 1,
    "resume": lambda depth: max(0, depth - 1),
    "stop": lambda _: inf,
    "rebase": lambda depth: depth,
    "extend": lambda depth: depth,
}


def extended(limit: Limit, history: list[Step]) -> Limit:
    """The limit with all extensions (延期), whenever they were granted."""
    more = [step.limit.amount for step in history if step.order == "extend" and step.limit]
    return Limit(limit.amount + sum(more), limit.unit)


def standstills(history: list[Step]) -> tuple[list[Span], float]:
    """Ended spans of standing still, and the depth now: 0 running, inf stopped, else the pauses not resumed.

    Each pause needs a resume of its own, so of nested pauses the last resume counts; a start after a stop goes on.
    """
    depth, since = 0.0, EARLIEST
    spans: list[Span] = []
    for step in history:
        before, depth = depth, DEPTH[step.order](depth)
        if depth and not before:
            since = step.at
        elif before and not depth:
            spans.append((since, step.at))
    return spans, depth
