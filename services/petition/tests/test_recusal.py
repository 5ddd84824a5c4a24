"""A letter about a cadre (回避): whom it may go to, and who has no part in it."""

from dataclasses import replace

import pytest

from chassis.auth.people import Person
from contracts.identity.access import RoleEnded, RoleGranted
from contracts.petition.letters import PetitionSubmitted
from services.petition.domain.moves import AUTHOR, INTAKE, OFFICE, VERIFIER
from services.petition.domain.policy import LADDER
from services.petition.domain.refusals import (
    LevelConcerned,
    MustBeHidden,
    NobodyAbove,
    RecipientConcerned,
)
from services.petition.tests.conftest import CITY, LETTER, TOWN, VILLAGE
from services.petition.tests.letters import PATH, POLICY, START, act, letter, letter_in, promise_all, reader, told

pytestmark = pytest.mark.feature("P01")
LISTS = ("/v1/office/petitions", "/v1/inbox", "/v1/office/search?q=河边垃圾")


def parts(petition, secretary_of=(), intake_of=()):
    return petition.played(reader(*secretary_of, intakes=intake_of))


@pytest.mark.parametrize("about", LADDER)
@pytest.mark.parametrize("level", LADDER)
def test_it_goes_above_the_cadre_it_is_about(about, level):
    refusal = NobodyAbove if about == "city" else RecipientConcerned
    if LADDER.index(level) > LADDER.index(about):
        assert letter(level, anonymity=2, about=about).office == PATH[LADDER.index(level)]
    else:
        with pytest.raises(refusal):
            letter(level, anonymity=2, about=about)


def test_its_author_is_hidden_at_least_from_the_office():
    with pytest.raises(MustBeHidden):
        letter("town", anonymity=1, about="village")
    assert letter("town", anonymity=3, about="village").author is None


@pytest.mark.parametrize(
    ("scopes", "else_plays"),
    [
        ({"secretary_of": [PATH[1]]}, {OFFICE, VERIFIER}),
        ({"intake_of": [PATH[2]]}, {INTAKE}),
        ({"secretary_of": [PATH[1]], "intake_of": [PATH[2]]}, {OFFICE, VERIFIER, INTAKE}),
    ],
)
def test_whoever_holds_that_office_has_no_part_in_it_by_any_other(scopes, else_plays):
    petition = letter_in("done", level="town", anonymity=2, about="village")
    assert parts(petition, **scopes) == else_plays
    both = scopes | {"secretary_of": [PATH[0], *scopes.get("secretary_of", [])]}
    assert parts(petition, **both) == set()
    assert parts(letter_in("done", level="town", anonymity=2), **both) >= else_plays


def test_she_who_wrote_it_keeps_her_part_whatever_she_is():
    petition = letter("town", anonymity=2, about="village")
    assert petition.parts(reader(PATH[0], id="villager-1")) == {AUTHOR}


def test_it_never_comes_down_to_that_cadre_and_climbs_as_any_other():
    petition = letter("town", anonymity=2, about="village")
    with pytest.raises(LevelConcerned):
        petition.move(act("return"), POLICY)
    assert petition.level == "town"
    promise_all(petition, 1)
    petition.judge(told("sign", petition.due_at, "town"), POLICY, petition.due_at)
    assert petition.level == "city"


def test_its_facts_say_whom_to_keep_it_from():
    told_of = [letter("town", anonymity=2, about=about, at=START).recorded[0].data for about in ("village", None)]
    assert [data["concerned"] for data in told_of] == [PATH[0], None]


def test_the_cadre_finds_it_nowhere_and_learns_no_author(client):
    about = LETTER | {"recipient": "town", "anonymity": 2, "about": "village"}
    client.refuses(lambda: client.write(**about | {"anonymity": 1}), 422, "must_be_hidden")
    client.refuses(lambda: client.write(**about | {"recipient": "village"}), 422, "recipient_concerned")
    number = client.number(**about)
    offices = {"secretary": (VILLAGE, TOWN), "intake": (CITY,)}
    cadre = Person("the-cadre", VILLAGE, offices)
    assert client.read(number, client.ann).json()["about"] == "village"
    assert client.read(number, client.town).json()["author"] is None
    assert client.read(number, client.intake).json()["author"] == client.ann.id
    for who in (cadre, client.village):
        client.refuses(lambda: client.read(number, who), 404, "petition_not_found")  # noqa: B023
        client.refuses(lambda: client.move(number, who, "sign"), 404, "petition_not_found")  # noqa: B023
    for path in LISTS:
        found = [client.http.get(path, person=who).json()["items"] for who in (client.town, cadre)]
        assert [len(items) for items in found] == [1, 0], path


def test_nor_when_he_holds_another_office_later(client):
    cadre, other = Person("the-cadre", VILLAGE, {}), Person("before", VILLAGE, {})
    for who, tell in ((other, RoleGranted), (other, RoleEnded), (cadre, RoleGranted)):
        client.service.tell(tell, subject=who.id, role="secretary", region=VILLAGE)
    about = LETTER | {"recipient": "town", "anonymity": 2, "about": "village"}
    number, neighbour = client.number(**about), client.number(recipient="town")
    assert client.service.facts(PetitionSubmitted)[0].recused == [cadre.id]
    client.service.tell(RoleEnded, subject=cadre.id, role="secretary", region=VILLAGE)
    moved_up = replace(cadre, roles={"secretary": (TOWN,), "intake": (CITY,)})
    client.refuses(lambda: client.read(number, moved_up), 404, "petition_not_found")
    client.refuses(lambda: client.move(number, moved_up, "sign"), 404, "petition_not_found")
    for path in LISTS:
        items = client.http.get(path, person=moved_up).json()["items"]
        assert [item.get("matter", item)["number"] for item in items] == [neighbour], path
    assert client.read(number, replace(other, roles=moved_up.roles)).status_code == 200


def test_and_no_part_of_a_letter_that_was_split(client):
    client.service.tell(RoleGranted, subject="the-cadre", role="secretary", region=VILLAGE)
    number = client.number(**LETTER | {"recipient": "town", "anonymity": 2, "about": "village"})
    parts = [{"text": "账目不公开"}, {"text": "低保不公平"}]
    answer = client.http.post(
        f"/v1/petitions/{number}/parts", json={"text": "分两件办", "parts": parts}, person=client.town
    )
    kept = [client.matter(each["number"]) for each in answer.json()["items"]]
    assert [letter["recused"] for letter in kept] == [["the-cadre"]] * 2
