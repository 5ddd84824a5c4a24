from datetime import UTC, date, datetime, timedelta
from functools import cache
from types import SimpleNamespace

import chinese_calendar
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.sla.domain.calendar import (
    SHANGHAI,
    Calendar,
    DayOutsideYear,
    DayTwice,
    MakeUpOnWeekday,
    NoHolidays,
    YearNotFound,
    local,
    local_date,
)
from services.sla.domain.clock import Clock, LimitMissing, OtherUnit
from services.sla.domain.counting import LATEST, Limit, due, merged, used_up
from services.sla.domain.matter import Matter
from services.sla.store import known_years

CALENDAR = Calendar(id="china", version=1, years=dict(known_years()))
DAY = timedelta(days=1)
FIRST = {"round": 1, "level": "town", "provisional": False, "cause": "start"}
COUNTS = (1, 2, 5, 7, 10, 15, 30, 60)


def at(text):
    """The moment of `2026-09-23 10:00` in 邛崃."""
    return datetime.fromisoformat(text).replace(tzinfo=SHANGHAI).astimezone(UTC)


def span(text):
    return tuple(at(part) for part in text.split(" / "))


def deadline(start, amount, unit="working_days", pauses=(), calendar=CALENDAR):
    return due(at(start), Limit(amount, unit), [span(pause) for pause in pauses], calendar)


# ---- working days ------------------------------------------------------------------------------------------------


@cache
def is_workday(day):
    """The oracle's own idea of a working day, straight from the library; Monday to Friday where it knows nothing."""
    return chinese_calendar.is_workday(day) if day.year <= 2026 else day.weekday() < 5


def brute_force(start, amount, work=is_workday):
    while not work(start):
        start += DAY
    while amount:
        start += DAY
        amount -= work(start)
    return start


def days_from(first, last):
    return [first + n * DAY for n in range((last - first).days + 1)]


@pytest.mark.feature("S01")
@pytest.mark.parametrize("amount", COUNTS)
def test_every_date_of_seven_years_ends_where_counting_by_hand_ends(amount):
    for day in days_from(date(2020, 1, 1), date(2026, 12, 31)):
        found = due(local(day, "10:00"), Limit(amount, "working_days"), [], CALENDAR)
        assert found == local(brute_force(day, amount), "17:30"), day


@pytest.mark.feature("S01")
@pytest.mark.parametrize("clock", ["00:00", "08:59", "12:30", "17:30", "23:59"])
def test_the_hour_of_the_start_does_not_matter_to_working_days(clock):
    for day in days_from(date(2026, 9, 20), date(2026, 10, 12)):
        found = due(local(day, clock), Limit(5, "working_days"), [], CALENDAR)
        assert found == local(brute_force(day, 5), "17:30"), day


@pytest.mark.feature("S01")
@pytest.mark.parametrize(
    ("amount", "weekdays_only", "too_early", "no_make_up_days", "worst"),
    [(1, 45, 33, 15, 10), (2, 55, 39, 27, 10), (5, 81, 57, 62, 10), (10, 113, 89, 87, 10), (15, 148, 124, 108, 10)],
)
def test_rules_that_know_no_make_up_days_are_wrong_this_often_in_2026(
    amount, weekdays_only, too_early, no_make_up_days, worst
):
    def ends(work):
        return [brute_force(day, amount, work) for day in days_from(date(2026, 1, 1), date(2026, 12, 1))]

    ours = [local_date(due(local(day, "10:00"), Limit(amount, "working_days"), [], CALENDAR))
            for day in days_from(date(2026, 1, 1), date(2026, 12, 1))]  # fmt: skip
    naive = ends(lambda day: day.weekday() < 5)
    half = ends(lambda day: day.weekday() < 5 and day not in chinese_calendar.holidays)
    assert sum(a != b for a, b in zip(naive, ours, strict=True)) == weekdays_only
    assert sum(a < b for a, b in zip(naive, ours, strict=True)) == too_early
    assert sum(a != b for a, b in zip(half, ours, strict=True)) == no_make_up_days
    assert max(abs((a - b).days) for a, b in zip(half, ours, strict=True)) == worst


