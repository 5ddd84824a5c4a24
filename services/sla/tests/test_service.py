from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace

import eventlet
import pytest

from chassis.domain import now
from contracts.petition.letters import PetitionAnswered, PetitionSigned, PetitionSubmitted
from contracts.sla import CalendarMissing, ClockDueSoon, ClockElapsed, ClocksPromised
from services.sla.domain.matter import matter_id
from services.sla.service import SlaService

VILLAGE = "510183122211"
SUBMITTED = {"urgency": "normal", "anonymity": 1, "photos": 0}


def order(word="start", clock="answer", amount=100, unit="seconds"):
    limit = {"amount": amount, "unit": unit} if word == "start" else None
    return {"order": word, "clock": clock, "round": 1, "level": "town", "limit": limit}


@pytest.fixture
def sla(running):
    return running(SlaService)


@pytest.fixture
def tell(sla):
    """Tell the service a fact about a matter with these orders, so many seconds ago."""

    def tell(kind, *orders, ago=0, at=None, matter="m1", **data):
        which = {
            "number": "QL-1",
            "village": VILLAGE,
            "office": "510183122",
            "level": "town",
            "category": "river",
            "round": 1,
        }
        moment = at or now() - timedelta(seconds=ago)
        return sla.tell(kind, subject=matter, at=moment, regionid=VILLAGE, **which, clocks=list(orders), **data)

    return tell


def said(sla, kind):
    return [fact.clock for fact in sla.facts(kind)]


def promises(sla):
    """Each promise told, as (clock, due, provisional)."""
    told = [promise for fact in sla.facts(ClocksPromised) for promise in fact.promises]
    return [(promise["clock"], promise["due_at"], promise["provisional"]) for promise in told]


@pytest.mark.feature("S02")
def test_a_fact_starts_the_clocks_it_orders_and_their_promises_are_told(sla, tell, person):
    submitted = tell(PetitionSubmitted, order(clock="sign", amount=3600), order(amount=2, unit="days"), **SUBMITTED)
    (fact,) = sla.facts(ClocksPromised)
    assert promises(sla) == [
        ("sign", submitted.time + timedelta(hours=1), False),
        ("answer", submitted.time + timedelta(days=2), False),
    ]
    assert (fact.matter, fact.matter_source) == ("m1", "petition")
    assert (fact.regionid, fact.causationid) == (VILLAGE, submitted.id)
    listed = sla.http.get("/v1/clocks?matter=m1&source=petition", person=person()).json()["clocks"]
    assert sorted((clock["clock"], clock["state"]) for clock in listed) == [("answer", "running"), ("sign", "running")]


@pytest.mark.feature("S02")
def test_the_same_fact_twice_and_the_same_order_twice_start_one_clock(sla, tell):
    first = tell(PetitionSubmitted, order(), **SUBMITTED)
    sla.deliver(first)
    tell(PetitionSigned, order(amount=5000))
    assert [clock for clock, _, _ in promises(sla)] == ["answer"]


@pytest.mark.feature("S02")
def test_due_soon_and_elapsed_are_told_once_by_any_number_of_schedulers(sla, tell):
    tell(PetitionSubmitted, order(clock="sign"), ago=1000, **SUBMITTED)
    tell(PetitionSubmitted, order(clock="answer"), ago=90, matter="m2", **SUBMITTED)
    for ticking in [eventlet.spawn(sla.tick, "sound_due") for _ in range(4)]:
        ticking.wait()
    assert (said(sla, ClockElapsed), said(sla, ClockDueSoon)) == (["sign"], ["answer"])


@pytest.mark.feature("S02")
def test_the_oldest_is_sounded_first_and_one_that_cannot_be_read_holds_up_no_other(sla, tell):
    unreadable = matter_id(SimpleNamespace(source="/petition", subject="bad"))
    ages_ago = now() - timedelta(days=9)
    sla.database.matters.insert_one({"_id": unreadable, "next_at": ages_ago, "version": 1})
    tell(PetitionSubmitted, *(order(clock=f"c{due}", amount=due) for due in (300, 100, 200)), ago=1000, **SUBMITTED)
    tell(PetitionSigned, order("stop"), matter="bad", wait=False)
    tell(PetitionSigned, order(clock="c400", amount=400), ago=1000, matter="m2")
    sla.tick("sound_due")
    assert said(sla, ClockElapsed) == ["c100", "c200", "c300", "c400"]
    assert [row["subject"] for row in sla.database.parked.find()] == ["bad"]


@pytest.mark.feature("S02")
def test_a_clock_stopped_in_time_never_elapses(sla, tell):
    tell(PetitionSubmitted, order(amount=2), **SUBMITTED)
    tell(PetitionAnswered, order("stop"))
    eventlet.sleep(2.5)
    sla.tick("sound_due")
    assert said(sla, ClockElapsed) == []


