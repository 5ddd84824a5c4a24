from datetime import UTC, datetime

import pytest

from chassis.domain import new_id, now
from contracts.notify import MessageSent
from contracts.petition.letters import PetitionClosed, PetitionRated, PetitionSubmitted
from contracts.sdk.envelope import Envelope
from services.analytics.service import AnalyticsService

TAOBA, OTHER = "510183122211", "510183122212"
NOON = datetime(2026, 11, 22, 4, tzinfo=UTC)


@pytest.fixture
def analytics(running, regions, person):
    """The service, and `city`, who reads it."""
    service = running(AnalyticsService)
    regions(service)
    service.city = person("secretary", "510183")
    return service


@pytest.fixture
def tell(analytics):
    """Tell the service what happened to a matter of a village."""

    def tell(kind, village=TAOBA, matter="m1", at=NOON, **data):
        which = {"number": "QL-1", "village": village, "office": village, "level": "village", "round": 1, "clocks": []}
        return analytics.tell(kind, subject=matter, at=at, regionid=village, category="river", **which | data)

    return tell


def counters(analytics, query):
    """{metric and what it is split by: count} of an answer."""
    rows = analytics.http.get(f"/v1/counters?{query}", person=analytics.city).json()["counters"]
    return {tuple(v for k, v in row.items() if k not in ("count", "sum")): row["count"] for row in rows}


def submit(tell, **more):
    return tell(PetitionSubmitted, urgency="normal", anonymity=1, photos=1, **more)


@pytest.mark.feature("G01")
def test_a_letter_counts_for_village_town_and_city_by_any_split(analytics, tell):
    submit(tell)
    submit(tell, village=OTHER, matter="m2")
    tell(PetitionClosed, outcome="solved")
    assert counters(analytics, f"region={TAOBA}&metric=petitions.submitted") == {("petitions.submitted",): 1}
    assert counters(analytics, "region=510183122&metric=petitions.submitted") == {("petitions.submitted",): 2}
    assert counters(analytics, "region=510183&by=category") == {
        ("petitions.closed", "river"): 1,
        ("petitions.submitted", "river"): 2,
    }
    assert counters(analytics, "region=510183&by=outcome&metric=petitions.closed") == {
        ("petitions.closed", "solved"): 1
    }
    assert counters(analytics, "region=510183122&by=region&metric=petitions.submitted") == {
        ("petitions.submitted", TAOBA): 1,
        ("petitions.submitted", OTHER): 1,
    }
    assert counters(analytics, "region=510183&by=region")["petitions.submitted", "510183122"] == 2


@pytest.mark.feature("G01")
def test_a_fact_delivered_twice_counts_once_and_many_at_once_all_count(analytics, tell):
    told = [submit(tell, matter=f"m{number}", wait=False) for number in range(100)]
    for fact in told[::3]:
        analytics.deliver(fact)
    analytics.handled(*told)
    submit(tell, matter="last")
    assert counters(analytics, f"region={TAOBA}") == {("petitions.submitted",): 101}


@pytest.mark.feature("G01")
def test_stars_are_summed_and_days_are_china_s(analytics, tell):
    tell(PetitionRated, stars=5)
    tell(PetitionRated, stars=3, at=datetime(2026, 11, 22, 16, tzinfo=UTC))
    answer = analytics.http.get(f"/v1/counters?region={TAOBA}&by=day", person=analytics.city).json()
    assert answer["counters"] == [
        {"metric": "petitions.rated", "day": "2026-11-22", "count": 1, "sum": 5},
        {"metric": "petitions.rated", "day": "2026-11-23", "count": 1, "sum": 3},
    ]
    assert counters(analytics, f"region={TAOBA}&from=2026-11-23&to=2026-11-30") == {("petitions.rated",): 1}


@pytest.mark.feature("G01")
def test_villagers_and_messages_count_where_they_are_and_else_for_the_county(analytics):
    verified = Envelope(
        new_id(), "/identity", "identity.villager_verified.v1", "p1", 1, NOON, *[None] * 4, {"region": TAOBA}
    )
    analytics.deliver(verified)
    analytics.handled(verified)
    message = {"template": "verified", "channel": "sms", "cause": "f1", "provider": "console"}
    analytics.tell(MessageSent, subject="a", **message)
    assert counters(analytics, "region=510183122") == {("villagers.verified",): 1}
    assert counters(analytics, "region=510183&by=channel&metric=messages.sent") == {("messages.sent", "sms"): 1}


@pytest.mark.feature("G01")
@pytest.mark.parametrize(
    ("query", "status"),
    [("region=999", 404), ("", 400), ("region=510183&metric=visits", 400), ("region=510183&by=author", 400),
     ("region=510183&from=yesterday", 400), ("region=510183&person=p1", 400)],
)  # fmt: skip
def test_bad_questions_are_refused(analytics, query, status):
    assert analytics.http.get(f"/v1/counters?{query}", person=analytics.city).status_code == status


@pytest.mark.feature("G01")
def test_exact_numbers_are_for_the_staff_of_the_region_and_until_yesterday_below_the_city(analytics, tell, person):
    submit(tell)
    submit(tell, matter="m2", at=now())
    asked = f"/v1/counters?region={TAOBA}&by=day"
    assert sum(counters(analytics, f"region={TAOBA}").values()) == 2
    for reader in (person("secretary", TAOBA), person("townadmin", "510183122")):
        (only,) = analytics.http.get(asked, person=reader).json()["counters"]
        assert only["day"] == "2026-11-22"
    for stranger in (person("secretary", OTHER), person(), None):
        assert analytics.http.get(asked, person=stranger).status_code in (401, 403)


@pytest.mark.feature("G01")
def test_everybody_reads_numbers_in_fives_as_of_yesterday_and_nothing_below_five(analytics, tell):
    """Attack H10: the counter rose 0.06 s after a letter, with its category."""
    public = f"/v1/public/counters?region={TAOBA}"
    told = [submit(tell, matter=f"m{number}", wait=False) for number in range(4)]
    told += [submit(tell, matter=f"n{number}", at=now(), wait=False) for number in range(9)]
    analytics.handled(*told)
    assert analytics.http.get(public).json()["counters"] == []
    told = [submit(tell, matter=f"k{number}", wait=False) for number in range(3)]
    analytics.handled(*told)
    (shown,) = analytics.http.get(f"{public}&month=2026-11").json()["counters"]
    assert shown["count"] == 5
    assert analytics.http.get(f"{public}&month=2026-10").json()["counters"] == []
    assert analytics.http.get(f"{public}&by=day").status_code == 400


@pytest.mark.feature("G01")
def test_a_letter_about_a_cadre_counts_where_it_is_handled_and_nowhere_below(analytics, tell):
    """Attack H10: the village's number told its secretary of an anonymous letter about him."""
    submit(tell, concerned=TAOBA, office="510183", level="city")
    assert counters(analytics, f"region={TAOBA}") == {}
    assert counters(analytics, "region=510183122") == {}
    assert counters(analytics, "region=510183") == {("petitions.submitted",): 1}