@pytest.mark.feature("S01")
@pytest.mark.parametrize(
    ("start", "amount", "end"),
    [
        ("2026-09-23 10:00", 5, "2026-10-08 17:30"),  # 中秋、国庆
        ("2026-02-07 10:00", 5, "2026-02-14 17:30"),  # 2 月 14 日补班
        ("2026-01-01 08:00", 1, "2026-01-05 17:30"),  # 元旦顺延到 1 月 4 日（补班）起算
        ("2026-09-23 10:00", 0, "2026-09-23 17:30"),
    ],
)
def test_working_days_by_example(start, amount, end):
    assert deadline(start, amount) == at(end)


@pytest.mark.feature("S02")
@pytest.mark.parametrize(
    ("pauses", "end"),
    [
        ([], "2026-11-25 17:30"),
        (["2026-11-23 18:00 / 2026-11-24 08:00"], "2026-11-25 17:30"),  # 不在上班时间
        (["2026-11-24 10:00 / 2026-11-24 10:01"], "2026-11-26 17:30"),  # 一分钟也补
        (["2026-11-24 09:00 / 2026-11-24 12:00", "2026-11-25 13:30 / 2026-11-25 17:30"], "2026-11-26 17:30"),
        (["2026-11-23 10:00 / 2026-11-23 16:00"], "2026-11-25 17:30"),  # 开始的当天本来就不算
        (["2026-11-24 00:00 / 2026-12-01 00:00"], "2026-12-02 17:30"),
    ],
)
def test_paused_working_time_is_made_up_and_the_last_day_granted_whole(pauses, end):
    assert deadline("2026-11-23 10:00", 2, pauses=pauses) == at(end)


# ---- working hours, days, seconds --------------------------------------------------------------------------------


@pytest.mark.feature("S01")
@pytest.mark.parametrize(
    ("start", "hours", "end"),
    [
        ("2026-11-23 10:00", 2, "2026-11-23 12:00"),
        ("2026-11-23 11:00", 2, "2026-11-23 14:30"),
        ("2026-11-23 17:00", 1, "2026-11-24 09:30"),
        ("2026-11-21 10:00", 1, "2026-11-23 10:00"),
        ("2026-11-23 07:00", 7, "2026-11-23 17:30"),
    ],
)
def test_working_hours_run_within_office_hours(start, hours, end):
    assert deadline(start, hours, "working_hours") == at(end)


@pytest.mark.feature("S02")
def test_days_and_seconds_run_around_the_clock_holiday_or_not():
    assert deadline("2026-10-01 23:00", 2, "days") == at("2026-10-03 23:00")
    assert deadline("2026-10-01 23:00", 90, "seconds") == at("2026-10-01 23:01:30")
    pause = "2026-10-01 23:00 / 2026-10-01 23:05"
    assert deadline("2026-10-01 23:00", 60, "seconds", [pause]) == at("2026-10-01 23:06")


minutes = st.integers(0, 12 * 24 * 60)
spans = st.lists(st.tuples(minutes, st.integers(0, 3000)), max_size=4)
ORIGIN = at("2026-02-11 00:00")  # before 春节, with make-up days on both sides


def spans_at(found):
    return [(ORIGIN + timedelta(minutes=m), ORIGIN + timedelta(minutes=m + length)) for m, length in found]


def minute_by_minute(start, hours, pauses):
    """Count working minutes one by one."""
    left, moment = hours * 60, start
    while left:
        local_time = moment.astimezone(SHANGHAI)
        open_now = "09:00" <= f"{local_time:%H:%M}" < "12:00" or "13:30" <= f"{local_time:%H:%M}" < "17:30"
        paused = any(since <= moment < until for since, until in pauses)
        left -= open_now and not paused and is_workday(local_time.date())
        moment += timedelta(minutes=1)
    return moment


@pytest.mark.feature("S01")
@settings(max_examples=40, deadline=None)
@given(minutes, st.integers(1, 20), spans)
def test_working_hours_end_where_counting_minutes_ends(start, hours, found):
    start, pauses = ORIGIN + timedelta(minutes=start), spans_at(found)
    assert due(start, Limit(hours, "working_hours"), pauses, CALENDAR) == minute_by_minute(start, hours, pauses)


# ---- pause algebra -----------------------------------------------------------------------------------------------

