"""P13: what everybody may read, and that it is nothing else."""

import json

import pytest

from services.petition.domain.public import shown
from services.petition.schemas.public import PublicLetter
from services.petition.tests.conftest import LETTER, VILLAGE
from services.petition.tests.letters import START, letter

pytestmark = pytest.mark.feature("P13")
FIELDS = {"number", "region", "place", "category", "submitted_on", "state", "outcome", "answer"}
NEXT = "510183122212"


def test_these_fields_of_a_letter_are_public_and_no_others():
    assert PublicLetter().fields.keys() == FIELDS
    assert shown(letter(at=START), {"_id": "v", "place": "陶坝村"}).keys() == FIELDS


def test_everybody_reads_what_author_and_office_made_public_and_nothing_else(client, person):
    def public(**query):
        return client.http.get("/v1/public/petitions", params=query).json()["items"]

    number = client.number(open_to_public=True, place="河边老桥", photos=[client.photo()])
    agreed = client.number(open_to_public=True, author=person(region=NEXT))
    client.handle(number, "sign", "answer")
    client.handle(client.number(), "sign", "answer")
    assert public() == []
    assert client.move(number, client.village, "publish", public_answer="已清理，设了公示牌。").status_code == 200
    (item,) = public()
    assert item.keys() == FIELDS
    assert {name: item[name] for name in ("number", "region", "place", "state", "answer")} == {
        "number": number, "region": VILLAGE, "place": "陶坝村", "state": "answered", "answer": "已清理，设了公示牌。"
    }  # fmt: skip
    assert len(item["submitted_on"]) == len("2026-11-23")
    assert (len(public(region="510183122")), public(region=NEXT)) == (1, [])
    answers = [client.http.get(f"/v1/public/{path}").json() for path in ("petitions", "map")]
    known = json.dumps(answers, ensure_ascii=False)
    matter = client.matter(number)
    assert not [each for each in (client.ann.id, matter["_id"], LETTER["text"], "老桥", agreed) if each in known]
    (feature,) = answers[1]["features"]
    assert (answers[1]["type"], feature["type"], feature["geometry"]) == ("FeatureCollection", "Feature", None)
    assert feature["properties"] == {"region": VILLAGE, "place": "陶坝村", "count": 1}
    client.refuses(lambda: client.http.get("/v1/public/petitions", params={"region": "1"}), 404, "unknown_region")
    assert client.move(number, client.ann, "consent", open_to_public=False).status_code == 200
    assert (public(), client.http.get("/v1/public/map").json()["features"]) == ([], [])
