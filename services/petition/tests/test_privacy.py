"""I08 at petition: letters taken along, letters whose author was erased, photos that lead nowhere."""

from dataclasses import replace

import pytest

from chassis.domain import now
from contracts.identity.villagers import PersonErased
from contracts.petition.exports import LettersExported
from services.petition.tests.conftest import LETTER

pytestmark = pytest.mark.feature("I08")


def test_she_takes_her_letters_along_but_not_her_anonymous_ones_or_anybody_elses(client):
    number = client.number()
    client.handle(number, "sign", "answer")
    client.number(anonymity=3)
    client.number(author=client.bob)
    assert client.http.get("/v1/me/export", person=client.ann).json()["code"] == "fresh_code_needed"
    ann = replace(client.ann, fresh=now())
    (letter,) = client.http.get("/v1/me/export", person=ann).json()["letters"]
    assert (letter["number"], letter["text"]) == (number, LETTER["text"])
    assert letter["history"][-1]["text"] == "已安排"
    assert client.http.get("/v1/me/export", person=ann).ok
    assert [fact.subject for fact in client.service.facts(LettersExported)] == [ann.id] * 2
    client.service.tell(PersonErased, subject=ann.id)
    assert client.service.database.exports.count_documents({}) == 0


def test_after_an_erasure_the_letter_goes_on_without_its_text_and_its_author(client):
    number = client.number(photos=[client.photo()])
    photo = client.read(number, client.village).json()["photos"][0]
    path = f"/v1/petitions/{number}/photos/{photo}"
    assert client.http.get(path, person=client.village).status_code == 200
    client.service.tell(PersonErased, subject=client.ann.id)
    seen = client.read(number, client.village).json()
    assert (seen["text"], seen["author"], seen["number"]) == (None, None, number)
    assert client.http.get(path, person=client.village).status_code == 404
    assert client.read(number, client.ann).status_code == 404
    assert client.write().status_code == 404
    client.handle(number, "sign", "answer")
    assert client.read(number, client.village).json()["history"][-1]["text"] == "已安排"
    kept = client.service.database
    assert kept.photos.count_documents({"owner": client.ann.id}) == kept.petitions.count_documents(
        {"author": client.ann.id}
    )


def test_the_access_log_does_not_lead_to_an_anonymous_author(client):
    """Her photo changed hands and her answer was repeated; no row may join her to the letter."""
    photo = client.photo()
    first = client.write(key="k", anonymity=3, photos=[photo])
    again = client.write(key="k", anonymity=3, photos=[photo])
    assert first.json() == again.json()
    assert list(client.service.database.reads.find()) == []