limits = st.builds(Limit, st.integers(1, 20), st.sampled_from(["working_days", "working_hours", "days"]))


@pytest.mark.feature("S02")
@given(minutes, limits, spans, st.randoms())
def test_order_nesting_and_overlap_of_pauses_do_not_matter(start, limit, found, random):
    start, pauses = ORIGIN + timedelta(minutes=start), spans_at(found)
    shuffled = pauses * 2
    random.shuffle(shuffled)
    assert due(start, limit, pauses, CALENDAR) == due(start, limit, merged(shuffled), CALENDAR)


@pytest.mark.feature("S02")
@given(minutes, limits, spans, spans)
def test_more_pauses_never_end_earlier_and_pauses_outside_change_nothing(start, limit, found, more):
    start = ORIGIN + timedelta(minutes=start)
    before = due(start, limit, spans_at(found), CALENDAR)
    assert due(start, limit, spans_at(found + more), CALENDAR) >= before
    outside = [(ORIGIN - DAY, start), (before, before + DAY)]
    assert due(start, limit, spans_at(found) + outside, CALENDAR) == before


@pytest.mark.feature("S02")
@given(minutes, st.integers(1, 20), spans)
def test_around_the_clock_the_due_time_moves_by_exactly_what_was_paused(start, amount, found):
    start = ORIGIN + timedelta(minutes=start)
    end = due(start, Limit(amount, "days"), spans_at(found), CALENDAR)
    inside = [(max(since, start), min(until, end)) for since, until in merged(spans_at(found))]
    paused = sum((until - since for since, until in inside if until > since), timedelta())
    assert end == start + amount * DAY + paused


@pytest.mark.feature("S02")
@given(minutes, limits, spans)
def test_four_fifths_come_before_the_end(start, limit, found):
    start = ORIGIN + timedelta(minutes=start)
    soon = used_up(0.8, start, limit, spans_at(found), CALENDAR)
    assert start < soon < due(start, limit, spans_at(found), CALENDAR)


# ---- the calendar ------------------------------------------------------------------------------------------------


def days(*texts):
    return [date.fromisoformat(text) for text in texts]


@pytest.mark.feature("S01")
def test_2026_is_known_with_its_make_up_days():
    year = CALENDAR.describe("2026")
    assert len(year["holidays"]) == 33
    assert year["workdays"] == ["2026-01-04", "2026-02-14", "2026-02-28", "2026-05-09", "2026-09-20", "2026-10-10"]
    assert not year["provisional"]


@pytest.mark.feature("S01")
def test_a_year_nobody_published_is_monday_to_friday_and_provisional():
    assert CALENDAR.describe("2027") == {"year": "2027", "provisional": True, "holidays": [], "workdays": []}
    assert CALENDAR.workday(date(2027, 1, 1))
    assert not CALENDAR.workday(date(2027, 1, 2))


@pytest.mark.feature("S01")
@pytest.mark.parametrize("text", ["0", "20267", "next", "-026"])
def test_what_is_no_year_has_no_calendar(text):
    with pytest.raises(YearNotFound):
        CALENDAR.describe(text)


@pytest.mark.feature("S01")
def test_what_was_counted_is_counted_again_when_a_year_is_published_or_adopted():
    calendar = Calendar(id="china")
    before = deadline("2026-09-24 10:00", 5, calendar=calendar)
    calendar.publish("2026", days("2026-10-01"), [], "p1")
    published = deadline("2026-09-24 10:00", 5, calendar=calendar)
    del calendar.years["2026"]
    calendar.adopt(known_years())
    assert before < published < deadline("2026-09-24 10:00", 5, calendar=calendar)


def test_adopting_years_leaves_those_published_here():
    calendar = Calendar(id="china")
    calendar.publish("2026", days("2026-01-01"), [], "p1")
    calendar.adopt(known_years())
    assert calendar.describe("2026")["holidays"] == ["2026-01-01"]
    assert len(calendar.describe("2025")["holidays"]) == 28


