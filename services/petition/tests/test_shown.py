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
from services.petition.domain.moves import AUTHOR
from services.petition.domain.reader import Reader
from services.petition.domain.words import STEPS
from services.petition.domain.worklist import queues
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
def test_a_query_finds_a_letter_exactly_when_the_reader_plays_a_part_in_it_by_a_queue(store, drawn, reader):
    petitions = store(Petitions)
    petitions.rows.delete_many({})
    kept = [petition for number, each in enumerate(drawn) if (petition := written(each, number))]
    for petition in kept:
        petitions.add(petition)
    by_queue = {petition.id for petition in kept if petition.played(reader) - {AUTHOR}}
    assert {each.id for each in petitions.find(shown_to(reader))} == by_queue
    hers = {petition.id for petition in kept if petition.id in by_queue and reader.queues & {*queues(petition)}}
    assert {each.id for each in petitions.of_queues(reader.queues, reader, None, 10).items} == hers


@given(drawn=st.tuples(letters, ways), reader=readers)
def test_whoever_a_letter_is_about_plays_no_part_but_its_authors_and_every_queue_where_it_waits_one(drawn, reader):
    if petition := written(drawn, 1):
        barred = petition.concerned in reader.offices or reader.id in petition.recused
        assert not barred or petition.played(reader) <= {AUTHOR}
        assert set(queues(petition)) <= set(petition.shown_to)


# suggestions


def similar(client, number, person):
    answer = client.http.get(f"/v1/petitions/{number}/similar", person=person)
    assert answer.status_code == 200, answer.text
    return [(item["letter"]["number"], item["likeness"]) for item in answer.json()["items"]]


def take_down(client, text):
    body = LETTER | {"text": text, "region": VILLAGE, "channel": "window"}
    del body["anonymity"]
    return client.http.post("/v1/office/petitions", json=body, person=client.village).json()["number"]


@p13
def test_a_letter_taken_down_tells_nothing_of_the_words_of_letters_that_go_above(client):
    words = "书记侄子承包了鱼塘，账目不公开"
    hidden = client.number(text=words, recipient="city", anonymity=2)
    about = client.number(**ABOUT | {"text": words})
    for probe in (words, "书记侄子承包了鱼塘", "明天天气很好"):
        number = take_down(client, probe)
        client.refuses(lambda: client.read(hidden, client.village), 404, "petition_not_found")
        assert {hidden, about}.isdisjoint(found for found, _ in similar(client, number, client.village))
    assert {hidden, about} <= {found for found, _ in similar(client, take_down(client, words), client.intake)}


@p13
def test_likeness_has_five_steps_and_equally_alike_letters_come_newest_first(client):
    words = "河边垃圾成堆没有人清理已经一个多月了请尽快派人"
    near, far = client.number(text=words + "来"), client.number(text=words + "来处理好吗", author=client.bob)
    (first, one), (second, other) = similar(client, client.number(text=words), client.village)
    assert (first, second) == (far, near) and one == other == 0.8
    assert {one, other} <= set(STEPS)


# links


@p06
def test_the_number_of_another_letter_is_named_to_those_only_who_may_see_that_one_too(client):
    lead, follower = client.number(), client.number(author=client.bob)
    merged = client.http.post(f"/v1/petitions/{follower}/merge", json={"lead": lead}, person=client.village)
    assert merged.json()["duplicate_of"] == lead
    client.refuses(lambda: client.read(lead, client.bob), 404, "petition_not_found")
    assert lead not in client.read(follower, client.bob).text
    assert client.read(follower, client.village).json()["duplicate_of"] == lead
    rated = client.move(follower, client.bob, "rate", stars=4)
    assert rated.status_code == 200 and lead not in rated.text


