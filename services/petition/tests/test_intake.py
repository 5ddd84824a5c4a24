"""一窗受理: letters taken down for people without an account, QR codes on walls, posts that become letters."""

from datetime import timedelta
from xml.etree import ElementTree

import pytest

from chassis.domain import now
from chassis.testing.pictures import picture
from contracts.petition.letters import PetitionSubmitted
from services.petition.domain.calls import lot
from services.petition.domain.posted import LENGTH, SIGNS
from services.petition.tests.conftest import LETTER, TOWN, VILLAGE

p02, p06 = (pytest.mark.feature(id) for id in ("P02", "P06"))
OTHER = "510183122212"
CALL = {name: LETTER[name] for name in ("text", "category", "recipient")} | {"region": VILLAGE, "channel": "hotline"}


def take_down(client, who=None, **changes):
    return client.http.post("/v1/office/petitions", json=CALL | changes, person=who or client.intake)


def post(client, who=None, **changes):
    place = {"region": VILLAGE, "name": "陶坝村三组河边公厕"}
    return client.http.post("/v1/places", json=place | changes, person=who or client.village)


@p02
def test_a_clerk_takes_down_a_letter_that_its_caller_follows_by_the_claim_code(client):
    photo = client.http.post(
        "/v1/office/photos", data=picture(), headers={"Content-Type": "image/jpeg"}, person=client.intake
    ).json()["id"]
    receipt = take_down(client, photos=[photo]).json()
    (fact,) = client.service.facts(PetitionSubmitted)
    assert (fact.author, fact.anonymity, fact.came_by, fact.photos) == (None, 3, "hotline", 1)
    seen = client.read(receipt["number"], client.village).json()
    assert (seen["channel"], seen["author"], seen["history"][0]["part"]) == ("hotline", None, "intake")
    claim = {"number": receipt["number"], "code": receipt["claim_code"]}
    client.handle(receipt["number"], "sign", "answer")
    assert client.http.post("/v1/claims", json=claim).json()["state"] == "answered"


@p02
def test_who_may_take_down_for_which_village(client):
    assert take_down(client, client.village, channel="window").status_code == 201
    client.refuses(lambda: take_down(client, client.ann), 403, "not_allowed")
    client.refuses(lambda: take_down(client, client.town), 403, "not_allowed")
    client.refuses(lambda: take_down(client, client.village, region=OTHER), 403, "not_allowed")
    client.refuses(lambda: take_down(client, region=TOWN), 422, "not_a_village")
    client.refuses(lambda: take_down(client, channel="app"), 422, "invalid_body")
    client.refuses(lambda: client.write(channel="hotline"), 422, "invalid_body")


@p02
def test_a_post_becomes_one_letter(client):
    assert take_down(client, client.village, channel="circle", origin="post-1").status_code == 201
    client.refuses(lambda: take_down(client, channel="circle", origin="post-1"), 409, "already_a_letter")
    client.refuses(lambda: client.write(channel="circle", origin="post-1"), 409, "already_a_letter")
    assert client.write(channel="circle", origin="post-2").status_code == 201


@p02
def test_a_letter_or_report_at_a_qr_code_knows_where_it_is(client):
    place = post(client).json()
    assert (len(place["code"]), set(place["code"]) - set(SIGNS)) == (LENGTH, set())
    letter = client.number(posted=place["code"])
    shown = client.read(letter, client.ann).json()
    assert (shown["channel"], shown["place"]) == ("qr", place["name"])
    body = {"text": "厕所没有水", "category": "rubbish", "posted": place["code"]}
    report = client.http.post("/v1/reports", json=body, person=client.ann).json()["number"]
    seen = client.http.get(f"/v1/reports/{report}", person=client.ann).json()
    assert (seen["channel"], seen["place"]) == ("qr", place["name"])
    without = {name: body[name] for name in ("text", "category")}
    client.refuses(lambda: client.http.post("/v1/reports", json=without, person=client.ann), 422, "invalid_body")


@p02
def test_a_place_is_posted_shown_printed_and_withdrawn(client):
    code = post(client).json()["code"]
    path = f"/v1/places/{code}"
    assert client.http.get(path).json()["name"] == "陶坝村三组河边公厕"
    printed = client.http.get(f"{path}/qr", params={"link": "https://cun.example/q/"})
    assert ElementTree.fromstring(printed.content).tag.endswith("svg")
    client.refuses(lambda: client.http.get(f"{path}/qr", params={"link": "javascript:alert(1)"}), 400, "invalid_query")
    for link in ("https://evil.example/q/", "https://cun.example@evil.example/", "https://cun.example.evil.example/"):
        client.refuses(lambda: client.http.get(f"{path}/qr", params={"link": link}), 422, "foreign_link")  # noqa: B023
    client.refuses(lambda: client.http.get("/v1/places/nowhere1"), 404, "place_not_found")
    client.refuses(lambda: post(client, name="找张三13800138000"), 422, "personal_inside")
    client.refuses(lambda: post(client, region=OTHER), 403, "not_allowed")
    listed = client.http.get("/v1/places", params={"region": VILLAGE}, person=client.intake).json()["items"]
    assert [place["code"] for place in listed] == [code]
    client.refuses(lambda: client.http.post(f"{path}/withdrawal", json={}, person=client.town), 403, "not_allowed")
    assert client.http.post(f"{path}/withdrawal", json={}, person=client.village).status_code == 204
    client.refuses(lambda: client.write(posted=code), 422, "unknown_place")


@p06
def test_a_share_of_all_closed_letters_is_called_by_lot_and_of_the_unrated_all(client):
    numbers = [client.number() for _ in range(2)]
    for number in numbers:
        client.handle(number, "sign", "answer", "done", "verify", "close")
        client.move(number, client.ann, "rate", stars=5)
    week_ago = {"closed_at": now() - timedelta(days=8)}
    for number, drawn in zip(numbers, (9, 10), strict=True):
        client.service.database.petitions.update_one({"number": number}, {"$set": week_ago | {"lot": drawn}})
    (item,) = client.http.get("/v1/office/calls", person=client.intake).json()["items"]
    assert (item["number"], item["why"]) == (numbers[0], "drawn")


@p06
def test_the_lot_is_even():
    drawn = sum(lot(f"QL-2026-{number:06d}") < 10 for number in range(10_000))
    assert 900 < drawn < 1100