@pytest.mark.feature("S01")
@pytest.mark.parametrize(
    ("holidays", "workdays", "rule"),
    [
        ([], [], NoHolidays),
        (["2026-01-01"], [], DayOutsideYear),
        (["2027-01-01"], ["2028-01-02"], DayOutsideYear),
        (["2027-01-02"], ["2027-01-02"], DayTwice),
        (["2027-01-01"], ["2027-01-04"], MakeUpOnWeekday),
    ],
)
def test_an_impossible_year_is_refused_and_changes_nothing(holidays, workdays, rule):
    calendar = Calendar(id="china")
    with pytest.raises(rule):
        calendar.publish("2027", days(*holidays), days(*workdays), "p1")
    assert not calendar.years


@pytest.mark.feature("S01")
def test_next_year_is_missed_from_the_first_of_december_and_only_once():
    calendar = Calendar(id="china", years=dict(known_years()))
    assert [calendar.lacks(at(f"2026-{day} 00:00")) for day in ("11-30", "12-01", "12-31")] == [False, True, True]
    assert not calendar.lacks(at("2025-12-31 10:00"))
    calendar.remind(at("2026-12-01 00:00"), "510183")
    assert [(fact.data, fact.regionid) for fact in calendar.recorded] == [({"year": 2027}, "510183")]
    assert not calendar.lacks(at("2026-12-31 23:59"))


# ---- clocks ------------------------------------------------------------------------------------------------------


def order(word="start", amount=2, unit="working_days", clock="answer"):
    limit = {"amount": amount, "unit": unit} if word == "start" else None
    return {"order": word, "clock": clock, "round": 1, "level": "town", "limit": limit}


def started(start="2026-11-23 10:00", calendar=CALENDAR, **limit):
    return Clock.start(order(**limit), at(start), calendar)


def told(clock):
    """What the clock has emitted since last asked: (name, due in 邛崃)."""
    said = [(fact.name.split(".")[1], words["due_at"]) for fact, words in clock.take_events()]
    return [(name, f"{moment.astimezone(SHANGHAI):%m-%d %H:%M}") for name, moment in said]


def heard(*orders, start="2026-11-23 10:00", matter=None, calendar=CALENDAR):
    """A matter, after a fact with these orders."""
    fact = SimpleNamespace(source="/petition", subject="m1", regionid="510183122211", time=at(start), clocks=orders)
    matter = matter or Matter.of(fact)
    matter.apply(fact, calendar)
    return matter


def promised(matter):
    """The clocks of each fact of promises, and what else was told."""
    told = [(fact.type, fact.data) for fact in matter.recorded]
    return [[each["clock"] for each in data["promises"]] if "promises" in data else kind for kind, data in told]


@pytest.mark.feature("S02")
def test_the_clocks_a_fact_starts_tell_their_promises_together():
    matter = heard(order(clock="sign", amount=1), order())
    (fact,) = matter.recorded
    assert (fact.data["matter_source"], fact.data["matter"]) == ("petition", "m1")
    assert fact.data["promises"] == [
        {"clock": "sign", "due_at": "2026-11-24T09:30:00.000Z"} | FIRST,
        {"clock": "answer", "due_at": "2026-11-25T09:30:00.000Z"} | FIRST,
    ]
    assert (fact.subject, fact.regionid, fact.time) == (matter.id, "510183122211", at("2026-11-23 10:00"))


@pytest.mark.feature("S02")
def test_a_second_start_of_a_clock_is_nothing_and_orders_reach_only_the_clock_they_name():
    matter = heard(order(), order(amount=9), order(clock="sign"))
    heard(order("stop", clock="sign"), order("stop", clock="resolve"), matter=matter, start="2026-11-23 11:00")
    assert [(clock.clock, clock.state) for clock in matter.clocks] == [("answer", "running"), ("sign", "stopped")]
    assert promised(matter) == [["answer", "sign"]]


@pytest.mark.feature("S02")
def test_a_matter_is_due_when_the_first_of_its_clocks_does_and_the_earliest_due_is_told_first():
    matter = heard(order(amount=300, unit="seconds"), order(clock="sign", amount=100, unit="seconds"))
    start = at("2026-11-23 10:00")
    assert (matter.next_at, matter.calendar) == (start + timedelta(seconds=80), None)
    matter.fire(matter.next_at)
    assert promised(matter) == [["sign", "answer"]]
    matter.fire(start + timedelta(seconds=301))
    assert promised(matter)[1:] == ["sla.elapsed.v1"] * 2
    assert [fact.data["clock"] for fact in matter.recorded[1:]] == ["sign", "answer"]
    assert not matter.is_due(LATEST)


