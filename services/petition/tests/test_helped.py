"""Letters written for somebody by who helps her (代办): hers in everything, and nobody can forget who wrote."""

from dataclasses import replace

import pytest

from contracts.petition.letters import PetitionSubmitted

pytestmark = pytest.mark.feature("I07")


def test_a_helpers_letter_is_hers_and_names_both_and_opens_no_other_door(client):
    helper = replace(client.ann, helper=client.bob.id, acts=("letters",))
    number = client.write(author=helper).json()["number"]
    (fact,) = client.service.facts(PetitionSubmitted)
    assert (fact.author, fact.helper) == (client.ann.id, client.bob.id)
    assert client.read(number, client.ann).json()["number"] == number
    assert client.read(number, client.bob).status_code == 404
    assert client.read(number, helper).status_code == 403
    assert client.http.get("/v1/petitions", person=helper).status_code == 403
    assert client.write(author=replace(helper, acts=())).status_code == 403


def test_an_anonymous_letter_says_neither_author_nor_helper(client):
    client.write(author=replace(client.ann, helper=client.bob.id, acts=("letters",)), anonymity=3)
    client.tell()
    (fact,) = client.service.facts(PetitionSubmitted)
    assert (fact.author, fact.helper) == (None, None)
    assert client.bob.id not in repr(list(client.service.database.petitions.find()))
