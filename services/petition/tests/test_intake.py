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


def take_down(desk, who=None, **changes):
    return desk.http.post("/v1/office/petitions", json=CALL | changes, person=who or desk.intake)


def post(desk, who=None, **changes):
    place = {"region": VILLAGE, "name": "陶坝村三组河边公厕"}
    return desk.http.post("/v1/places", json=place | changes, person=who or desk.village)


@p02
def test_a_clerk_takes_down_a_letter_that_its_caller_follows_by_the_claim_code(desk):
    photo = desk.http.post(
        "/v1/office/photos", data=picture(), headers={"Content-Type": "image/jpeg"}, person=desk.intake
    ).json()["id"]
    receipt = take_down(desk, photos=[photo]).json()
    (fact,) = desk.service.facts(PetitionSubmitted)
    assert (fact.author, fact.anonymity, fact.came_by, fact.photos) == (None, 3, "hotline", 1)
    seen = desk.read(receipt["number"], desk.village).json()
    assert (seen["channel"], seen["author"], seen["history"][0]["part"]) == ("hotline", None, "intake")
    claim = {"number": receipt["number"], "code": receipt["claim_code"]}
    desk.handle(receipt["number"], "sign", "answer")
    assert desk.http.post("/v1/claims", json=claim).json()["state"] == "answered"


@p02
def test_who_may_take_down_for_which_village(desk):
    assert take_down(desk, desk.village, channel="window").status_code == 201
    desk.refuses(lambda: take_down(desk, desk.ann), 403, "not_allowed")
    desk.refuses(lambda: take_down(desk, desk.town), 403, "not_allowed")
    desk.refuses(lambda: take_down(desk, desk.village, region=OTHER), 403, "not_allowed")
    desk.refuses(lambda: take_down(desk, region=TOWN), 422, "not_a_village")
    desk.refuses(lambda: take_down(desk, channel="app"), 422, "invalid_body")
    desk.refuses(lambda: desk.write(channel="hotline"), 422, "invalid_body")


@p02
def test_a_post_becomes_one_letter(desk):
    assert take_down(desk, desk.village, channel="circle", origin="post-1").status_code == 201
    desk.refuses(lambda: take_down(desk, channel="circle", origin="post-1"), 409, "already_a_letter")
    desk.refuses(lambda: desk.write(channel="circle", origin="post-1"), 409, "already_a_letter")
    assert desk.write(channel="circle", origin="post-2").status_code == 201


@p02
def test_a_letter_or_report_at_a_qr_code_knows_where_it_is(desk):
    place = post(desk).json()
    assert (len(place["code"]), set(place["code"]) - set(SIGNS)) == (LENGTH, set())
    letter = desk.number(posted=place["code"])
    shown = desk.read(letter, desk.ann).json()
    assert (shown["channel"], shown["place"]) == ("qr", place["name"])
    body = {"text": "厕所没有水", "category": "rubbish", "posted": place["code"]}
    report = desk.http.post("/v1/reports", json=body, person=desk.ann).json()["number"]
    seen = desk.http.get(f"/v1/reports/{report}", person=desk.ann).json()
    assert (seen["channel"], seen["place"]) == ("qr", place["name"])
    without = {name: body[name] for name in ("text", "category")}
    desk.refuses(lambda: desk.http.post("/v1/reports", json=without, person=desk.ann), 422, "invalid_body")


@p02
def test_a_place_is_posted_shown_printed_and_withdrawn(desk):
    code = post(desk).json()["code"]
    path = f"/v1/places/{code}"
    assert desk.http.get(path).json()["name"] == "陶坝村三组河边公厕"
    printed = desk.http.get(f"{path}/qr", params={"link": "https://cun.example/q/"})
    assert ElementTree.fromstring(printed.content).tag.endswith("svg")
    desk.refuses(lambda: desk.http.get(f"{path}/qr", params={"link": "javascript:alert(1)"}), 400, "invalid_query")
    for link in ("https://evil.example/q/", "https://cun.example@evil.example/", "https://cun.example.evil.example/"):
        desk.refuses(lambda: desk.http.get(f"{path}/qr", params={"link": link}), 422, "foreign_link")  # noqa: B023
    desk.refuses(lambda: desk.http.get("/v1/places/nowhere1"), 404, "place_not_found")
    desk.refuses(lambda: post(desk, name="找张三13800138000"), 422, "personal_inside")
    desk.refuses(lambda: post(desk, region=OTHER), 403, "not_allowed")
    listed = desk.http.get("/v1/places", params={"region": VILLAGE}, person=desk.intake).json()["items"]
    assert [place["code"] for place in listed] == [code]
    desk.refuses(lambda: desk.http.post(f"{path}/withdrawal", json={}, person=desk.town), 403, "not_allowed")
    assert desk.http.post(f"{path}/withdrawal", json={}, person=desk.village).status_code == 204
    desk.refuses(lambda: desk.write(posted=code), 422, "unknown_place")


@p06
def test_a_share_of_all_closed_letters_is_called_by_lot_and_of_the_unrated_all(desk):
    numbers = [desk.number() for _ in range(2)]
    for number in numbers:
        desk.handle(number, "sign", "answer", "done", "verify", "close")
        desk.move(number, desk.ann, "rate", stars=5)
    week_ago = {"closed_at": now() - timedelta(days=8)}
    for number, drawn in zip(numbers, (9, 10), strict=True):
        desk.service.database.petitions.update_one({"number": number}, {"$set": week_ago | {"lot": drawn}})
    (item,) = desk.http.get("/v1/office/calls", person=desk.intake).json()["items"]
    assert (item["number"], item["why"]) == (numbers[0], "drawn")


@p06
def test_the_lot_is_even():
    drawn = sum(lot(f"QL-2026-{number:06d}") < 10 for number in range(10_000))
    assert 900 < drawn < 1100
