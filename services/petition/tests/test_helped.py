"""Letters written for somebody by who helps her (代办): hers in everything, and nobody can forget who wrote."""

from dataclasses import replace

import pytest

from contracts.petition.letters import PetitionSubmitted

pytestmark = pytest.mark.feature("I07")


def test_a_helpers_letter_is_hers_and_names_both_and_opens_no_other_door(desk):
    helper = replace(desk.ann, helper=desk.bob.id, acts=("letters",))
    number = desk.write(author=helper).json()["number"]
    (fact,) = desk.service.facts(PetitionSubmitted)
    assert (fact.author, fact.helper) == (desk.ann.id, desk.bob.id)
    assert desk.read(number, desk.ann).json()["number"] == number
    assert desk.read(number, desk.bob).status_code == 404
    assert desk.read(number, helper).status_code == 403
    assert desk.http.get("/v1/petitions", person=helper).status_code == 403
    assert desk.write(author=replace(helper, acts=())).status_code == 403


def test_an_anonymous_letter_says_neither_author_nor_helper(desk):
    desk.write(author=replace(desk.ann, helper=desk.bob.id, acts=("letters",)), anonymity=3)
    desk.tell()
    (fact,) = desk.service.facts(PetitionSubmitted)
    assert (fact.author, fact.helper) == (None, None)
    assert desk.bob.id not in repr(list(desk.service.database.petitions.find()))
