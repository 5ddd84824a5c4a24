from collections import Counter
from datetime import datetime
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contracts.notify import MessageSent
from contracts.petition.letters import OUTCOMES, PetitionClosed, PetitionRated, PetitionSubmitted
from contracts.sdk.envelope import Envelope
from services.analytics.domain import RULES, by_part, days_of, for_everybody, part, parts_of, tally

TREE = [
    {"_id": "510183", "path": ["510183"]},
    {"_id": "510183122", "path": ["510183122", "510183"]},
    {"_id": "510183122211", "path": ["510183122211", "510183122", "510183"]},
    {"_id": "510183122212", "path": ["510183122212", "510183122", "510183"]},
    {"_id": "510183103", "path": ["510183103", "510183"]},
]


def fact(kind, time="2026-11-22T10:00:00+08:00", regionid="510183122211", **data):
    values = dict.fromkeys(kind().fields) | {"village": "510183122211", "category": "river"} | data
    return Envelope(
        "id", f"/{kind.producer()}", kind.wire(), "s1", 1, datetime.fromisoformat(time), regionid, *[None] * 3, values
    )


PATHS = {row["_id"]: row["path"] for row in TREE}


def rows_of(facts):
    """The counters as any number of batches leave them."""
    amounts, fields = {}, {}
    for one in facts:
        key, added, fields[key] = tally(one)
        amounts.setdefault(key, Counter()).update(added)
    return {key: fields[key] | dict(amounts[key]) for key in amounts}


@pytest.mark.feature("G01")
def test_a_closed_matter_counts_in_its_village_by_category_and_outcome():
    key, amounts, fields = tally(fact(PetitionClosed, outcome="solved"))
    assert fields.pop("leaf") == "510183122211"
    assert fields == {"metric": "petitions.closed", "day": "2026-11-22", "category": "river", "outcome": "solved"}
    assert amounts == {"count": 1}
    assert key != tally(fact(PetitionClosed, outcome="withdrawn"))[0]


@pytest.mark.feature("G01")
def test_ratings_add_up_their_stars():
    assert tally(fact(PetitionRated, stars=4))[1] == {"count": 1, "sum": 4}


@pytest.mark.feature("G01")
@pytest.mark.parametrize(
    ("time", "day"), [("2026-11-21T15:59:59+00:00", "2026-11-21"), ("2026-11-21T16:00:00+00:00", "2026-11-22")]
)
def test_the_day_is_the_day_in_china(time, day):
    assert tally(fact(PetitionSubmitted, time))[2]["day"] == day


@pytest.mark.feature("G01")
def test_a_message_of_no_region_counts_for_the_county_alone():
    assert tally(fact(MessageSent, regionid=None, channel="sms"))[2]["leaf"] == "-"
    assert parts_of("510183", PATHS)["-"] == "510183"
    assert "-" not in parts_of("510183122", {id: path for id, path in PATHS.items() if "510183122" in path})


@pytest.mark.feature("G01")
@pytest.mark.parametrize("kind", RULES)
def test_every_attribute_a_rule_names_is_in_its_fact(kind):
    rule = RULES[kind]
    named = {rule.leaf, *rule.dimensions.values()} | ({rule.sum} if rule.sum else set())
    assert named - {"regionid"} <= kind().fields.keys()


@pytest.mark.feature("G01")
@pytest.mark.parametrize(
    ("leaf", "region", "child"),
    [
        ("510183122211", "510183", "510183122"),
        ("510183122211", "510183122", "510183122211"),
        ("510183122211", "510183122211", "510183122211"),
        ("510183", "510183", "510183"),
    ],
)
def test_a_leaf_counts_for_the_child_it_lies_in(leaf, region, child):
    assert part(PATHS[leaf], region) == child


@pytest.mark.feature("G01")
def test_sums_by_leaf_become_sums_by_child():
    sums = [
        {"metric": "petitions.rated", "leaf": "510183122211", "count": 1, "sum": 5},
        {"metric": "petitions.rated", "leaf": "510183122212", "count": 2, "sum": 4},
        {"metric": "petitions.rated", "leaf": "510183103", "count": 1, "sum": 3},
    ]
    assert by_part(sums, parts_of("510183", PATHS)) == [
        {"metric": "petitions.rated", "region": "510183103", "count": 1, "sum": 3},
        {"metric": "petitions.rated", "region": "510183122", "count": 3, "sum": 9},
    ]


counted = st.builds(lambda count, stars: {"count": count, "sum": count * stars}, st.integers(1, 60), st.integers(0, 5))


@given(st.lists(counted, max_size=20))
def test_what_everybody_reads_is_in_fives_and_keeps_the_average(rows):
    shown = for_everybody(rows)
    assert all(row["count"] >= 5 and row["count"] % 5 == 0 for row in shown)
    assert len(shown) == sum(row["count"] >= 5 for row in rows)
    kept = [row for row in rows if row["count"] >= 5]
    for before, after in zip(kept, shown, strict=True):
        assert 0 <= before["count"] - after["count"] < 5
        assert after["sum"] * before["count"] == before["sum"] * after["count"]


@pytest.mark.parametrize(
    ("month", "days"),
    [
        (None, (None, "2026-11-30")),
        ("2026-10", ("2026-10-01", "2026-10-31")),
        ("2026-02", ("2026-02-01", "2026-02-28")),
        ("2026-12", ("2026-12-01", "2026-11-30")),
    ],
)
def test_public_numbers_end_yesterday_or_with_their_month(month, days):
    at = datetime.fromisoformat("2026-12-01T00:30:00+08:00")
    assert tuple(day and day.isoformat() for day in days_of(month, at)) == days


closed = st.builds(
    lambda village, outcome: fact(PetitionClosed, village=village, outcome=outcome),
    st.sampled_from([row["_id"] for row in TREE]),
    st.sampled_from(OUTCOMES),
)
rated = st.builds(lambda stars: fact(PetitionRated, stars=stars), st.integers(1, 5))
facts = st.lists(closed | rated, max_size=40)


@pytest.mark.feature("G01")
@settings(deadline=None)
@given(facts, st.lists(st.integers(0, 40), max_size=6), st.randoms())
def test_any_order_and_any_split_into_batches_give_the_same_counters(all_facts, cuts, random):
    batches = [all_facts[a:b] for a, b in pairwise([0, *sorted(cuts), len(all_facts)])]
    random.shuffle(batches)
    totals = {}
    for row in (row for batch in batches for row in rows_of(batch).items()):
        key, counted = row
        before = totals.get(key, {"count": 0, "sum": 0})
        totals[key] = counted | {name: before[name] + counted.get(name, 0) for name in ("count", "sum")}
    assert totals == {key: {"sum": 0} | row for key, row in rows_of(all_facts).items()}
    assert sum(row["count"] for row in totals.values()) == len(all_facts)
