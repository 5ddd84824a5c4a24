"""What may this reader see now: lists, search, suggestions, links, counts and repeats tell nothing that GET refuses."""

from contextlib import suppress
from dataclasses import replace
from datetime import datetime

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from chassis.auth.people import Person
from chassis.domain import Refusal
from chassis.testing import wait_until
from contracts.identity.access import RoleGranted
from contracts.identity.regions import RegionMoved, RegionRegistered
from contracts.identity.villagers import PersonErased
from services.petition.domain.inbox import desks
from services.petition.domain.moves import AUTHOR
from services.petition.domain.reader import Reader
from services.petition.domain.words import STEPS
from services.petition.service import following
from services.petition.store.petitions import Petitions, shown_to
from services.petition.tests.conftest import CITY, LETTER, TOWN, VILLAGE
from services.petition.tests.letters import PATH, ROAD, letter, make

NEXT, OTHER_TOWN, OTHER_CITY = "510183122212", "510183121", "510184"
ABOUT = LETTER | {"recipient": "town", "anonymity": 2, "about": "village"}
KINDS = (str, int, bool, datetime, type(None))

p01, p06, p07, p13, i08, s03 = (pytest.mark.feature(id) for id in ("P01", "P06", "P07", "P13", "I08", "S03"))


# the query is the function

MOVES = ["urge", "supervise", "dispatch", "suspend", "allow_suspension", "withdraw", "pass_up"]
ways = st.tuples(st.sampled_from(list(ROAD.values())), st.lists(st.sampled_from(MOVES), max_size=2))
letters = st.fixed_dictionaries(
    {
        "level": st.sampled_from(["village", "town", "city"]),
        "about": st.sampled_from([None, None, "village", "town"]),
        "anonymity": st.sampled_from([1, 2, 3]),
        "recused": st.lists(st.sampled_from(["villager-1", "ann", "bob"]), max_size=2, unique=True),
    }
)


def some(*names):
    return st.frozensets(st.sampled_from(names))


readers = st.builds(
    Reader,
    id=st.sampled_from(["villager-1", "ann", "bob", "carl"]),
    offices=some(*PATH, NEXT, OTHER_CITY),
    intakes=some(PATH[2], OTHER_CITY),
    departments=some("water", "roads"),
)


def written(drawn, number):
    """A letter as drawn, as far as rules let it be so; None for one that nobody may write."""
    said, (road, more) = drawn
    recused = said["recused"] if said["about"] else []
    with suppress(Refusal):
        petition = letter(**said | {"id": f"matter-{number}", "number": f"QL-{number}", "recused": recused})
        for move in (*road, *more):
            with suppress(Refusal):
                make(petition, move)
        petition.recorded.clear()
        return petition


