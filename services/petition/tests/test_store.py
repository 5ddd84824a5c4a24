"""Letters and photos as they are kept."""

from datetime import timedelta

import pytest

from chassis.store import BadCursor
from services.petition.domain.refusals import PetitionNotFound, PhotoUnavailable
from services.petition.store.petitions import Petitions
from services.petition.store.uploads import Uploads
from services.petition.tests.letters import HOUR, PATH, START, letter, letter_in, make, promise_all, reader, told


@pytest.fixture
def petitions(store):
    return store(Petitions)


def keep(petitions, number, due=None, **changes):
    petition = letter(id=f"matter-{number}", number=f"QL-2026-{number:06d}", **changes)
    if due:
        petition.promise(told("sign", START + due * HOUR, petition.level))
    petitions.add(petition)


def numbers(page):
    return [int(petition.number[-6:]) for petition in page.items]


def test_a_letter_comes_back_as_it_was_kept(petitions):
    petition = letter_in("done", place=b"sealed place", photos=["photo-1"])
    promise_all(petition, 1)
    make(petition, "verify", "close", "rate", "reopen")
    petitions.add(petition)
    assert petitions.get(petition.id) == petitions.numbered(petition.number) == petition


def test_an_unknown_number_or_claim_is_not_found(petitions):
    keep(petitions, 1, anonymity=3, claim="hash")
    assert petitions.claimed("QL-2026-000001", "hash").author is None
    for ask in (lambda: petitions.numbered("QL-1"), lambda: petitions.claimed("QL-2026-000001", "other")):
        with pytest.raises(PetitionNotFound):
            ask()


def test_ones_own_letters_come_newest_first(petitions):
    for number in (1, 2, 3):
        keep(petitions, number)
    keep(petitions, 4, author="villager-2")
    page = petitions.of_author("villager-1", None, 2)
    assert numbers(page) == [3, 2]
    assert numbers(petitions.of_author("villager-1", page.next, 2)) == [1]


def test_an_offices_letters_come_due_first_and_page_by_page(petitions):
    for number, due in enumerate([5, None, 1, 3, 3, None], 1):
        keep(petitions, number, due)
    keep(petitions, 7, 1, level="town")
    seen, cursor = [], None
    while True:
        page = petitions.of_offices(reader(PATH[0]), None, cursor, 2)
        seen += numbers(page)
        if not (cursor := page.next):
            break
    assert seen == [3, 4, 5, 1, 2, 6]


def test_an_offices_letters_are_those_in_the_state_asked_for_else_open(petitions):
    for number, state in enumerate(["submitted", "done", "closed"], 1):
        petitions.add(letter_in(state, id=f"matter-{number}", number=f"QL-2026-{number:06d}"))
    assert numbers(petitions.of_offices(reader(PATH[0]), None, None, 9)) == [1]
    assert numbers(petitions.of_offices(reader(PATH[0]), "done", None, 9)) == [2]
    assert numbers(petitions.of_offices(reader(), None, None, 9)) == []


@pytest.mark.parametrize("cursor", ["x", "nan_1", "1e99_1", "_"])
def test_a_cursor_of_ones_own_making_is_refused(petitions, cursor):
    with pytest.raises(BadCursor):
        petitions.of_offices(reader(PATH[0]), None, cursor, 2)


@pytest.mark.feature("P13")
def test_an_upload_is_opened_once_and_by_whoever_has_its_string(store):
    uploads = store(Uploads)
    claim, other = uploads.keep(b"jpeg", START), uploads.keep(b"jpeg", START)
    assert uploads.take(claim) == b"jpeg"
    for wrong in (claim, other[:-1], ""):
        with pytest.raises(PhotoUnavailable):
            uploads.take(wrong)
    assert uploads.rows.count_documents({}) == 1


@pytest.mark.feature("P13")
def test_nothing_kept_of_an_upload_opens_it_or_says_when(store):
    uploads = store(Uploads)
    claim = uploads.keep(b"jpeg", START + timedelta(minutes=59, seconds=59))
    (row,) = uploads.rows.find()
    assert row.keys() == {"_id", "sealed", "ends_at"}
    assert row["ends_at"] == START + timedelta(hours=24)
    assert b"jpeg" not in row["sealed"]
    assert claim not in str(row)
