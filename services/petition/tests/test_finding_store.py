"""How letters are found: each list from an index alone, in its order, whatever else is kept."""

import re
from datetime import timedelta
from itertools import count

import pytest

from services.petition.store import petitions as kept
from services.petition.store.petitions import Petitions
from services.petition.store.seen import Seen
from services.petition.tests.letters import HOUR, PATH, START, letter, letter_in, make, reader, told

p13, s03 = pytest.mark.feature("P13"), pytest.mark.feature("S03")
DAY = timedelta(days=1)
OTHER = "510183122212"
CLERK = reader(intakes=PATH[2:])


@pytest.fixture
def petitions(store):
    return store(Petitions)


@pytest.fixture
def keep(petitions):
    """`keep(petition)`: a letter with a number and id of its own; `due` is when its signature is."""
    numbers = count(1)

    def add(make=letter, due=None, **changes):
        number = next(numbers)
        petition = make(id=f"matter-{number:03}", number=f"QL-2026-{number:06d}", **changes)
        if due is not None:
            petition.promise(told("sign", START + due * HOUR, petition.level))
        petitions.add(petition)
        return number

    return add


def numbers(found):
    return [int(petition.number[-6:]) for petition in found]


def pages(ask, limit=2):
    """All numbers, and how many pages they took."""
    seen, cursor, asked = [], None, 0
    while True:
        page, asked = ask(cursor, limit), asked + 1
        seen += numbers(page.items)
        if not (cursor := page.next):
            return seen, asked


def by_ids(plan):
    """Whether a stage reads letters whose ids are given, one by one."""
    bounds = plan.get("indexBounds", {}).get("_id", ())
    return plan.get("indexName") == "_id_" and all(re.fullmatch(r'\["([^"]*)", "\1"\]', each) for each in bounds)


def stages(plan):
    """Names of the stages of a plan and of the indexes they use; letters asked for by their ids need none."""
    if isinstance(plan, dict):
        yield from (plan[key] for key in ("stage", "indexName") if key in plan and not by_ids(plan))
        yield from (stage for inner in plan.values() for stage in stages(inner))
    if isinstance(plan, list):
        yield from (stage for inner in plan for stage in stages(inner))


def explained(petitions, monkeypatch, ask):
    """The stages of every query that `ask()` makes."""
    plans, find = [], petitions.rows.find

    def watched(*args, **kwargs):
        plans.append(find(*args, **kwargs))
        return plans[-1]

    monkeypatch.setattr(petitions.rows, "find", watched, raising=False)
    ask()
    return {stage for plan in plans for stage in stages(plan.clone().explain()["queryPlanner"]["winningPlan"])}


@p13
def test_letters_are_found_by_all_tokens_newest_first_where_they_were_written_quarter_by_quarter(petitions, keep):
    for words in ([1, 2], [1], [1, 2, 3], [2], None, [1, 2]):
        keep(words=words)
    keep(words=[11, 12], level="town")
    older = lambda tokens, offices, *page: numbers(petitions.with_words(tokens, offices, CLERK, *page))  # noqa: E731
    assert older([[[1, 2]]], None, None, 2) == [6, 3]
    assert older([[[1, 2]]], None, "matter-003", 2) == [1]
    assert older([[[1], [11]]], None, None, 9) == [7, 6, 3, 2, 1]
    assert older([[[1], [11]]], [PATH[1]], None, 9) == [7]
    assert older([[[n] for n in range(2, 400)]], None, None, 9) == [7, 6, 4, 3, 1]
    assert older([], None, None, 2) == older([[]], None, None, 2) == []
    asked = []
    lazily = (asked.append(token) or [[token]] for token in (11, 1, 3))
    assert older(lazily, None, None, 2) == [7, 6]
    assert asked == [11, 1]


@p13
def test_whether_any_letter_has_a_token_under_a_key_is_told_by_the_index(petitions, keep):
    keep(words=[3, 900])
    assert [petitions.has_tokens(*span) for span in ((0, 2), (3, 3), (4, 899), (800, 1000))] == [
        False,
        True,
        False,
        True,
    ]


@s03
def test_what_waits_in_some_queues_comes_due_first_page_by_page(petitions, keep):
    for due in (5, None, 1, 3, 3, None):
        keep(due=due)
    keep(due=2, level="town")
    make_done = lambda **changes: letter_in("done", **changes)  # noqa: E731
    keep(make_done)
    keep(lambda **changes: letter_in("closed", **changes))
    assert pages(lambda *page: petitions.of_queues([PATH[0]], reader(PATH[0]), *page)) == ([3, 4, 5, 1, 2, 6, 8], 4)
    assert pages(lambda *page: petitions.of_queues([PATH[1]], reader(PATH[1]), *page)) == ([7, 8], 1)
    assert pages(lambda *page: petitions.of_queues(PATH, reader(*PATH), *page), 4) == ([3, 7, 4, 5, 1, 2, 6, 8], 2)


