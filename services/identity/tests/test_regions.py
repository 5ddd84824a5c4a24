"""Regions change their names, their parents and end in others; every service's projection follows."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.domain import NotYet, Refusal
from chassis.parts import regions as projection
from services.identity.domain.region import (
    CodeTaken,
    LevelCode,
    LevelsDiffer,
    MergedIntoItself,
    NothingChanges,
    OutsideScope,
    Region,
    RegionEnded,
    UnknownRegion,
    WrongParent,
)
from services.identity.domain.tree import Tree

pytestmark = pytest.mark.feature("I01")
AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
CITY, DATONG, NANBAO = "510183", "510183122", "510183121"
TAOBA, SHUGUANG, ZHITAI = "510183122211", "510183122212", "510183121214"
VILLAGES = {TAOBA: ("陶坝村", DATONG), SHUGUANG: ("曙光村", DATONG), ZHITAI: ("直台村", NANBAO)}
PLACES = {CITY: ("邛崃市", None), DATONG: ("大同镇", CITY), NANBAO: ("南宝山镇", CITY)} | VILLAGES


def day(number):
    return AT + timedelta(days=number)


@pytest.fixture
def tree():
    return planted()


def planted():
    made = {}
    for id, (place, parent) in PLACES.items():
        made[id] = Region.register(id, place, made.get(parent), AT)
    return Tree(made.values())


def paths(tree):
    return {id: region.path for id, region in tree.regions.items()}


def facts(tree):
    """(type, data) of what was recorded since the tree was planted."""
    told = [fact for region in tree.regions.values() for fact in region.recorded if fact.sequence > 1]
    return [(fact.subject, fact.type.split(".")[1], fact.data) for fact in sorted(told, key=lambda fact: fact.id)]


def test_a_merged_village_becomes_part_of_its_heir(tree):
    tree.merge(TAOBA, ZHITAI, day(1))
    assert paths(tree)[TAOBA] == [TAOBA, ZHITAI, NANBAO, CITY]
    assert (tree.region(TAOBA).heir, tree.region(ZHITAI).merged) == (ZHITAI, [TAOBA])
    assert facts(tree) == [(TAOBA, "region_merged", {"into": ZHITAI})]
    assert tree.changed.keys() == {TAOBA, ZHITAI, CITY}


def test_whoever_has_either_village_reaches_both(tree):
    tree.merge(TAOBA, ZHITAI, day(1))
    for region in (TAOBA, ZHITAI):
        for scope in (TAOBA, ZHITAI, NANBAO, CITY):
            if (region, scope) != (TAOBA, TAOBA):
                tree.region(region).require_within([scope])
        with pytest.raises(OutsideScope):
            tree.region(region).require_within([SHUGUANG, DATONG])


def test_a_chain_of_mergers_ends_in_the_last_heir(tree):
    tree.merge(TAOBA, SHUGUANG, day(1))
    tree.merge(SHUGUANG, ZHITAI, day(2))
    assert paths(tree)[TAOBA] == [TAOBA, SHUGUANG, ZHITAI, NANBAO, CITY]
    assert [tree.region(id).heir for id in (TAOBA, SHUGUANG, ZHITAI)] == [ZHITAI, ZHITAI, None]
    assert tree.region(ZHITAI).merged == [SHUGUANG, TAOBA]


def test_the_villages_of_a_merged_town_come_under_its_heir_and_say_so(tree):
    tree.merge(TAOBA, SHUGUANG, day(1))
    tree.merge(DATONG, NANBAO, day(2))
    assert paths(tree)[SHUGUANG] == [SHUGUANG, NANBAO, CITY]
    assert paths(tree)[TAOBA] == [TAOBA, SHUGUANG, NANBAO, CITY]
    assert (DATONG, "region_merged", {"into": NANBAO}) in facts(tree)
    assert (SHUGUANG, "region_moved", {"parent": NANBAO}) in facts(tree)


def test_the_past_stays_on_record(tree):
    tree.rename(TAOBA, "新陶坝村", "510183122299", day(1))
    tree.move(TAOBA, NANBAO, day(2))
    tree.merge(TAOBA, ZHITAI, day(3))
    spells = [(s.code, s.place, s.parent, s.since, s.until) for s in tree.region(TAOBA).history]
    assert spells == [
        (TAOBA, "陶坝村", DATONG, AT, day(1)),
        ("510183122299", "新陶坝村", DATONG, day(1), day(2)),
        ("510183122299", "新陶坝村", NANBAO, day(2), day(3)),
    ]


@pytest.mark.parametrize(("code", "at", "found"), [
    (TAOBA, AT, True), (TAOBA, day(1), False), (TAOBA, None, True), ("510183122299", day(1), True),
    ("510183122299", AT, False), ("510183122299", None, True), (ZHITAI, None, False), (TAOBA, day(-1), False),
])  # fmt: skip
def test_a_region_is_known_by_the_code_it_had_at_the_time(tree, code, at, found):
    tree.rename(TAOBA, None, "510183122299", day(1))
    assert tree.region(TAOBA).named(code, at) == found


def test_the_heir_may_take_the_code_of_what_it_absorbed(tree):
    tree.merge(TAOBA, ZHITAI, day(1))
    tree.rename(ZHITAI, "陶坝新村", TAOBA, day(2))
    assert (tree.coded(TAOBA).id, tree.coded("510183121000").id) == (ZHITAI, NANBAO)


def test_a_new_village_gets_its_code_as_its_id(tree):
    made = tree.register("510183122250", "新村", DATONG, day(1))
    assert (made.id, made.code, made.level, made.path) == ("510183122250",) * 2 + ("village", [made.id, DATONG, CITY])
    assert tree.register("510183130000", "新镇", CITY, day(1)).id == "510183130"


REFUSED = {
    "an unknown region": (UnknownRegion, lambda tree: tree.merge("510183999", NANBAO, AT)),
    "an unknown heir": (UnknownRegion, lambda tree: tree.merge(TAOBA, "510183999999", AT)),
    "into itself": (MergedIntoItself, lambda tree: tree.merge(TAOBA, TAOBA, AT)),
    "into its town": (LevelsDiffer, lambda tree: tree.merge(TAOBA, DATONG, AT)),
    "what has ended": (RegionEnded, lambda tree: tree.merge(SHUGUANG, ZHITAI, AT)),
    "into what has ended": (RegionEnded, lambda tree: tree.merge(ZHITAI, SHUGUANG, AT)),
    "a new name for what has ended": (RegionEnded, lambda tree: tree.rename(SHUGUANG, "新村", None, AT)),
    "under a village": (WrongParent, lambda tree: tree.move(TAOBA, ZHITAI, AT)),
    "under the city": (WrongParent, lambda tree: tree.move(TAOBA, CITY, AT)),
    "where it is": (NothingChanges, lambda tree: tree.move(TAOBA, DATONG, AT)),
    "the same name": (NothingChanges, lambda tree: tree.rename(TAOBA, "陶坝村", TAOBA, AT)),
    "a code in use": (CodeTaken, lambda tree: tree.rename(TAOBA, None, ZHITAI, AT)),
    "a code once used": (CodeTaken, lambda tree: tree.register(SHUGUANG, "新村", DATONG, AT)),
    "a town's code for a village": (LevelCode, lambda tree: tree.register("510183130000", "新村", DATONG, AT)),
    "a village's code for a town": (LevelCode, lambda tree: tree.rename(DATONG, None, "510183130201", AT)),
    "below a village": (WrongParent, lambda tree: tree.register("510183122290", "新村", TAOBA, AT)),
}


@pytest.mark.parametrize(("refusal", "change"), REFUSED.values(), ids=REFUSED.keys())
def test_a_change_that_makes_no_sense_is_refused_and_changes_nothing(tree, refusal, change):
    tree.merge(SHUGUANG, TAOBA, day(1))
    before = paths(tree), facts(tree)
    with pytest.raises(refusal):
        change(tree)
    assert (paths(tree), facts(tree)) == before


# every service's projection

DEEDS = st.lists(st.tuples(st.sampled_from(["merge", "move"]), *[st.sampled_from(sorted(PLACES))] * 2), max_size=6)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(DEEDS, st.randoms(use_true_random=False))
def test_a_projection_ends_up_like_the_tree_in_whatever_order_regions_are_told(store, deeds, random):
    tree = planted()
    for number, (deed, one, other) in enumerate(deeds):
        try:
            getattr(tree, deed)(one, other, day(number))
        except Refusal:
            continue
    rows = store(projection.Regions)
    rows.rows.delete_many({})
    lanes = {id: list(region.recorded) for id, region in tree.regions.items()}
    while waiting := [id for id, lane in lanes.items() if lane]:
        tell(rows, lanes[random.choice(waiting)])
    assert {row["_id"]: (row["path"], row["heir"]) for row in rows.find({})} == {
        id: (region.path, region.heir or id) for id, region in tree.regions.items()
    }


def tell(rows, lane):
    """Tell the first fact of a lane, unless it is too early for it."""
    handle = {"region_registered": rows.keep, "region_moved": rows.move, "region_merged": rows.merge}
    fact = lane[0]
    try:
        handle[fact.type.split(".")[1]](fact)
    except NotYet:
        return
    lane.pop(0)
