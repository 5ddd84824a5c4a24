"""How clocks and the working calendar are kept and found."""

from functools import cache
from operator import itemgetter

import chinese_calendar

from chassis.store import Repository, index
from services.sla.domain.calendar import Calendar, CalendarNotFound, Year
from services.sla.domain.matter import Matter, MatterNotFound

CHINA = "china"


@cache
def known_years():
    """The years that this release's `chinesecalendar` knows, by year."""
    found = {}
    for day in sorted([*chinese_calendar.holidays, *chinese_calendar.workdays]):
        year = found.setdefault(str(day.year), Year([], [], "chinesecalendar"))
        off = day in chinese_calendar.holidays
        (year.holidays if off else year.workdays).append(day.isoformat())
    return found


class Calendars(Repository):
    """The one calendar; until something is saved it is what `chinesecalendar` knows."""

    aggregate, collection, missing = Calendar, "calendars", CalendarNotFound
    kept_seconds = 1  # what was counted with an older one is counted again
    known: tuple[dict | None, Calendar | None] = None, None

    def current(self):
        """The calendar to count with, to be read only."""
        row = next(iter(self.looked_up([CHINA])), None)
        if row is None:
            return Calendar(id=CHINA, years=dict(known_years()))
        if row is not self.known[0]:
            self.known = row, self.load(row)
        return self.known[1]

    def edit_current(self):
        """The calendar, to be changed in the block; inside a unit of work."""
        calendar = self.current()
        if not calendar.version:
            self.add(calendar)
        return self.edit(CHINA)

    def adopt(self):
        """Save the years of `chinesecalendar` that nobody has published here."""
        with self.edit_current() as calendar:
            calendar.adopt(known_years())

    def unreminded(self, at):
        """The calendar's id while somebody has to be reminded of next year."""
        return [CHINA] if self.current().lacks(at) else []

    def unadopted(self):
        """The calendar's id while it is unsaved or lacks a year that `chinesecalendar` knows."""
        calendar = self.current()
        return [] if calendar.version and known_years().keys() <= calendar.years.keys() else [CHINA]


class Matters(Repository):
    """`next_at` finds what is due to fire, `calendar` what a new calendar concerns."""

    aggregate, collection, missing = Matter, "matters", MatterNotFound
    indexes = [index("next_at"), index("calendar"), index("subject", "source")]

    def due(self, at):
        """Ids of matters that are due to fire, oldest first."""
        return self.ids({"next_at": {"$lt": at}}, [("next_at", 1)])

    def outdated(self, version):
        """Ids of matters of which a running clock was counted with an older calendar."""
        return self.ids({"calendar": {"$lt": version}}, [("calendar", 1)])

    def clocks_of(self, subject, source=None):
        """The clocks of one matter with its `source` and `subject`, in order of their start."""
        owner = {"source": source} if source else {}
        found = [
            vars(clock) | {"source": matter.source, "subject": matter.subject}
            for matter in self.find({"subject": subject, **owner})
            for clock in matter.clocks
        ]
        return sorted(found, key=itemgetter("started_at"))