@pytest.mark.feature("S01")
def test_a_new_calendar_recounts_what_runs_by_an_older_one_and_tells_only_what_changed():
    rows = [
        order(clock="days", unit="days"),
        order(amount=3),
        order(clock="standing", amount=3),
        order("pause", clock="standing"),
    ]
    matter = heard(*rows, start="2026-12-30 10:00")
    newer = Calendar(id="china", version=2, years=dict(known_years()))
    newer.publish("2027", days("2027-01-01", "2027-01-02", "2027-01-03"), [], "p1")
    matter.recount(at("2026-12-30 11:00"), newer)
    assert promised(matter)[1:] == [["answer"]]
    assert matter.calendar == newer.version


@pytest.mark.feature("S02")
def test_the_same_source_and_subject_are_the_same_matter():
    assert heard(order()).id == heard(order(clock="sign"), start="2026-11-24 10:00").id


@pytest.mark.feature("S02")
def test_a_start_without_a_limit_is_refused():
    with pytest.raises(LimitMissing):
        heard(order() | {"limit": None})


@pytest.mark.feature("S02")
def test_due_soon_and_elapsed_are_told_once_each():
    clock = started(amount=100, unit="seconds")
    told(clock)
    for second in range(300):
        clock.fire(at("2026-11-23 10:00") + timedelta(seconds=second))
    assert told(clock) == [("due_soon", "11-23 10:01"), ("elapsed", "11-23 10:01")]
    assert (clock.state, clock.next_at) == ("elapsed", None)


@pytest.mark.feature("S02")
def test_after_a_long_silence_only_elapsed_is_told():
    clock = started()
    told(clock)
    clock.fire(at("2026-12-01 09:00"))
    assert told(clock) == [("elapsed", "11-25 17:30")]


@pytest.mark.feature("S02")
@pytest.mark.parametrize(
    ("stop", "said"),
    [
        ("2026-11-24 10:00", []),
        ("2026-11-25 17:30", []),
        ("2026-11-25 17:31", [("elapsed", "11-25 17:30")]),
    ],
)
def test_a_clock_stopped_by_its_due_time_never_elapses_and_one_stopped_later_does_once(stop, said):
    clock = started()
    told(clock)
    clock.follow("stop", at(stop), CALENDAR)
    clock.fire(at("2026-12-24 10:00"))
    clock.follow("stop", at("2026-12-25 10:00"), CALENDAR)
    assert told(clock) == said


@pytest.mark.feature("S02")
def test_a_paused_clock_has_nothing_to_say_until_it_is_resumed_with_a_new_promise():
    clock = started()
    clock.follow("pause", at("2026-11-24 10:00"), CALENDAR)
    assert clock.next_at is None
    clock.fire(at("2026-12-01 10:00"))
    told(clock)
    clock.follow("resume", at("2026-12-01 10:00"), CALENDAR)
    assert told(clock) == [("promised", "12-02 17:30")]


@pytest.mark.feature("S02")
def test_a_pause_outside_office_hours_changes_no_promise_which_is_told_again():
    clock = started()
    told(clock)
    clock.follow("pause", at("2026-11-23 20:00"), CALENDAR)
    clock.follow("resume", at("2026-11-23 21:00"), CALENDAR)
    assert told(clock) == [("promised", "11-25 17:30")]
    assert [promise.cause for promise in clock.promises] == ["start"]


@pytest.mark.feature("S02")
@given(minutes, limits, limits, st.lists(st.tuples(st.integers(1, 2000), st.integers(1, 2000)), max_size=3))
def test_counting_by_another_limit_keeps_every_pause(start, old, new, stays):
    moment = ORIGIN + timedelta(minutes=start)
    clock, pauses = Clock.start(order() | {"limit": vars(old)}, moment, CALENDAR), []
    for running, standing in stays:
        since = moment + timedelta(minutes=running)
        moment = since + timedelta(minutes=standing)
        if since <= clock.due_at:
            clock.follow("pause", since, CALENDAR)
            clock.follow("resume", moment, CALENDAR)
            pauses.append((since, moment))
    before, late = clock.due_at, moment > clock.due_at
    clock.obey(order("rebase") | {"limit": vars(new)}, moment, CALENDAR)
    counted = due(clock.started_at, new, pauses, CALENDAR)
    assert clock.due_at == (before if late or counted <= moment else counted)


