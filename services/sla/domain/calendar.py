"""工作日历: holidays, make-up workdays (调休) and office hours.

Source of the days: the State Council's yearly notice (国务院办公厅关于部分节假日安排的通知).
"""

import re
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta, timezone
from functools import lru_cache
from typing import Any

from chassis.domain import Aggregate, Missing, Unacceptable
from contracts.sla import CalendarMissing

SHANGHAI = timezone(timedelta(hours=8), "Asia/Shanghai")
DAY = timedelta(days=1)


class YearNotFound(Missing):
    """没有这一年的工作日历"""


class CalendarNotFound(Missing):
    """没有找到工作日历"""


class DayOutsideYear(Unacceptable):
    """放假和补班的日期都应当在这一年之内"""


class DayTwice(Unacceptable):
    """同一天不能既放假又补班"""


class MakeUpOnWeekday(Unacceptable):
    """补班日应当是星期六或星期日"""


class NoHolidays(Unacceptable):
    """放假安排里没有放假的日期"""


@dataclass(frozen=True)
class Year:
    """放假安排 of one year: ISO dates off, and weekend days worked instead (调休补班); `source` is who published it."""

    holidays: list[str]
    workdays: list[str]
    source: str


@dataclass(kw_only=True)
class Calendar(Aggregate):
    """工作日历: what was published of each year (`version` counts it); other years are Monday to Friday.

    `reminded` is the last year that was missed in time.
    """

    years: dict[str, Year] = field(default_factory=dict)
    hours: list[list[str]] = field(default_factory=lambda: [["09:00", "12:00"], ["13:30", "17:30"]])
    reminded: str = ""

    def __post_init__(self) -> None:
        super().__post_init__()
        self.counted: dict[tuple[Hashable, ...], Any] = {}

    def once(self, count: Callable[..., datetime], *key: Hashable) -> datetime:
        """`count(calendar, *key)`, counted only once until the calendar changes: most clocks of a day are alike."""
        if (count, *key) not in self.counted:
            self.counted[count, *key] = count(self, *key)
        return self.counted[count, *key]

    def publish(self, year: str, holidays: list[date], workdays: list[date], source: str) -> None:
        """Say, or say anew, which `date`s of `year` (`2027`, a string) are off and which weekend days are worked.

        Raises DayOutsideYear, DayTwice, MakeUpOnWeekday, NoHolidays.
        """
        require_possible(year, holidays, workdays)
        off, worked = ([day.isoformat() for day in sorted(set(some))] for some in (holidays, workdays))
        self.years[year] = Year(off, worked, source)
        self.counted.clear()

    def adopt(self, years: dict[str, Year]) -> None:
        """Take those of `years` that nobody has published here yet."""
        self.years = years | self.years
        self.counted.clear()

    def lacks(self, at: datetime) -> bool:
        """Whether it is December, next year is not published, and nobody was reminded of it."""
        today = local_date(at)
        year = str(today.year + 1)
        return today.month == 12 and year not in self.years and year != self.reminded

    def remind(self, at: datetime, city: str) -> None:
        """Say that next year is missing."""
        self.reminded, self.region = str(local_date(at).year + 1), city
        self.record(CalendarMissing, at, year=int(self.reminded))

    def describe(self, year: str) -> dict[str, Any]:
        """What is known of a year (`2027`), as {year, provisional, holidays, workdays}. Raises YearNotFound."""
        if not re.fullmatch(r"[12]\d{3}", year):
            raise YearNotFound()
        known = self.years.get(year, UNPUBLISHED)
        days = {"holidays": known.holidays, "workdays": known.workdays}
        return {"year": year, "provisional": known is UNPUBLISHED, **days}

    def workday(self, day: date) -> bool:
        """Whether people work on this `date`."""
        year = self.years.get(str(day.year), UNPUBLISHED)
        text = day.isoformat()
        return text in year.workdays or (day.weekday() < 5 and text not in year.holidays)

    def provisional(self, since: datetime, until: datetime) -> bool:
        """Whether the span between two moments touches a year not published yet."""
        years = range(local_date(since).year, local_date(until).year + 1)
        return any(str(year) not in self.years for year in years)

    def day_length(self) -> timedelta:
        """The working time of one day."""
        return sum((closes - opens for opens, closes in self.windows(date(2026, 1, 1))), timedelta())

    def windows(self, day: date) -> list[tuple[datetime, datetime]]:
        """The working time of a day as (opens, closes)."""
        return [(local(day, opens), local(day, closes)) for opens, closes in self.hours]

    def windows_from(self, day: date) -> Iterator[tuple[datetime, datetime]]:
        """Working time from this day on, without end."""
        while True:
            if self.workday(day):
                yield from self.windows(day)
            day += DAY

    def closing(self, day: date) -> datetime:
        """When office hours end on this day, or on the next working day."""
        while not self.workday(day):
            day += DAY
        return self.windows(day)[-1][1]


UNPUBLISHED = Year([], [], "")


def require_possible(year: str, holidays: list[date], workdays: list[date]) -> None:
    """Raise the rule that a list of holidays and make-up days breaks."""
    if not holidays:
        raise NoHolidays()
    if any(str(day.year) != year for day in [*holidays, *workdays]):
        raise DayOutsideYear()
    if set(holidays) & set(workdays):
        raise DayTwice()
    if any(day.weekday() < 5 for day in workdays):
        raise MakeUpOnWeekday()


def local_date(moment: datetime) -> date:
    """The date in 邛崃."""
    return moment.astimezone(SHANGHAI).date()


@lru_cache(10_000)
def local(day: date, clock: str) -> datetime:
    """The moment of `09:00` on a date in 邛崃."""
    return datetime.combine(day, time.fromisoformat(clock), SHANGHAI).astimezone(UTC)