@p13
@s03
def test_no_list_is_sorted_in_memory_or_read_from_all_letters(petitions, keep, monkeypatch):
    for number in range(60):
        words, category = [number % 7, 200 + number % 5, 400], ("roads", "water")[number % 2]
        keep(words=words, due=number % 11, category=category, department="water" if number % 3 else None)
    offices = [PATH[0], OTHER, "510183122213"]
    first = petitions.of_queues(offices, reader(*offices), None, 5)
    for ask in (
        lambda: petitions.of_queues(offices, reader(*offices), None, 5),
        lambda: petitions.of_queues(offices, reader(*offices), first.next, 5),
        lambda: petitions.of_offices(reader(*offices), "submitted", None, 5),
        lambda: petitions.of_department("water", reader(departments=["water"]), None, None, 5),
        lambda: petitions.with_words([[[n, n + 200, n + 400] for n in range(190)]], None, CLERK, None, 5),
        lambda: petitions.with_words([[[1, 201]]], offices, reader(*offices), "matter-050", 5),
        lambda: petitions.has_tokens(4, 5),
        lambda: petitions.open_among([PATH[0]], "roads", START - DAY, reader(*offices), 5),
        lambda: petitions.open_after("matter-050", "roads", 5),
        lambda: petitions.open_after("", None, 5),
    ):
        assert explained(petitions, monkeypatch, ask) & {"COLLSCAN", "SORT", "_id_"} == set()


def test_a_rare_word_spares_looking_at_letters_that_have_the_common_ones_only(petitions, keep, monkeypatch):
    for number in range(60):
        keep(words=[100, 200 + number % 30])
    monkeypatch.setattr(kept, "CHUNK", 2)
    looked, find = [], petitions.rows.find
    spy = Spy(petitions.rows, lambda query, *args, **more: looked.append(query) or find(query, *args, **more))
    monkeypatch.setattr(petitions, "rows", spy)
    assert numbers(petitions.with_words([[[100, 207]]], None, CLERK, None, 5)) == [38, 8]
    assert looked[0]["$and"][1] == {"_id": {"$in": ["matter-038", "matter-008"]}}
    assert petitions.with_words([[[100, 230]]], None, CLERK, None, 5) == []
    assert len(looked) == 1
    monkeypatch.setattr(kept, "RARE", 2)
    assert numbers(petitions.with_words([[[100, 207]]], None, CLERK, None, 5)) == [38, 8]


class Spy:
    """A collection whose `find` is another."""

    def __init__(self, rows, find):
        self.rows, self.find = rows, find

    def __getattr__(self, name):
        return getattr(self.rows, name)


def test_what_is_open_is_counted_and_turned_over_in_order_closed_letters_left_unread(petitions, keep):
    for number in range(4):
        keep(category=("roads", "water")[number % 2])
        keep(lambda **changes: letter_in("closed", **changes))
    keep(lambda **changes: letter_in("done", **changes))
    assert (petitions.count_open(None), petitions.count_open("roads")) == (5, 2)
    first = petitions.open_after("", None, 3)
    assert [len(first), len(petitions.open_after(first[-1], None, 3))] == [3, 2]
    assert sorted(first) == first


@p13
def test_what_may_be_about_the_same_is_open_of_that_village_and_category_and_not_long_ago(petitions, keep):
    keep()
    keep(at=START + HOUR)
    keep(category="roads")
    keep(at=START - 2 * DAY)
    keep(lambda **changes: letter_in("closed", **changes))
    assert numbers(petitions.open_among([PATH[0]], "environment", START - DAY, CLERK, 9).items) == [2, 1]
    assert numbers(petitions.open_among([OTHER], "environment", START - DAY, CLERK, 9).items) == []


@s03
def test_the_board_counts_what_is_due_and_what_was_closed_lately_from_indexes_alone(petitions, keep):
    for due in (-30, -1, 1, 20, None):
        keep(due=due)
    keep(due=1, level="town")
    keep(lambda **changes: letter_in("closed", **changes))
    keep(lambda **changes: make(letter(**changes), *["sign", "answer", "done", "verify", "close"], at=START - 31 * DAY))
    keep(lambda **changes: make(letter(**changes), "dispatch"), due=1, level="city")
    at, midnight = START, START + 15 * HOUR
    due = {row.pop("office"): row for row in petitions.due_before(PATH, reader(*PATH), at, midnight)}
    own, one_today = {"department": None}, {"overdue": 0, "today": 1}
    assert due == {
        PATH[0]: own | {"overdue": 2, "today": 1},
        PATH[1]: own | one_today,
        PATH[2]: {"department": "water"} | one_today,
    }
    closed = [{"office": PATH[0], "category": "environment", "department": None, "closed": 1, "in_time": 1}]
    assert petitions.closed_since(PATH, reader(*PATH), at - 30 * DAY) == closed


@s03
def test_the_board_reads_no_letter(petitions, keep):
    keep(due=1)
    keep(lambda **changes: letter_in("closed", **changes))
    petitions.database.command("profile", 2)
    petitions.due_before(PATH, reader(*PATH), START, START + 15 * HOUR)
    petitions.closed_since(PATH, reader(*PATH), START - DAY)
    petitions.database.command("profile", 0)
    ran = list(petitions.database["system.profile"].find({"command.aggregate": "petitions"}))
    assert [(each["planSummary"].split()[0], each["docsExamined"]) for each in ran] == [("IXSCAN", 0)] * 4


@s03
def test_what_she_has_seen_is_the_most_she_ever_saw(store):
    seen, petition = store(Seen), letter()
    seen.note("secretary-1", make(petition, "sign"), START)
    seen.note("secretary-1", letter(), START)
    assert seen.of("secretary-1", [petition]) == {petition.id: 2}
    assert seen.of("secretary-2", [petition]) == {}
