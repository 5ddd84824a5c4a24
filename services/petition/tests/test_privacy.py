"""I08 at petition: letters taken along, letters whose author was erased, photos that lead nowhere."""

from dataclasses import replace

import pytest

from chassis.domain import now
from contracts.identity.villagers import PersonErased
from contracts.petition.exports import LettersExported
from services.petition.tests.conftest import LETTER

pytestmark = pytest.mark.feature("I08")


def test_she_takes_her_letters_along_but_not_her_anonymous_ones_or_anybody_elses(desk):
    number = desk.number()
    desk.handle(number, "sign", "answer")
    desk.number(anonymity=3)
    desk.number(author=desk.bob)
    assert desk.http.get("/v1/me/export", person=desk.ann).json()["code"] == "fresh_code_needed"
    ann = replace(desk.ann, fresh=now())
    (letter,) = desk.http.get("/v1/me/export", person=ann).json()["letters"]
    assert (letter["number"], letter["text"]) == (number, LETTER["text"])
    assert letter["history"][-1]["text"] == "已安排"
    assert desk.http.get("/v1/me/export", person=ann).ok
    assert [fact.subject for fact in desk.service.facts(LettersExported)] == [ann.id] * 2
    desk.service.tell(PersonErased, subject=ann.id)
    assert desk.service.database.exports.count_documents({}) == 0


def test_after_an_erasure_the_letter_goes_on_without_its_text_and_its_author(desk):
    number = desk.number(photos=[desk.photo()])
    photo = desk.read(number, desk.village).json()["photos"][0]
    path = f"/v1/petitions/{number}/photos/{photo}"
    assert desk.http.get(path, person=desk.village).status_code == 200
    desk.service.tell(PersonErased, subject=desk.ann.id)
    seen = desk.read(number, desk.village).json()
    assert (seen["text"], seen["author"], seen["number"]) == (None, None, number)
    assert desk.http.get(path, person=desk.village).status_code == 404
    assert desk.read(number, desk.ann).status_code == 404
    assert desk.write().status_code == 404
    desk.handle(number, "sign", "answer")
    assert desk.read(number, desk.village).json()["history"][-1]["text"] == "已安排"
    kept = desk.service.database
    assert kept.photos.count_documents({"owner": desk.ann.id}) == kept.petitions.count_documents(
        {"author": desk.ann.id}
    )


def test_the_access_log_does_not_lead_to_an_anonymous_author(desk):
    """Her photo changed hands and her answer was repeated; no row may join her to the letter."""
    photo = desk.photo()
    first = desk.write(key="k", anonymity=3, photos=[photo])
    again = desk.write(key="k", anonymity=3, photos=[photo])
    assert first.json() == again.json()
    assert list(desk.service.database.reads.find()) == []
