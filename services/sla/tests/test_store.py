from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from services.sla.domain.clock import Clock, ClockNotFound
from services.sla.domain.counting import Step
from services.sla.store import CHINA, Calendars, Clocks, known_years

NINE = datetime(2026, 11, 23, 1, tzinfo=UTC)


def clock(calendars, subject="m1", start=NINE, amount=1, unit="working_hours", name="answer"):
    limit = {"amount": amount, "unit": unit}
    fact = SimpleNamespace(source="/petition", subject=subject, regionid="510183", time=start)
    return Clock.start(
        fact, {"order": "start", "clock": name, "round": 1, "level": "town", "limit": limit}, calendars.current()
    )


@pytest.mark.feature("S02")
def test_a_clock_comes_back_as_it_was_kept(store):
    clocks, calendars = store(Clocks), store(Calendars)
    kept = clock(calendars)
    clocks.add(kept)
    with clocks.edit(kept.id) as found:
        found.follow("pause", NINE + timedelta(minutes=10), calendars.current())
    again = clocks.get(kept.id)
    assert (again.limit, again.started_at, again.state) == (kept.limit, NINE, "paused")
    assert again.history == [Step("pause", NINE + timedelta(minutes=10))]
    assert (again.due_at, again.next_at, again.version) == (NINE + timedelta(hours=1), None, 2)


@pytest.mark.feature("S02")
def test_what_is_due_is_found_oldest_first_and_never_what_stands_still(store):
    clocks, calendars = store(Clocks), store(Calendars)
    for minutes in (30, 10, 20, 50):
        clocks.add(clock(calendars, f"m{minutes}", NINE + timedelta(minutes=minutes)))
    standing = clock(calendars, "paused")
    standing.follow("pause", NINE, calendars.current())
    clocks.add(standing)
    found = [clocks.get(key).subject for key in clocks.due(NINE + timedelta(minutes=90))]
    assert found == ["m10", "m20", "m30"]


@pytest.mark.feature("S01")
def test_running_working_clocks_of_an_older_calendar_are_found(store):
    clocks, calendars = store(Clocks), store(Calendars)
    clocks.add(clock(calendars, "old"))
    clocks.add(clock(calendars, "around-the-clock", unit="days"))
    calendars.adopt()
    clocks.add(clock(calendars, "new"))
    assert [clocks.get(key).subject for key in clocks.outdated(calendars.current().version)] == ["old"]


@pytest.mark.feature("S02")
def test_clocks_of_a_matter_are_listed_in_order_of_their_start(store):
    clocks, calendars = store(Clocks), store(Calendars)
    clocks.add(clock(calendars, "m1", NINE + timedelta(hours=1), name="resolve"))
    clocks.add(clock(calendars, "m1", name="sign"))
    clocks.add(clock(calendars, "m2"))
    assert [found.clock for found in clocks.of_matter("m1")] == ["sign", "resolve"]
    assert clocks.of_matter("m1", "market") == []
    with pytest.raises(ClockNotFound):
        clocks.get("m1")


@pytest.mark.feature("S01")
def test_the_calendar_begins_with_the_known_years_and_adopts_only_new_ones(store):
    calendars = store(Calendars)
    assert calendars.unadopted() == [CHINA]
    assert calendars.current().describe("2026")["workdays"][0] == "2026-01-04"
    calendars.adopt()
    assert calendars.unadopted() == []
    assert calendars.current().years == known_years()
    with calendars.edit(CHINA) as calendar:
        del calendar.years["2026"]
    assert calendars.unadopted() == [CHINA]