@pytest.mark.feature("S02")
def test_a_clock_stopped_too_late_elapses_at_its_due_time(sla, tell):
    submitted = tell(PetitionSubmitted, order(amount=3600), **SUBMITTED)
    tell(PetitionAnswered, order("stop"), ago=-7200)
    (elapsed,) = sla.facts(ClockElapsed)
    assert elapsed.due_at == submitted.time + timedelta(hours=1)


@pytest.mark.feature("S02")
def test_a_pause_moves_the_promise(sla, tell):
    start = now()
    tell(PetitionSubmitted, order(amount=3600), at=start, **SUBMITTED)
    tell(PetitionSigned, order("pause"), at=start + timedelta(minutes=1))
    tell(PetitionAnswered, order("resume"), at=start + timedelta(minutes=11))
    assert [due_at - start for _, due_at, _ in promises(sla)] == [timedelta(minutes=60), timedelta(minutes=70)]


@pytest.mark.feature("S02")
def test_orders_to_a_clock_that_never_started_are_nothing(sla, tell, person):
    tell(PetitionAnswered, order("stop"))
    assert sla.http.get("/v1/clocks?matter=m1", person=person()).json() == {"clocks": []}
    assert sla.http.get("/v1/clocks", person=person()).status_code == 400
    assert sla.http.get("/v1/clocks?matter=m1").status_code == 401


HOLIDAYS = {"holidays": ["2090-01-03", "2090-01-04"], "workdays": ["2090-01-07"]}


@pytest.mark.feature("S01")
def test_a_published_year_counts_provisional_clocks_anew(sla, tell, person, regions):
    regions(sla)
    tell(PetitionSubmitted, order(amount=1, unit="working_days"), at=datetime(2090, 1, 2, 2, tzinfo=UTC), **SUBMITTED)
    assert sla.http.get("/v1/calendars/2090").json() == {
        "year": 2090,
        "provisional": True,
        "holidays": [],
        "workdays": [],
    }
    answer = sla.http.put("/v1/calendars/2090", json=HOLIDAYS, person=person("calendaradmin", "510183"))
    assert answer.json() == {"year": 2090, "provisional": False} | HOLIDAYS
    sla.tick("recount_outdated")
    dates = [(provisional, due_at.date()) for _, due_at, provisional in promises(sla)]
    assert dates == [(True, date(2090, 1, 3)), (False, date(2090, 1, 5))]


@pytest.mark.feature("S01")
def test_known_years_are_there_for_everybody(sla):
    sla.tick("adopt_known_years")
    assert "2026-10-10" in sla.http.get("/v1/calendars/2026").json()["workdays"]


@pytest.mark.feature("S01")
def test_the_keeper_of_the_calendar_is_reminded_of_next_year(sla, regions, monkeypatch):
    monkeypatch.setattr(SlaService, "now", staticmethod(lambda: datetime(2089, 12, 1, tzinfo=UTC)))
    regions(sla)
    for _ in range(2):
        sla.tick("remind_of_next_year")
    assert [(fact.year, fact.regionid) for fact in sla.facts(CalendarMissing)] == [(2090, "510183")]


@pytest.mark.feature("S01")
@pytest.mark.parametrize(
    ("role", "region", "body", "status", "code"),
    [
        (None, "510183", HOLIDAYS, 403, "not_allowed"),
        ("secretary", "510183", HOLIDAYS, 403, "not_allowed"),
        ("calendaradmin", "510183122", HOLIDAYS, 403, "not_allowed"),
        ("calendaradmin", "510183", {"holidays": [], "workdays": []}, 422, "no_holidays"),
        ("calendaradmin", "510183", {"holidays": ["2026-01-01"], "workdays": []}, 422, "day_outside_year"),
        (
            "calendaradmin",
            "510183",
            {"holidays": ["2090-01-03"], "workdays": ["2090-01-04"]},
            422,
            "make_up_on_weekday",
        ),
        ("calendaradmin", "510183", {"holidays": ["2090-01-07"], "workdays": ["2090-01-07"]}, 422, "day_twice"),
        ("calendaradmin", "510183", {"holidays": ["new year"], "workdays": []}, 422, "invalid_body"),
        ("calendaradmin", "510183", HOLIDAYS | {"hours": []}, 422, "invalid_body"),
    ],
)
def test_who_may_publish_what(sla, person, regions, role, region, body, status, code):
    regions(sla)
    answer = sla.http.put("/v1/calendars/2090", json=body, person=person(role, region))
    assert (answer.status_code, answer.json()["code"]) == (status, code)
    assert sla.http.get("/v1/calendars/2090").json()["provisional"]
