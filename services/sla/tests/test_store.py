from datetime import UTC, datetime, timedelta
from types import SimpleNamespace

import pytest

from services.sla.domain.counting import Step
from services.sla.domain.matter import Matter, MatterNotFound
from services.sla.store import CHINA, Calendars, Matters, known_years

NINE = datetime(2026, 11, 23, 1, tzinfo=UTC)


def matter(calendars, subject="m1", start=NINE, amount=1, unit="working_hours", name="answer"):
    order = {"clock": name, "round": 1, "level": "town", "limit": {"amount": amount, "unit": unit}}
    orders = [order | {"order": "start"}]
    fact = SimpleNamespace(source="/petition", subject=subject, regionid="510183", time=start, clocks=orders)
    made = Matter.of(fact)
    made.apply(fact, calendars.current())
    return made


@pytest.mark.feature("S02")
def test_clocks_come_back_as_they_were_kept(store):
    matters, calendars = store(Matters), store(Calendars)
    kept = matter(calendars)
    matters.add(kept)
    with matters.edit(kept.id) as found:
        found.clocks[0].follow("pause", NINE + timedelta(minutes=10), calendars.current())
    (again,) = matters.get(kept.id).clocks
    assert (again.limit, again.started_at, again.state) == (kept.clocks[0].limit, NINE, "paused")
    assert again.history == [Step("pause", NINE + timedelta(minutes=10))]
    assert (again.due_at, again.next_at) == (NINE + timedelta(hours=1), None)


@pytest.mark.feature("S02")
def test_what_is_due_is_found_oldest_first_and_never_what_stands_still(store):
    matters, calendars = store(Matters), store(Calendars)
    for minutes in (30, 10, 20, 50):
        matters.add(matter(calendars, f"m{minutes}", NINE + timedelta(minutes=minutes)))
    standing = matter(calendars, "paused")
    pause = {"order": "pause", "clock": "answer", "round": 1, "level": "town", "limit": None}
    standing.apply(SimpleNamespace(time=NINE, clocks=[pause]), calendars.current())
    matters.add(standing)
    found = [matters.get(key).subject for key in matters.due(NINE + timedelta(minutes=90))]
    assert found == ["m10", "m20", "m30"]


@pytest.mark.feature("S01")
def test_running_working_clocks_of_an_older_calendar_are_found(store):
    matters, calendars = store(Matters), store(Calendars)
    matters.add(matter(calendars, "old"))
    matters.add(matter(calendars, "around-the-clock", unit="days"))
    calendars.adopt()
    matters.add(matter(calendars, "new"))
    assert [matters.get(key).subject for key in matters.outdated(calendars.current().version)] == ["old"]


@pytest.mark.feature("S02")
def test_clocks_of_a_matter_are_listed_in_order_of_their_start(store):
    matters, calendars = store(Matters), store(Calendars)
    later, first = (matter(calendars, "m1", NINE + timedelta(hours=hours), name=f"c{hours}") for hours in (1, 0))
    later.clocks += first.clocks
    matters.add(later)
    matters.add(matter(calendars, "m2"))
    assert [found["clock"] for found in matters.clocks_of("m1")] == ["c0", "c1"]
    assert matters.clocks_of("m1", "market") == []
    with pytest.raises(MatterNotFound):
        matters.get("m1")


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