@p06
def test_of_the_parts_of_a_letter_each_sees_those_that_are_hers(client):
    rules = [{"name": "用电", "categories": ["power"], "level": "town"}]
    edition = {"edition": 0, "reason": "用电归镇", "rules": rules}
    assert client.http.put("/v1/routing", json=edition, person=client.intake).status_code == 200
    receipt = client.write(anonymity=3).json()
    client.tell()
    path = f"/v1/petitions/{receipt['number']}/parts"
    body = {"parts": [{"text": "路灯坏了", "category": "power"}, {"text": "水管漏水"}]}
    split = client.http.post(path, json=body, person=client.village, key="k")
    power, water = (item["number"] for item in split.json()["items"])
    again = client.http.post(path, json=body, person=client.village, key="k")
    seen = [client.http.get(path, person=who).json()["items"] for who in (client.village, client.intake)]
    assert again.status_code == 201 and again.json()["items"] == seen[0]
    assert [[item["number"] for item in items] for items in seen] == [[water], [power, water]]
    client.refuses(lambda: client.http.get(path, person=client.town), 404, "petition_not_found")
    assert client.read(power, client.town).json()["parent"] is None
    claim = {"number": power, "code": receipt["claim_code"]}
    assert client.http.post("/v1/claims", json=claim).json()["parent"] == receipt["number"]
    grown = client.http.post("/v1/claims/moves", json=claim | {"move": "urge"}, key="k")
    assert client.http.post("/v1/claims/moves", json=claim | {"move": "urge"}, key="k").json() == grown.json()


def test_what_a_whistle_is_about_is_named_to_those_only_who_may_see_that_too(client):
    number = client.number()
    body = {"region": VILLAGE, "text": "请一起清河道。", "offices": [TOWN], "lead": TOWN, "about": number}
    whistle = client.http.post("/v1/whistles", json=body, person=client.village).json()["number"]
    for who, about in ((client.village, number), (client.town, None), (client.city, None)):
        shown = client.http.get(f"/v1/whistles/{whistle}", person=who).json()
        assert (shown["about"], shown["text"]) == (about, body["text"])
    for who, about in ((client.village, [number]), (client.town, [None])):
        assert [each["about"] for each in client.http.get("/v1/whistles", person=who).json()["items"]] == about
    moved = {"move": "report_in", "unit": TOWN}
    assert number not in client.http.post(f"/v1/whistles/{whistle}/moves", json=moved, person=client.town).text


# counts


@s03
def test_the_board_counts_nothing_that_is_about_its_reader(client):
    client.service.tell(RoleGranted, subject="the-cadre", role="secretary", region=VILLAGE)
    for letter_about in (ABOUT, LETTER | {"recipient": "town"}):
        client.handle(client.number(**letter_about), "sign", "answer", "done", "verify", "close", by=client.town)
    promoted, both = replace(client.town, id="the-cadre"), replace(client.town, roles={"secretary": (VILLAGE, TOWN)})
    for who, closed in ((client.town, 2), (promoted, 1), (both, 1)):
        board = client.http.get("/v1/board", person=who).json()
        assert {line["id"]: line["closed"] for line in board["offices"]}[TOWN] == closed
        assert sum(line["closed"] for line in board["categories"]) == closed


# a village that moves


@p01
def test_letters_go_with_a_village_to_another_town_and_nobody_lists_what_is_gone(client, person):
    there = {"code": OTHER_TOWN, "place": "样例镇", "parent": CITY, "level": "town"}
    client.service.tell(RegionRegistered, subject=OTHER_TOWN, **there)
    new_town = person("secretary", OTHER_TOWN)
    letters = [client.number(recipient="town") for _ in range(following.PAGE + 1)]
    client.service.tell(RegionMoved, subject=VILLAGE, parent=OTHER_TOWN)

    def listed(who):
        found = client.http.get("/v1/office/petitions", params={"limit": 100}, person=who).json()["items"]
        return sorted(letter["number"] for letter in found)

    assert (client.read(letters[0], client.town).status_code, client.read(letters[0], new_town).status_code) == (
        404,
        200,
    )
    assert listed(client.town) == []
    wait_until(lambda: listed(new_town) == sorted(letters), "the letters to follow")
    wait_until(lambda: client.service.database.displaced.count_documents({}) == 0, "the end of it")
    assert listed(client.town) == []
    assert client.http.get("/v1/inbox", person=client.town).json()["items"] == []


