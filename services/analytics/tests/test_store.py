from datetime import UTC, date, datetime, timedelta

import pytest

from services.analytics.store import Counters, Subtrees

ANY = {"first": None, "last": None, "metric": None}


@pytest.fixture
def counters(store):
    counters = store(Counters)
    for leaf, metric, day, category, amounts in [
        ("v1", "petitions.submitted", "2026-11-21", "river", {"count": 2}),
        ("v1", "petitions.submitted", "2026-11-22", "road", {"count": 1}),
        ("v2", "petitions.rated", "2026-11-22", "road", {"count": 1, "sum": 5}),
    ]:
        fields = {"leaf": leaf, "metric": metric, "day": day, "category": category}
        counters.increment("|".join(fields.values()), amounts, fields)
    return counters


@pytest.mark.feature("G01")
def test_an_increment_adds_to_what_is_there(counters):
    for _ in range(3):
        counters.increment("v2|petitions.rated|2026-11-22|road", {"count": 1, "sum": 4}, {"leaf": "elsewhere"})
    row = counters.row("v2|petitions.rated|2026-11-22|road")
    assert (row["leaf"], row["count"], row["sum"]) == ("v2", 4, 17)


@pytest.mark.feature("G01")
@pytest.mark.parametrize(
    ("query", "by", "sums"),
    [
        ({}, None, [("petitions.rated", None, 1), ("petitions.submitted", None, 3)]),
        ({"metric": "petitions.submitted"}, None, [("petitions.submitted", None, 3)]),
        ({"last": date(2026, 11, 21)}, None, [("petitions.submitted", None, 2)]),
        ({"first": date(2026, 11, 22)}, "leaf", [("petitions.rated", "v2", 1), ("petitions.submitted", "v1", 1)]),
        (
            {},
            "category",
            [("petitions.rated", "road", 1), ("petitions.submitted", "river", 2), ("petitions.submitted", "road", 1)],
        ),
    ],
)
def test_sums_are_of_the_leaves_days_and_metric_asked_for(counters, query, by, sums):
    found = counters.sums(["v1", "v2"], ANY | query, by)
    assert [(row["metric"], row.get(by), row["count"]) for row in found] == sums


@pytest.mark.feature("G01")
def test_other_leaves_do_not_count(counters):
    assert counters.sums(["v2"], ANY, None) == [{"metric": "petitions.rated", "count": 1, "sum": 5}]


@pytest.mark.feature("G01")
def test_a_region_knows_what_lies_under_it(store):
    regions = store(Subtrees)
    gone = datetime(2026, 11, 22, tzinfo=UTC)
    regions.put("t", {"path": ["t"], "past": []})
    regions.put("s", {"path": ["s"], "past": []})
    regions.put("v", {"path": ["v", "s"], "past": [{"path": ["v", "t"], "until": gone}]})
    assert regions.paths("t", None) == regions.paths("t", gone) == {"t": ["t"]}
    assert regions.paths("t", gone - timedelta(seconds=1)) == {"t": ["t"], "v": ["v", "t"]}
    assert regions.paths("s", None) == {"s": ["s"], "v": ["v", "s"]}