@pytest.mark.feature("S02")
def test_another_limit_is_told_with_its_cause_and_one_that_ran_out_before_is_not_taken():
    clock = started(amount=2, unit="days")
    told(clock)
    for amount in (5, 5, 1):
        limit = {"amount": amount, "unit": "days"}
        clock.obey(order("rebase") | {"limit": limit}, at("2026-11-24 15:00"), CALENDAR)
    assert told(clock) == [("promised", "11-28 10:00")] * 3
    assert [(promise.cause, promise.due_at) for promise in clock.promises] == [
        ("start", at("2026-11-25 10:00")),
        ("rebase", at("2026-11-28 10:00")),
    ]
    with pytest.raises(LimitMissing):
        clock.obey(order("rebase"), at("2026-11-24 15:00"), CALENDAR)


@pytest.mark.feature("S02")
def test_a_breach_outlives_another_limit_and_a_paused_clock_takes_it_when_it_goes_on():
    late, paused = started(amount=1, unit="days"), started(amount=2, unit="days")
    longer = order("rebase") | {"limit": {"amount": 9, "unit": "days"}}
    late.fire(at("2026-11-25 10:00"))
    late.obey(longer, at("2026-11-25 11:00"), CALENDAR)
    assert (late.state, late.due_at) == ("elapsed", at("2026-11-24 10:00"))
    paused.follow("pause", at("2026-11-24 10:00"), CALENDAR)
    told(paused)
    paused.obey(longer, at("2026-11-30 10:00"), CALENDAR)
    assert (paused.state, told(paused)) == ("paused", [])
    paused.follow("resume", at("2026-12-01 10:00"), CALENDAR)
    assert told(paused) == [("promised", "12-09 10:00")]


@pytest.mark.feature("S02")
def test_a_pause_after_the_due_time_is_too_late():
    clock = started()
    told(clock)
    clock.follow("pause", at("2026-11-26 10:00"), CALENDAR)
    assert told(clock) == [("elapsed", "11-25 17:30")]


@pytest.mark.feature("S02")
def test_a_pause_in_time_that_is_heard_after_the_clock_elapsed_sets_it_going_again():
    clock = started(amount=2, unit="days")
    clock.fire(at("2026-11-26 10:00"))
    clock.follow("resume", at("2026-11-24 08:00"), CALENDAR)
    assert clock.state == "elapsed"
    clock.follow("pause", at("2026-11-24 10:00"), CALENDAR)
    assert (clock.state, clock.next_at) == ("paused", None)
    told(clock)
    clock.follow("resume", at("2026-11-26 10:00"), CALENDAR)
    clock.fire(at("2026-12-01 10:00"))
    assert told(clock) == [("promised", "11-27 10:00"), ("elapsed", "11-27 10:00")]


@pytest.mark.feature("S02")
def test_of_nested_pauses_the_last_resume_counts():
    clock = started(amount=2, unit="days")
    for word, moment in [("pause", "11-23 11:00"), ("pause", "11-23 12:00"), ("resume", "11-23 13:00")]:
        clock.follow(word, at(f"2026-{moment}"), CALENDAR)
        assert clock.state == "paused"
    told(clock)
    clock.follow("resume", at("2026-11-23 15:00"), CALENDAR)
    assert told(clock) == [("promised", "11-25 14:00")]
    clock.follow("resume", at("2026-11-23 16:00"), CALENDAR)
    assert told(clock) == []


@pytest.mark.feature("S02")
def test_a_clock_started_again_after_its_stop_goes_on_where_it_stood():
    clock = started(amount=2, unit="days")
    clock.follow("stop", at("2026-11-24 10:00"), CALENDAR)
    told(clock)
    clock.follow("start", at("2026-11-30 10:00"), CALENDAR)
    assert told(clock) == [("promised", "12-01 10:00")]


def extension(amount=2, unit="working_days"):
    return order("extend") | {"limit": {"amount": amount, "unit": unit}}