@p13
@settings(max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(drawn=st.lists(st.tuples(letters, ways), min_size=1, max_size=6), reader=readers)
def test_a_query_finds_a_letter_exactly_when_the_reader_plays_a_part_in_it_by_a_desk(store, drawn, reader):
    petitions = store(Petitions)
    petitions.rows.delete_many({})
    kept = [petition for number, each in enumerate(drawn) if (petition := written(each, number))]
    for petition in kept:
        petitions.add(petition)
    by_desk = {petition.id for petition in kept if petition.played(reader) - {AUTHOR}}
    assert {each.id for each in petitions.find(shown_to(reader))} == by_desk
    hers = {petition.id for petition in kept if petition.id in by_desk and reader.desks & {*desks(petition)}}
    assert {each.id for each in petitions.of_desks(reader.desks, reader, None, 10).items} == hers


@given(drawn=st.tuples(letters, ways), reader=readers)
def test_whoever_a_letter_is_about_plays_no_part_but_its_authors_and_every_desk_where_it_waits_one(drawn, reader):
    if petition := written(drawn, 1):
        barred = petition.concerned in reader.offices or reader.id in petition.recused
        assert not barred or petition.played(reader) <= {AUTHOR}
        assert set(desks(petition)) <= set(petition.shown_to)


# suggestions


def similar(desk, number, person):
    answer = desk.http.get(f"/v1/petitions/{number}/similar", person=person)
    assert answer.status_code == 200, answer.text
    return [(item["letter"]["number"], item["likeness"]) for item in answer.json()["items"]]


def take_down(desk, text):
    body = LETTER | {"text": text, "region": VILLAGE, "channel": "window"}
    del body["anonymity"]
    return desk.http.post("/v1/office/petitions", json=body, person=desk.village).json()["number"]


@p13
def test_a_letter_taken_down_tells_nothing_of_the_words_of_letters_that_go_above(desk):
    words = "书记侄子承包了鱼塘，账目不公开"
    hidden = desk.number(text=words, recipient="city", anonymity=2)
    about = desk.number(**ABOUT | {"text": words})
    for probe in (words, "书记侄子承包了鱼塘", "明天天气很好"):
        number = take_down(desk, probe)
        desk.refuses(lambda: desk.read(hidden, desk.village), 404, "petition_not_found")
        assert {hidden, about}.isdisjoint(found for found, _ in similar(desk, number, desk.village))
    assert {hidden, about} <= {found for found, _ in similar(desk, take_down(desk, words), desk.intake)}


@p13
def test_likeness_has_five_steps_and_equally_alike_letters_come_newest_first(desk):
    words = "河边垃圾成堆没有人清理已经一个多月了请尽快派人"
    near, far = desk.number(text=words + "来"), desk.number(text=words + "来处理好吗", author=desk.bob)
    (first, one), (second, other) = similar(desk, desk.number(text=words), desk.village)
    assert (first, second) == (far, near) and one == other == 0.8
    assert {one, other} <= set(STEPS)


# links


@p06
def test_the_number_of_another_letter_is_named_to_those_only_who_may_see_that_one_too(desk):
    lead, follower = desk.number(), desk.number(author=desk.bob)
    merged = desk.http.post(f"/v1/petitions/{follower}/merge", json={"lead": lead}, person=desk.village)
    assert merged.json()["duplicate_of"] == lead
    desk.refuses(lambda: desk.read(lead, desk.bob), 404, "petition_not_found")
    assert lead not in desk.read(follower, desk.bob).text
    assert desk.read(follower, desk.village).json()["duplicate_of"] == lead
    rated = desk.move(follower, desk.bob, "rate", stars=4)
    assert rated.status_code == 200 and lead not in rated.text


@p06
def test_of_the_parts_of_a_letter_each_sees_those_that_are_hers(desk):
    rules = [{"name": "用电", "categories": ["power"], "level": "town"}]
    edition = {"edition": 0, "reason": "用电归镇", "rules": rules}
    assert desk.http.put("/v1/routing", json=edition, person=desk.intake).status_code == 200
    receipt = desk.write(anonymity=3).json()
    desk.tell()
    path = f"/v1/petitions/{receipt['number']}/parts"
    body = {"parts": [{"text": "路灯坏了", "category": "power"}, {"text": "水管漏水"}]}
    split = desk.http.post(path, json=body, person=desk.village, key="k")
    power, water = (item["number"] for item in split.json()["items"])
    again = desk.http.post(path, json=body, person=desk.village, key="k")
    seen = [desk.http.get(path, person=who).json()["items"] for who in (desk.village, desk.intake)]
    assert again.status_code == 201 and again.json()["items"] == seen[0]
    assert [[item["number"] for item in items] for items in seen] == [[water], [power, water]]
    desk.refuses(lambda: desk.http.get(path, person=desk.town), 404, "petition_not_found")
    assert desk.read(power, desk.town).json()["parent"] is None
    claim = {"number": power, "code": receipt["claim_code"]}
    assert desk.http.post("/v1/claims", json=claim).json()["parent"] == receipt["number"]
    grown = desk.http.post("/v1/claims/moves", json=claim | {"move": "urge"}, key="k")
    assert desk.http.post("/v1/claims/moves", json=claim | {"move": "urge"}, key="k").json() == grown.json()


def test_what_a_whistle_is_about_is_named_to_those_only_who_may_see_that_too(desk):
    number = desk.number()
    body = {"region": VILLAGE, "text": "请一起清河道。", "offices": [TOWN], "lead": TOWN, "about": number}
    whistle = desk.http.post("/v1/whistles", json=body, person=desk.village).json()["number"]
    for who, about in ((desk.village, number), (desk.town, None), (desk.city, None)):
        shown = desk.http.get(f"/v1/whistles/{whistle}", person=who).json()
        assert (shown["about"], shown["text"]) == (about, body["text"])
    for who, about in ((desk.village, [number]), (desk.town, [None])):
        assert [each["about"] for each in desk.http.get("/v1/whistles", person=who).json()["items"]] == about
    moved = {"move": "report_in", "unit": TOWN}
    assert number not in desk.http.post(f"/v1/whistles/{whistle}/moves", json=moved, person=desk.town).text


# counts


@s03
def test_the_board_counts_nothing_that_is_about_its_reader(desk):
    desk.service.tell(RoleGranted, subject="the-cadre", role="secretary", region=VILLAGE)
    for letter_about in (ABOUT, LETTER | {"recipient": "town"}):
        desk.handle(desk.number(**letter_about), "sign", "answer", "done", "verify", "close", by=desk.town)
    promoted, both = replace(desk.town, id="the-cadre"), replace(desk.town, roles={"secretary": (VILLAGE, TOWN)})
    for who, closed in ((desk.town, 2), (promoted, 1), (both, 1)):
        board = desk.http.get("/v1/board", person=who).json()
        assert {line["id"]: line["closed"] for line in board["offices"]}[TOWN] == closed
        assert sum(line["closed"] for line in board["categories"]) == closed


# a village that moves


@p01
def test_letters_go_with_a_village_to_another_town_and_nobody_lists_what_is_gone(desk, person):
    there = {"code": OTHER_TOWN, "place": "样例镇", "parent": CITY, "level": "town"}
    desk.service.tell(RegionRegistered, subject=OTHER_TOWN, **there)
    new_town = person("secretary", OTHER_TOWN)
    letters = [desk.number(recipient="town") for _ in range(following.PAGE + 1)]
    desk.service.tell(RegionMoved, subject=VILLAGE, parent=OTHER_TOWN)

    def listed(who):
        found = desk.http.get("/v1/office/petitions", params={"limit": 100}, person=who).json()["items"]
        return sorted(letter["number"] for letter in found)

    assert (desk.read(letters[0], desk.town).status_code, desk.read(letters[0], new_town).status_code) == (404, 200)
    assert listed(desk.town) == []
    wait_until(lambda: listed(new_town) == sorted(letters), "the letters to follow")
    wait_until(lambda: desk.service.database.displaced.count_documents({}) == 0, "the end of it")
    assert listed(desk.town) == []
    assert desk.http.get("/v1/inbox", person=desk.town).json()["items"] == []


# repeats


def repeat(desk, number, person, move="sign", **says):
    return desk.http.post(f"/v1/petitions/{number}/moves", json={"move": move, **says}, person=person, key="k")


@i08
@p01
def test_after_the_end_of_office_a_repeat_tells_nothing(desk, county):
    number = desk.number()
    assert repeat(desk, number, desk.village).json()["text"] == LETTER["text"]
    former = replace(desk.village, roles={})
    elsewhere = replace(desk.village, roles={"secretary": (NEXT,)})
    look = {"reason": "handle"}
    for who in (former, elsewhere):
        desk.refuses(lambda: repeat(desk, number, who), 404, "petition_not_found")  # noqa: B023
        again = lambda: desk.http.post(f"/v1/petitions/{number}/looks", json=look, person=who, key="l")  # noqa: B023, E731
        desk.refuses(again, 404, "petition_not_found")
    assert repeat(desk, number, desk.village).json()["text"] == LETTER["text"]


@i08
def test_after_an_erasure_a_repeat_tells_nothing_of_her_and_is_in_the_access_log_like_any_reading(desk):
    number = desk.number()
    repeat(desk, number, desk.village)
    reads = desk.service.database.reads
    before = reads.count_documents({"who": desk.village.id, "whom": desk.ann.id})
    assert repeat(desk, number, desk.village).json() == desk.read(number, desk.village).json()
    assert reads.count_documents({"who": desk.village.id, "whom": desk.ann.id}) == before + 2
    desk.service.tell(PersonErased, subject=desk.ann.id)
    again = repeat(desk, number, desk.village)
    assert (again.status_code, again.json()["text"], again.json()["author"]) == (200, None, None)
    assert desk.ann.id not in again.text


@i08
@p01
def test_nothing_kept_for_repeats_can_be_opened_so_no_backup_of_it_holds_anything(desk):
    """A backup is a copy of these rows: there is nothing sealed in them, and no word, name or code."""
    receipt = desk.write(anonymity=3, key="a", photos=[desk.photo()]).json()
    desk.tell()
    number = desk.write(key="b").json()["number"]
    repeat(desk, number, desk.village, "sign")
    repeat(desk, number, desk.village, "answer", text="已安排李四去清理")
    claim = {"number": receipt["number"], "code": receipt["claim_code"], "move": "urge"}
    assert desk.http.post("/v1/claims/moves", json=claim, key="c").status_code == 200
    rows = list(desk.service.database.idempotency.find())
    assert len(rows) == 4
    assert all(isinstance(value, KINDS) for row in rows for value in leaves(row))
    for secret in (receipt["claim_code"], LETTER["text"], "李四", desk.ann.id, desk.village.id):
        assert secret not in str(rows)


def leaves(value):
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from leaves(each)
    else:
        yield value


@p01
def test_a_claim_code_is_given_again_to_whoever_still_may_write_and_to_nobody_else(desk):
    first = desk.write(anonymity=3, key="k")
    assert desk.write(anonymity=3, key="k").json() == first.json()
    gone = Person(desk.ann.id, None, {})
    elsewhere = Person(desk.ann.id, NEXT, {"villager": (NEXT,)})
    for who in (gone, elsewhere):
        desk.refuses(lambda: desk.write(who, anonymity=3, key="k"), 403, "not_allowed")  # noqa: B023
    claim = {"number": first.json()["number"], "code": first.json()["claim_code"]}
    assert desk.http.post("/v1/claims", json=claim).status_code == 200


@p07
def test_looking_at_oneself_is_refused_in_chinese(desk):
    number = desk.number()
    look = lambda: desk.http.post(f"/v1/petitions/{number}/looks", json={"reason": "handle"}, person=desk.ann)  # noqa: E731
    desk.refuses(look, 403, "not_your_part")
