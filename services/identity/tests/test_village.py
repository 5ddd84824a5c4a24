"""What is in a village: grids and groups, households, organisations."""

from datetime import UTC, datetime, timedelta

import pytest

from chassis.domain import new_id
from contracts.identity.members import HouseholdDissolved, RepresentativeLeft
from contracts.words import GRIDS
from services.identity.domain.grid import TEAM_RULES, Grid, GridClosed, Member, TeamTooSmall, TooDeep
from services.identity.domain.household import (
    Household,
    HouseholdGone,
    MarkNotFound,
    MemberTwice,
    NotAMember,
    Resident,
)
from services.identity.domain.organisation import AlreadyOnStaff, Organisation, OwnPost, StaffNotFound

AT = datetime(2026, 11, 22, 8, tzinfo=UTC)
VILLAGE = "510183122211"
TEAM = [Member(person="p1", duty="gridworker"), Member(person="p2", duty="contact")]
HOUSEHOLDS = {"households": ["h1", "h2"], "polygon": None}
POLYGON = {"households": [], "polygon": {"type": "Polygon", "coordinates": []}}

grids, households, organisations = (pytest.mark.feature(id) for id in ("I06", "I06", "I09"))


def day(number):
    return AT + timedelta(days=number)


def opened(above=None, team=TEAM, kind="grid"):
    return Grid.open(new_id(), VILLAGE, kind, "一网格", above, team, HOUSEHOLDS, AT)


def household():
    members = [Resident(person="p1", relation="head"), Resident(person="p2", relation="parent")]
    return Household.register("h1", VILLAGE, members, "p1", "p9", AT)


@grids
def test_a_grid_remembers_each_team_and_boundary_with_its_dates():
    grid = opened()
    grid.change([*TEAM, Member(person="p3", duty="head")], None, day(1))
    grid.change(None, POLYGON, day(2))
    assert [len(grid.at(day(number))["team"]) for number in (0, 1, 2)] == [2, 3, 3]
    assert [grid.at(day(number))["boundary"].households for number in (0, 1, 2)] == [["h1", "h2"]] * 2 + [[]]
    assert [(team.since, team.until) for team in grid.teams] == [(AT, day(1)), (day(1), None)]
    assert grid.at(day(-1)) is None


@grids
def test_every_change_of_a_grid_is_told_without_anybody_in_it():
    grid = opened(opened())
    grid.close(day(1))
    told = [fact.data for fact in grid.recorded]
    where = {"region": VILLAGE, "kind": "grid", "parent": grid.path[1]}
    assert told == [where | {"open": True}, where | {"open": False}]
    assert grid.at(day(1)) is None
    for change in (lambda: grid.close(day(2)), lambda: grid.change(TEAM, None, day(2)), lambda: opened(grid)):
        with pytest.raises(GridClosed):
            change()


@grids
@pytest.mark.parametrize("kind", GRIDS)
def test_a_team_has_at_least_whom_the_rule_of_its_kind_asks_for(kind):
    least = [Member(person=f"p{n}", duty=duty) for n, duty in enumerate(TEAM_RULES[kind])]
    grid = opened(team=least, kind=kind)
    for missing in least:
        with pytest.raises(TeamTooSmall):
            grid.change([member for member in least if member != missing], None, day(1))
    assert len(grid.teams) == 1


@grids
def test_grids_have_three_levels_and_no_more():
    third = opened(opened(opened()))
    assert len(third.path) == 3
    with pytest.raises(TooDeep):
        opened(third)


@households
def test_a_household_is_told_by_how_many_it_is_only():
    assert [fact.data for fact in household().recorded] == [{"region": VILLAGE, "members": 2}]


@households
def test_a_representative_lives_there_and_nobody_is_listed_twice():
    made = household()
    with pytest.raises(NotAMember):
        made.compose(made.members, "p9", None)
    with pytest.raises(MemberTwice):
        made.compose([*made.members, made.members[0]], "p1", None)
    assert made.representative == "p1"


@households
def test_marks_are_of_members_or_of_all_and_leave_with_who_leaves():
    made = household()
    marks = [made.mark(person, b"sealed", AT) for person in ("p1", "p2", None)]
    with pytest.raises(NotAMember):
        made.mark("p9", b"sealed", AT)
    made.compose(made.members[:1], "p1", None)
    assert [mark.person for mark in made.marks] == ["p1", None]
    made.unmark(marks[2].id)
    with pytest.raises(MarkNotFound):
        made.unmark(marks[2].id)


@households
def test_when_the_representative_leaves_another_is_to_be_chosen_and_the_last_one_ends_the_household():
    made = household()
    made.mark("p1", b"sealed", AT)
    made.depart("p9", day(1))
    assert (made.contact, made.representative, made.marks_for("p2")) == (None, "p1", [])
    made.depart("p1", day(1))
    assert (made.representative, made.marks, [member.person for member in made.members]) == (None, [], ["p2"])
    made.depart("p2", day(2))
    assert (made.dissolved_at, made.members) == (day(2), [])
    assert [fact.type for fact in made.recorded[1:]] == [RepresentativeLeft.wire(), HouseholdDissolved.wire()]
    with pytest.raises(HouseholdGone):
        made.dissolve(day(3))


@grids
@organisations
def test_who_was_erased_is_on_no_team_and_no_staff():
    grid, bureau = opened(), Organisation.register("o1", VILLAGE, "department", "水务局", AT)
    bureau.employ("p1", "科员", "admin", AT)
    grid.change([*TEAM, Member(person="p3", duty="head")], None, day(1))
    assert [duty["duty"] for duty in grid.duties_of("p1")] == ["gridworker"] * 2
    assert [post["post"] for post in bureau.posts_of("p1")] == ["科员"]
    grid.forget("p1")
    bureau.forget("p1")
    assert (grid.duties_of("p1"), bureau.staff) == ([], [])
    assert len(grid.teams[1].members) == 2


@organisations
def test_a_directory_lists_each_person_once():
    bureau = Organisation.register("o1", VILLAGE, "department", "水务局", AT)
    staff = bureau.employ("p1", "科员", "admin", AT)
    with pytest.raises(AlreadyOnStaff):
        bureau.employ("p1", "科长", "admin", AT)
    with pytest.raises(OwnPost):
        bureau.employ("p2", "科长", "p2", AT)
    assert (bureau.role, Organisation.register("o2", VILLAGE, "shop", "小卖部", AT).role) == ("departmentstaff", None)
    bureau.dismiss(staff.id)
    with pytest.raises(StaffNotFound):
        bureau.dismiss(staff.id)
    assert [fact.data for fact in bureau.recorded] == [{"region": VILLAGE, "kind": "department"}]