# repeats


def repeat(client, number, person, move="sign", **says):
    return client.http.post(f"/v1/petitions/{number}/moves", json={"move": move, **says}, person=person, key="k")


@i08
@p01
def test_after_the_end_of_office_a_repeat_tells_nothing(client, county):
    number = client.number()
    assert repeat(client, number, client.village).json()["text"] == LETTER["text"]
    former = replace(client.village, roles={})
    elsewhere = replace(client.village, roles={"secretary": (NEXT,)})
    look = {"reason": "handle"}
    for who in (former, elsewhere):
        client.refuses(lambda: repeat(client, number, who), 404, "petition_not_found")  # noqa: B023
        again = lambda: client.http.post(f"/v1/petitions/{number}/looks", json=look, person=who, key="l")  # noqa: B023, E731
        client.refuses(again, 404, "petition_not_found")
    assert repeat(client, number, client.village).json()["text"] == LETTER["text"]


@i08
def test_after_an_erasure_a_repeat_tells_nothing_of_her_and_is_in_the_access_log_like_any_reading(client):
    number = client.number()
    repeat(client, number, client.village)
    reads = client.service.database.reads
    before = reads.count_documents({"who": client.village.id, "whom": client.ann.id})
    assert repeat(client, number, client.village).json() == client.read(number, client.village).json()
    assert reads.count_documents({"who": client.village.id, "whom": client.ann.id}) == before + 2
    client.service.tell(PersonErased, subject=client.ann.id)
    again = repeat(client, number, client.village)
    assert (again.status_code, again.json()["text"], again.json()["author"]) == (200, None, None)
    assert client.ann.id not in again.text


@i08
@p01
def test_nothing_kept_for_repeats_can_be_opened_so_no_backup_of_it_holds_anything(client):
    """A backup is a copy of these rows: there is nothing sealed in them, and no word, name or code."""
    receipt = client.write(anonymity=3, key="a", photos=[client.photo()]).json()
    client.tell()
    number = client.write(key="b").json()["number"]
    repeat(client, number, client.village, "sign")
    repeat(client, number, client.village, "answer", text="已安排李四去清理")
    claim = {"number": receipt["number"], "code": receipt["claim_code"], "move": "urge"}
    assert client.http.post("/v1/claims/moves", json=claim, key="c").status_code == 200
    rows = list(client.service.database.idempotency.find())
    assert len(rows) == 4
    assert all(isinstance(value, KINDS) for row in rows for value in leaves(row))
    for secret in (receipt["claim_code"], LETTER["text"], "李四", client.ann.id, client.village.id):
        assert secret not in str(rows)


def leaves(value):
    if isinstance(value, dict | list):
        for each in value.values() if isinstance(value, dict) else value:
            yield from leaves(each)
    else:
        yield value


@p01
def test_a_claim_code_is_given_again_to_whoever_still_may_write_and_to_nobody_else(client):
    first = client.write(anonymity=3, key="k")
    assert client.write(anonymity=3, key="k").json() == first.json()
    gone = Person(client.ann.id, None, {})
    elsewhere = Person(client.ann.id, NEXT, {"villager": (NEXT,)})
    for who in (gone, elsewhere):
        client.refuses(lambda: client.write(who, anonymity=3, key="k"), 403, "not_allowed")  # noqa: B023
    claim = {"number": first.json()["number"], "code": first.json()["claim_code"]}
    assert client.http.post("/v1/claims", json=claim).status_code == 200


@p07
def test_looking_at_oneself_is_refused_in_chinese(client):
    number = client.number()
    look = lambda: client.http.post(f"/v1/petitions/{number}/looks", json={"reason": "handle"}, person=client.ann)  # noqa: E731
    client.refuses(look, 403, "not_your_part")