@pytest.mark.feature("S02")
def test_an_extension_in_time_makes_a_later_promise_and_one_too_late_changes_nothing():
    clock = started()
    told(clock)
    clock.obey(extension(3), at("2026-11-25 17:30"), CALENDAR)
    assert told(clock) == [("promised", "11-30 17:30")]
    clock.fire(LATEST)
    told(clock)
    clock.obey(extension(3), at("2026-12-01 10:00"), CALENDAR)
    assert (clock.state, told(clock)) == ("elapsed", [])


@pytest.mark.feature("S02")
def test_an_extension_granted_in_time_that_is_heard_after_the_clock_elapsed_sets_it_going_again():
    clock = started(amount=2, unit="days")
    clock.fire(at("2026-11-26 10:00"))
    told(clock)
    clock.obey(extension(1, "days"), at("2026-11-25 09:00"), CALENDAR)
    assert (clock.state, told(clock)) == ("running", [("promised", "11-26 10:00")])


@pytest.mark.feature("S02")
@pytest.mark.parametrize(("limit", "rule"), [(None, LimitMissing), ({"amount": 1, "unit": "days"}, OtherUnit)])
def test_an_extension_says_by_how_much_in_the_unit_of_the_clock(limit, rule):
    clock = started()
    with pytest.raises(rule):
        clock.obey(order("extend") | {"limit": limit}, at("2026-11-23 11:00"), CALENDAR)
    assert clock.history == []


@pytest.mark.feature("S02")
@given(
    st.permutations(["extend", "extend", "pause", "resume"]).filter(
        lambda words: words.index("pause") < words.index("resume")
    )
)
def test_two_extensions_and_a_pause_end_at_one_time_in_any_order_and_counted_anew(words):
    clock, times = started(amount=9, unit="days"), {}
    for hours, word in enumerate(words, 1):
        times[word] = at("2026-11-23 10:00") + timedelta(hours=hours * hours)
        clock.obey(order(word) | {"limit": {"amount": 3, "unit": "days"}}, times[word], CALENDAR)
    assert clock.due_at == clock.started_at + 15 * DAY + (times["resume"] - times["pause"])
    before = clock.due_at, len(clock.events)
    clock.recount(times[words[-1]], CALENDAR)
    assert (clock.due_at, len(clock.events)) == before


orders = st.lists(
    st.tuples(st.sampled_from(["start", "pause", "resume", "stop", "extend"]), st.integers(0, 600)), max_size=8
)


@pytest.mark.feature("S02")
@given(orders, st.lists(st.integers(0, 9000), max_size=30))
def test_whatever_happens_each_warning_is_told_at_most_once_and_a_second_look_changes_nothing(steps, looks):
    clock, now = started(amount=900, unit="seconds"), at("2026-11-23 10:00")
    for word, pause in steps:
        now += timedelta(seconds=pause)
        clock.follow(word, now, CALENDAR, Limit(60, "seconds") if word == "extend" else None)
    before = clock.due_at, clock.next_at, len(clock.events)
    clock.recount(now, CALENDAR)
    assert (clock.due_at, clock.next_at, len(clock.events)) == before
    for look in sorted(looks):
        clock.fire(now + timedelta(seconds=look))
    names = [name for name, _ in told(clock)]
    assert max(names.count("due_soon"), names.count("elapsed")) <= 1


@pytest.mark.feature("S01")
def test_a_clock_into_next_year_is_provisional_until_that_year_is_published():
    clock = started("2026-12-30 10:00", amount=3)
    assert clock.provisional
    assert told(clock) == [("promised", "01-04 17:30")]
    calendar = Calendar(id="china", version=1, years=dict(known_years()))
    calendar.publish("2027", days("2027-01-01", "2027-01-02", "2027-01-03"), [], "p1")
    clock.recount(at("2026-12-30 11:00"), calendar)
    assert not clock.provisional
    assert told(clock) == [("promised", "01-05 17:30")]
    assert [promise.cause for promise in clock.promises] == ["start", "calendar"]


@pytest.mark.feature("S01")
def test_a_new_calendar_wakes_no_elapsed_clock():
    clock = started()
    clock.fire(LATEST)
    told(clock)
    clock.recount(LATEST, CALENDAR)
    assert (clock.state, told(clock)) == ("elapsed", [])
