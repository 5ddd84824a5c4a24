"""What people ask petition, what sla tells it, and what it refuses."""

import io
import json
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from uuid import UUID

import eventlet
import pytest
import requests
from eventlet import wsgi
from PIL import Image
from structlog.testing import capture_logs

from chassis.auth.people import Person, jwks
from chassis.domain import new_id, now
from chassis.testing.pictures import CAMERA, picture
from contracts.identity.regions import RegionMerged
from contracts.petition.handling import PetitionLeadClosed
from contracts.petition.letters import PetitionBreached, PetitionEscalated, PetitionSigned, PetitionSubmitted
from contracts.sla import ClockElapsed, ClocksPromised
from services.petition.tests.conftest import CITY, LETTER, TOWN, VILLAGE

p01, p03, p05, p06, p13 = (pytest.mark.feature(id) for id in ("P01", "P03", "P05", "P06", "P13"))
HOUR = timedelta(hours=1)


def say(client, fact, number, due_at, clock="resolve", level="village", source="petition", **data):
    which = {
        "matter_source": source,
        "matter": client.matter(number)["_id"],
        "clock": clock,
        "round": 1,
        "level": level,
    }
    return client.service.tell(fact, subject=number, **which, due_at=due_at, **data)


def promise(client, number, due_at, **which):
    """As `sla` tells it; `which` is of the clock, and the `source` of the matter."""
    about = {"matter_source": which.pop("source", "petition"), "matter": client.matter(number)["_id"]}
    told = {"clock": "resolve", "level": "village", "round": 1, "provisional": False, "cause": "start"} | which
    return client.service.tell(ClocksPromised, subject=number, **about, promises=[told | {"due_at": due_at}])


def elapse(client, number, due_at, **which):
    promise(client, number, due_at, **which)
    return say(client, ClockElapsed, number, due_at, **which)


# the policy


@p01
def test_before_writing_she_reads_what_each_level_of_anonymity_means(client):
    policy = client.http.get("/v1/policy").json()
    assert [(level["name"], level["words"]) for level in policy["anonymity"]] == [
        ("公开实名", "办理人员能看到您的姓名和电话，其他村民看不到"),
        ("对办理人员保密", "只有受理中心能看到您是谁，办理人员看不到"),
        ("匿名", "没有人知道您是谁，请保存好查询码"),
    ]
    assert {"code": "environment", "name": "环境卫生"} in policy["categories"]


# writing


@p01
def test_a_letter_gets_a_number_at_once_and_the_promised_date_when_it_is_known(client):
    receipt = client.write(recipient="town", place="河边").json()
    due = now() + timedelta(days=15)
    number = receipt["number"]
    assert (number[:3], receipt["state"], receipt["claim_code"]) == ("QL-", "submitted", None)
    assert client.read(number, client.ann).json()["promised_at"] is None
    promise(client, number, due, level="town")
    seen = client.read(number, client.ann).json()
    assert seen["promised_at"] == due.isoformat()
    assert (seen["text"], seen["place"], seen["office"]) == (LETTER["text"], "河边", TOWN)


@p01
def test_the_submit_fact_carries_clocks_and_nothing_personal(client):
    number = client.number(photos=[client.photo()])
    (fact,) = client.service.facts(PetitionSubmitted)
    assert (fact.number, fact.author, fact.village, fact.regionid) == (number, client.ann.id, VILLAGE, VILLAGE)
    assert (fact.office, fact.photos, fact.anonymity) == (VILLAGE, 1, 1)
    assert [(order["order"], order["clock"]) for order in fact.clocks] == [
        ("start", clock) for clock in ("sign", "answer", "resolve")
    ]


@p01
def test_text_place_and_photos_are_kept_sealed(client):
    number = client.number(place="河边第三户", photos=[client.photo()])
    client.handle(number, "sign", "answer")
    kept = str(client.stored())
    assert not [words for words in (LETTER["text"], "河边第三户", "已安排", "JFIF") if words in kept]


@p01
@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"category": "gossip"}, "unknown_category"),
        ({"recipient": "province"}, "invalid_body"),
        ({"text": "   "}, "invalid_body"),
        ({"text": "长" * 5001}, "invalid_body"),
        ({"anonymity": 4}, "invalid_body"),
        ({"anonymity": "1"}, "invalid_body"),
        ({"urgency": "now"}, "invalid_body"),
        ({"photos": [str(i) for i in range(10)]}, "invalid_body"),
        ({"photos": ["a", "a"]}, "invalid_body"),
        ({"photos": ["nobody-s"]}, "photo_unavailable"),
        ({"extra": 1}, "invalid_body"),
    ],
)
def test_a_letter_that_is_not_right_is_refused(client, changes, code):
    client.refuses(lambda: client.write(**changes), 422, code)


@p01
def test_who_may_not_write_is_refused(client, person):
    client.refuses(lambda: client.write(author=person(None)), 403, "not_allowed")
    client.refuses(lambda: client.write(author=client.village), 403, "not_allowed")
    client.refuses(lambda: client.write(author=person(region="510199000000")), 404, "unknown_region")
    client.refuses(lambda: client.http.post("/v1/petitions", json=LETTER), 401, "not_signed_in")


def test_tokens_that_are_forged_or_over_are_refused(client, county):
    def write(token):
        return lambda: client.http.post("/v1/petitions", json=LETTER, token=token)

    token = county.token(client.ann)
    client.refuses(write(token[:-8] + "AAAAAAAA"), 401, "token_invalid")
    client.refuses(write(county.token(client.ann, at=now() - HOUR)), 401, "token_expired")


def test_a_body_that_is_broken_or_huge_is_refused(client):
    def post(data, kind="application/json"):
        return lambda: client.http.post("/v1/petitions", data=data, headers={"Content-Type": kind}, person=client.ann)

    client.refuses(post(b'{"text": '), 400, "broken_json")
    client.refuses(post(b" " * 70_000), 413, "body_too_large")
    client.refuses(post(b"{}", "text/plain"), 415, "wrong_content_type")


def test_a_repeated_key_makes_one_letter(client):
    first = client.write(key="k1")
    assert client.write(key="k1").json() == first.json()
    client.refuses(lambda: client.write(key="k1", text="另一封"), 422, "idempotency_key_reused")
    assert len(client.service.facts(PetitionSubmitted)) == 1


def test_twins_with_one_key_make_one_letter(client):
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: client.write(key="k1"), range(4)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json()["number"] for answer in answers if answer.status_code == 201}) == 1
    assert len(client.service.facts(PetitionSubmitted)) == 1


# photos


@p13
@pytest.mark.parametrize(
    ("kind", "mime"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("HEIF", "image/heic"), ("WEBP", "image/webp")]
)
def test_a_photo_comes_back_without_the_place_it_was_taken(client, kind, mime):
    photo = client.upload(picture(kind), mime).json()["id"]
    number = client.number(photos=[photo])
    (shown,) = client.read(number, client.village).json()["photos"]
    answer = client.http.get(f"/v1/petitions/{number}/photos/{shown}", person=client.village)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")
    assert CAMERA.encode() not in answer.content
    assert not Image.open(io.BytesIO(answer.content)).getexif()


@p13
def test_a_photo_that_is_none_is_refused(client):
    bomb = io.BytesIO()
    Image.new("1", (9000, 9000)).save(bomb, "PNG")
    client.refuses(lambda: client.upload(b"GIF89a no picture"), 415, "photo_unreadable")
    client.refuses(lambda: client.upload(picture() + b"<script>"), 415, "photo_unreadable")
    client.refuses(lambda: client.upload(picture(), "text/plain"), 415, "wrong_content_type")
    client.refuses(lambda: client.upload(bomb.getvalue(), "image/png"), 413, "photo_too_large")
    client.refuses(lambda: client.upload(bytes(20 * 1024 * 1024 + 1)), 413, "body_too_large")
    client.refuses(lambda: client.upload(person=client.village), 403, "not_allowed")


@p13
def test_a_photo_belongs_to_one_letter_of_whoever_has_its_string(client):
    photo = client.photo()
    (waiting,) = client.service.database.uploads.find()
    for guess in (waiting["_id"], photo[:-1], photo.lower()):
        client.refuses(lambda wrong=guess: client.write(photos=[wrong]), 422, "photo_unavailable")
    number = client.number(photos=[photo])
    client.refuses(lambda: client.write(photos=[photo]), 422, "photo_unavailable")
    (shown,) = client.read(number, client.ann).json()["photos"]
    assert shown not in (photo, waiting["_id"])
    assert client.service.database.uploads.count_documents({}) == 0


@p13
def test_an_upload_belongs_to_nobody_whom_a_row_a_key_or_a_log_could_name(client):
    vault = client.service.database.client[f"{client.service.database.name}_vault"]
    with capture_logs() as lines:
        client.photo()
    (row,) = client.service.database.uploads.find()
    assert client.ann.id not in f"{row} {lines} {list(vault['keys'].find())}"
    assert vault["keys"].count_documents({}) == 0


@p13
def test_two_letters_at_once_cannot_share_a_photo(client):
    photo = client.photo()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: client.write(photos=[photo]).status_code, range(4)))
    assert sorted(answers) == [201, 422, 422, 422]


@p13
def test_photos_are_seen_by_those_who_see_the_letter(client):
    number, second = client.number(photos=[client.photo()]), client.number(photos=[client.photo()])
    (photo,) = client.read(number, client.ann).json()["photos"]
    path = f"/v1/petitions/{number}/photos/{photo}"
    assert client.http.get(path, person=client.ann).status_code == 200
    client.refuses(lambda: client.http.get(path, person=client.bob), 404, "petition_not_found")
    wrong = f"/v1/petitions/{second}/photos/{photo}"
    client.refuses(lambda: client.http.get(wrong, person=client.ann), 404, "photo_not_found")


@p13
def test_a_photo_that_no_letter_claims_is_swept_after_a_day(client):
    client.photo()
    uploads = client.service.database.uploads
    (row,) = uploads.find()
    assert now() + 22 * HOUR < row["ends_at"] < now() + 24 * HOUR
    assert uploads.index_information()["ends_at_1"]["expireAfterSeconds"] == 0


# who sees what


@p01
def test_a_named_letter_shows_its_author_to_the_office_and_exists_for_no_other(client, person):
    number = client.number()
    assert client.read(number, client.village).json()["author"] == client.ann.id
    for stranger in (
        client.bob,
        client.town,
        client.city,
        person("secretary", "510183122212"),
        person("operator", CITY),
    ):
        client.refuses(lambda who=stranger: client.read(number, who), 404, "petition_not_found")
    client.refuses(lambda: client.read("QL-2026-999999", client.ann), 404, "petition_not_found")


@p01
def test_a_letter_hidden_from_its_office_shows_its_author_to_the_intake_only(client):
    number = client.number(anonymity=2)
    office, intake = client.read(number, client.village), client.read(number, client.intake)
    assert (office.json()["text"], office.json()["author"]) == (LETTER["text"], None)
    assert client.ann.id not in office.text
    assert intake.json()["author"] == client.ann.id


@p01
def test_an_anonymous_letter_leaves_no_trace_of_its_author(client):
    receipt = client.write(anonymity=3, photos=[client.photo()]).json()
    number, code = receipt["number"], receipt["claim_code"]
    database = client.service.database
    kept = [list(database[name].find()) for name in database.list_collection_names() if name != "inbox"]
    assert client.ann.id not in str(kept)
    assert code not in str(kept)
    client.tell()
    assert client.service.facts(PetitionSubmitted)[0].author is None
    client.refuses(lambda: client.read(number, client.ann), 404, "petition_not_found")
    assert client.http.get("/v1/petitions", person=client.ann).json()["items"] == []


@p01
def test_no_log_line_no_trail_and_no_kept_answer_leads_from_an_anonymous_letter_to_its_author(client):
    with capture_logs() as lines:
        client.number(photos=[client.photo()])
        answer = client.write(anonymity=3, key="k1")
    assert [line for line in lines if line["event"] == "request"] == []
    client.tell()
    assert client.service.facts(PetitionSubmitted)[-1].correlationid != answer.headers["X-Request-Id"]
    (row,) = client.service.database.idempotency.find({})
    assert row["kept"] == {name: answer.json()[name] for name in ("id", "number", "state")}
    assert answer.json()["claim_code"] not in str(row) and client.ann.id not in str(row)
    assert client.write(anonymity=3, key="k1").json() == answer.json()


@p01
def test_the_claim_code_lets_an_anonymous_author_follow_rate_and_reopen(client):
    receipt = client.write(anonymity=3, photos=[client.photo()]).json()
    claim = {"number": receipt["number"], "code": receipt["claim_code"]}
    client.tell()
    client.handle(claim["number"], "sign", "answer", "done", "verify", "close")
    no_photos = claim | {"move": "reopen", "text": "又堆满了", "photos": ["any"]}
    client.refuses(lambda: client.http.post("/v1/claims/moves", json=no_photos), 422, "invalid_body")
    grouped = claim["code"][:8] + " - " + claim["code"][8:]
    seen = client.http.post("/v1/claims", json=claim | {"code": grouped}).json()
    assert (seen["state"], seen["text"], seen["author"]) == ("closed", LETTER["text"], None)
    assert [line["text"] for line in seen["history"] if line["what"] == "answer"] == ["已安排"]
    rated = client.http.post("/v1/claims/moves", json=claim | {"move": "rate", "stars": 4})
    reopened = client.http.post("/v1/claims/moves", json=claim | {"move": "reopen", "text": "又堆满了"})
    assert (rated.status_code, reopened.json()["round"]) == (200, 2)
    photo = f"/v1/petitions/{claim['number']}/photos/{seen['photos'][0]}"
    assert client.http.get(photo, person=client.village).status_code == 200
    assert client.service.database.reads.count_documents({"who": "claimant"}) == 0


@p01
def test_an_anonymous_letter_is_kept_at_once_and_told_later_with_no_time_but_that(client):
    receipt = client.write(anonymity=3, photos=[client.photo()], urgency="urgent").json()
    number, claim = receipt["number"], {"number": receipt["number"], "code": receipt["claim_code"]}
    client.refuses(lambda: client.read(number, client.village), 404, "petition_not_found")
    assert client.service.facts(PetitionSubmitted) == []
    waiting = client.service.database.waiting
    (kept,) = waiting.find()
    assert kept["submitted_at"].timestamp() % 900 == 0 < (kept["submitted_at"] - now()).total_seconds() <= 900
    moments = {kept["history"][0]["at"], client.service.database.photos.find_one({})["uploaded_at"]}
    assert moments == {kept["submitted_at"]}
    assert UUID(kept["_id"]).int >> 80 == kept["submitted_at"].timestamp() * 1000
    seen = client.http.post("/v1/claims", json=claim).json()
    assert (seen["state"], seen["text"], seen["promised_at"]) == ("submitted", LETTER["text"], None)
    urge = claim | {"move": "urge"}
    client.refuses(lambda: client.http.post("/v1/claims/moves", json=urge), 409, "on_its_way")
    client.service.tick("tell_letter")
    assert waiting.count_documents({}) == 1
    slot = kept["submitted_at"] - timedelta(seconds=900)
    waiting.update_one({}, {"$set": {"submitted_at": slot}})
    client.service.tick("tell_letter")
    client.service.tick("tell_letter")
    (fact,) = client.service.facts(PetitionSubmitted)
    assert (fact.time, fact.number, len(fact.clocks), fact.photos) == (slot, number, 3, 1)
    assert waiting.count_documents({}) == 0
    assert client.read(number, client.village).json()["submitted_at"] == slot.isoformat()
    assert client.http.post("/v1/claims/moves", json=urge).status_code == 200


@p01
def test_rows_that_may_be_of_an_anonymous_letter_do_not_lie_in_the_order_they_came(client):
    """Else the moments of the rows before and after one would tell its own."""
    database = client.service.database
    kept = [database[name] for name in ("photos", "uploads", "waiting", "idempotency")]
    kept.append(database.client[f"{database.name}_vault"]["keys"])
    assert all(each.options()["clusteredIndex"]["key"] == {"_id": 1} for each in kept)


@p01
def test_a_wrong_claim_code_is_like_an_unknown_number(client):
    anonymous, named = client.number(anonymity=3), client.number()
    for number in (anonymous, named, "QL-2026-999999"):
        claim = {"number": number, "code": "0" * 16}
        client.refuses(lambda sent=claim: client.http.post("/v1/claims", json=sent), 404, "petition_not_found")
    sign = {"number": anonymous, "code": "0" * 16, "move": "sign"}
    client.refuses(lambda: client.http.post("/v1/claims/moves", json=sign), 404, "petition_not_found")


@p05
def test_history_shows_what_was_said_and_names_no_one(client):
    number = client.number()
    client.handle(number, "sign", "answer")
    seen = client.read(number, client.ann)
    lines = [(line["what"], line["part"], line["text"]) for line in seen.json()["history"]]
    assert lines == [("submit", "author", None), ("sign", "office", None), ("answer", "office", "已安排")]
    assert client.village.id not in seen.text


def test_a_text_whose_key_is_destroyed_is_gone_and_the_rest_stays(client):
    number = client.number()
    client.service.service.vault.destroy(client.ann.id)
    seen = client.read(number, client.village).json()
    assert (seen["text"], seen["number"]) == (None, number)


# the author's name and phone


@pytest.fixture
def contacts(client, county):
    """identity's internal port on the loopback; the paths of the contacts it was asked for."""
    asked = []

    def answer(environ, start_response):
        asked.extend(path for path in [environ["PATH_INFO"]] if "contacts" in path)
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(jwks([county.access.public_key()]) | {"name": "样例甲", "phone": "+8619900000001"}).encode()]

    socket = eventlet.listen(("127.0.0.1", 0))
    server = eventlet.spawn(wsgi.server, socket, answer, log_output=False)
    client.service.config["PEERS"]["identity"] = f"http://127.0.0.1:{socket.getsockname()[1]}"
    yield asked
    server.kill()
    socket.close()


def look(client, number, person):
    return client.http.post(
        f"/v1/petitions/{number}/looks", json={"reason": "handle", "words": "需要核实地点"}, person=person
    )


@p01
@pytest.mark.parametrize(
    ("anonymity", "village", "intake"), [(1, 200, 200), (2, 403, 200), (3, 403, 403)], ids=["named", "hidden", "nobody"]
)
def test_who_may_ask_for_name_and_phone(client, contacts, anonymity, village, intake):
    number = client.number(anonymity=anonymity)
    client.tell()
    answers = [look(client, number, who) for who in (client.village, client.intake)]
    assert [answer.status_code for answer in answers] == [village, intake]
    assert all(answer.json()["phone"] == "+8619900000001" for answer in answers if answer.ok)
    assert {answer.json()["code"] for answer in answers if not answer.ok} <= {"author_hidden"}
    assert contacts == [f"/internal/v1/contacts/{client.ann.id}"] * [village, intake].count(200)


@p01
def test_each_look_at_the_author_is_in_the_history_she_reads(client, contacts):
    number = client.number(anonymity=2)
    look(client, number, client.intake)
    line = client.read(number, client.ann).json()["history"][-1]
    assert (line["what"], line["part"], line["text"]) == ("look", "intake", "办理本人事项：需要核实地点")


@p01
def test_nobody_is_shown_or_noted_while_identity_is_away(client):
    number = client.number()
    client.service.config["PEERS"].pop("identity")
    client.refuses(lambda: look(client, number, client.village), 503, "unavailable")


# moves


@p06
def test_a_letter_goes_its_whole_way_and_each_step_is_told(client):
    number = client.number()
    client.handle(number, "sign", "answer", "done", "verify", "close")
    assert client.move(number, client.ann, "rate", stars=5).json()["stars"] == 5
    reopened = client.move(number, client.ann, "reopen", text="还没清完").json()
    assert (reopened["state"], reopened["round"], reopened["outcome"]) == ("submitted", 2, None)
    told = [fact.type for fact in client.service.facts()]
    steps = ["submitted", "signed", "answered", "done", "verified", "closed", "rated", "reopened"]
    assert told == [f"petition.{step}.v1" for step in steps]
    assert [fact.sequence for fact in client.service.facts()] == list(range(1, 9))


@p03
def test_a_secretary_passes_it_up_and_gets_it_back(client):
    number = client.number()
    client.handle(number, "pass_up")
    assert client.read(number, client.village).status_code == 404
    client.handle(number, "return", by=client.town)
    client.handle(number, "pass_up")
    client.handle(number, "pass_up", by=client.town)
    client.refuses(lambda: client.move(number, client.city, "pass_up"), 409, "top_level")


@p06
def test_the_level_above_may_verify_and_send_it_back(client):
    number = client.number()
    client.handle(number, "sign", "answer", "done")
    assert client.read(number, client.town).status_code == 200
    assert client.move(number, client.town, "verify", confirmed=False, text="现场仍有垃圾").json()["state"] == "signed"
    assert client.read(number, client.town).status_code == 404


@p06
def test_a_move_that_is_not_right_is_refused(client):
    number = client.number()
    for who, says, status, code in [
        (client.village, {"move": "answer", "text": "好"}, 409, "wrong_state"),
        (client.village, {"move": "return", "text": "退"}, 409, "bottom_level"),
        (client.village, {"move": "rate", "stars": 5}, 403, "not_your_part"),
        (client.ann, {"move": "sign"}, 403, "not_your_part"),
        (client.ann, {"move": "rate", "stars": 5}, 409, "wrong_state"),
        (client.intake, {"move": "sign"}, 403, "not_your_part"),
        (client.bob, {"move": "sign"}, 404, "petition_not_found"),
        (client.town, {"move": "sign"}, 404, "petition_not_found"),
        (client.village, {"move": "sign", "stars": 5}, 422, "incomplete"),
        (client.village, {"move": "fly"}, 422, "invalid_body"),
        (client.village, {"move": "sign", "text": ""}, 422, "invalid_body"),
        (client.village, {"move": "sign", "speed": 1}, 422, "invalid_body"),
        (client.village, {}, 422, "invalid_body"),
    ]:
        path = f"/v1/petitions/{number}/moves"
        client.refuses(lambda p=path, s=says, w=who: client.http.post(p, json=s, person=w), status, code)
    client.handle(number, "sign")
    client.refuses(lambda: client.move(number, client.village, "answer"), 422, "incomplete")


@p06
def test_one_of_many_signing_at_once_signs(client):
    number = client.number()
    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(lambda _: client.move(number, client.village, "sign").status_code, range(4)))
    assert sorted(statuses) == [200, 409, 409, 409]


# lists


@p01
def test_she_finds_her_letters_and_no_others(client):
    mine = [client.number(), client.number(anonymity=2)]
    client.number(author=client.bob)
    found = client.http.get("/v1/petitions", person=client.ann).json()
    assert [item["number"] for item in found["items"]] == mine[::-1]
    assert "text" not in found["items"][0]


@p03
def test_an_office_sees_what_it_has_to_handle_due_first(client):
    late, soon, other = client.number(), client.number(), client.number(recipient="town")
    promise(client, late, now() + 9 * HOUR)
    promise(client, soon, now() + HOUR)
    found = client.http.get("/v1/office/petitions", person=client.village).json()["items"]
    assert [item["number"] for item in found] == [soon, late]
    assert client.http.get("/v1/office/petitions?state=closed", person=client.village).json()["items"] == []
    assert [i["number"] for i in client.http.get("/v1/office/petitions", person=client.town).json()["items"]] == [other]
    client.refuses(lambda: client.http.get("/v1/office/petitions", person=client.ann), 403, "not_allowed")
    client.refuses(lambda: client.http.get("/v1/office/petitions?state=x", person=client.village), 400, "invalid_query")
    client.refuses(lambda: client.http.get("/v1/office/petitions?cursor=x", person=client.village), 400, "bad_cursor")


# clocks


@p03
def test_a_letter_left_lying_climbs_a_level_and_the_breach_stays(client):
    number = client.number()
    elapse(client, number, now() - HOUR, clock="sign")
    (breached,), (escalated,) = client.service.facts(PetitionBreached), client.service.facts(PetitionEscalated)
    assert (breached.clock, breached.late_level) == ("sign", "village")
    assert (escalated.from_office, escalated.office, escalated.level) == (VILLAGE, TOWN, "town")
    assert {(order["order"], order["level"]) for order in escalated.clocks} == {("pause", "village"), ("start", "town")}
    assert [breach["clock"] for breach in client.read(number, client.town).json()["breaches"]] == ["sign"]


@p03
def test_a_clock_told_twice_or_by_another_services_matter_changes_nothing_more(client):
    number, due = client.number(), now() - HOUR
    fact = elapse(client, number, due, clock="sign")
    client.service.deliver(fact)
    say(client, ClockElapsed, number, due, clock="sign")
    elapse(client, number, due, level="town", source="affairs")
    assert len(client.service.facts(PetitionBreached)) == len(client.service.facts(PetitionEscalated)) == 1


@p03
def test_when_all_was_done_in_time_a_clock_service_an_hour_late_accuses_nobody(client):
    number, due = client.number(), now() + timedelta(seconds=30)
    clocks = ("sign", "answer", "resolve")
    client.handle(number, "sign", "answer", "done")
    for clock in clocks:
        elapse(client, number, due, clock=clock)
    assert client.service.facts(PetitionBreached) == []
    assert client.read(number, client.village).json()["level"] == "village"


@p03
def test_done_late_is_a_breach_but_stays_where_it_is(client):
    number = client.number()
    client.handle(number, "sign")
    elapse(client, number, now() - HOUR, clock="sign")
    assert len(client.service.facts(PetitionBreached)) == 1
    assert client.service.facts(PetitionEscalated) == []


@p03
def test_in_the_city_nothing_climbs(client):
    number = client.number(recipient="city")
    elapse(client, number, now() - HOUR, clock="sign", level="city")
    assert len(client.service.facts(PetitionBreached)) == 1
    assert client.service.facts(PetitionEscalated) == []


# around it


def test_a_person_holds_a_part_by_scope_not_by_role(client):
    number = client.number()
    everywhere_else = Person(new_id(), None, {"secretary": ("510183122212", CITY), "intake": (TOWN,)})
    client.refuses(lambda: client.read(number, everywhere_else), 404, "petition_not_found")


def test_an_act_right_after_the_letter_needs_no_waiting(client):
    for _ in range(5):
        client.handle(client.number(), "sign", "answer")


def test_the_routes_are_described(client):
    paths = requests.get(f"{client.http.base}/openapi.json", timeout=5).json()["paths"]
    assert {"/v1/photos", "/v1/petitions", "/v1/petitions/{number}/moves", "/v1/claims"} <= paths.keys()


# villages merge


@pytest.mark.feature("I01")
def test_a_merged_villages_letters_are_its_heirs(client, person):
    """The office, its old secretary and the next letter of an old villager: all belong to the heir."""
    number, heir = client.number(), "510183122212"
    secretary = person("secretary", heir)
    assert client.read(number, secretary).status_code == 404
    client.service.tell(RegionMerged, subject=VILLAGE, into=heir)
    listed = client.http.get("/v1/office/petitions", person=secretary).json()["items"]
    assert [item["number"] for item in listed] == [number]
    assert client.move(number, secretary, "sign").json()["state"] == "signed"
    assert client.move(number, client.village, "answer", text="已安排").json()["state"] == "answered"
    signed = client.service.facts(PetitionSigned)[-1]
    assert (signed.village, signed.office, signed.regionid) == (heir, heir, heir)
    client.write()
    assert client.service.facts(PetitionSubmitted)[-1].office == heir


# asking, waiting, supervising


@p05
def test_the_author_is_asked_answers_and_the_office_gets_more_time_from_the_level_above(client):
    number = client.number()
    client.handle(number, "sign")
    assert client.move(number, client.village, "ask", text="哪一段河边？").json()["state"] == "awaiting_petitioner"
    photo, guessed = client.photo(), {"text": "老桥下面", "photos": ["nobody-s"]}
    client.refuses(lambda: client.move(number, client.ann, "supply", **guessed), 422, "photo_unavailable")
    supplied = client.move(number, client.ann, "supply", text="老桥下面", photos=[photo]).json()
    (shown,) = supplied["photos"]
    assert (supplied["state"], shown == photo) == ("signed", False)
    assert client.http.get(f"/v1/petitions/{number}/photos/{shown}", person=client.village).status_code == 200
    client.refuses(lambda: client.move(number, client.ann, "urge", photos=[photo]), 422, "incomplete")
    client.refuses(lambda: client.move(number, client.town, "allow_extension"), 404, "petition_not_found")
    client.refuses(lambda: client.move(number, client.village, "extend", text="等设备", amount=31), 422, "too_long")
    assert client.move(number, client.village, "extend", text="等设备", amount=5).json()["asked"] == "extend"
    promise(client, number, now() + 9 * HOUR)
    assert client.move(number, client.town, "allow_extension").json()["author"] is None
    assert client.move(number, client.ann, "urge").status_code == 200
    client.refuses(lambda: client.move(number, client.ann, "urge"), 429, "urged_recently")
    assert client.move(number, client.intake, "supervise", text="请三日内答复").status_code == 200
    client.refuses(lambda: client.move(number, client.village, "pass_up"), 409, "reply_owed")
    assert client.move(number, client.village, "reply", text="已联系设备").status_code == 200
    told = [fact.type.split(".")[1] for fact in client.service.facts()]
    assert told[2:] == ["asked", "supplied", "extension_asked", "extended", "urged", "supervised", "replied"]
    said = [line["text"] for line in client.read(number, client.ann).json()["history"]]
    assert said[2:5] == ["哪一段河边？", "老桥下面", "等设备"]
    assert "老桥" not in str(client.stored())


@p05
def test_waiting_ends_by_itself(client):
    number, other = client.number(), client.number()
    for each in (number, other):
        client.handle(each, "sign")
        client.move(each, client.village, "ask", text="哪一段？")
    over = {"$set": {"waits_until": now() - HOUR}}
    client.service.database.petitions.update_one({"number": number}, over)
    client.service.tick("end_wait")
    assert [client.matter(each)["state"] for each in (number, other)] == ["signed", "awaiting_petitioner"]


@p06
def test_letters_about_one_thing_are_merged_and_one_about_two_is_split(client):
    lead, follower, both = client.number(), client.number(author=client.bob), client.number(anonymity=2, place="老桥")
    rules = [{"name": "用电", "categories": ["power"], "level": "town"}]
    edition = {"edition": 0, "reason": "用电归镇", "rules": rules}
    assert client.http.put("/v1/routing", json=edition, person=client.intake).status_code == 200
    path = f"/v1/petitions/{follower}/merge"
    for wrong in (follower, "QL-none"):
        expected = (409, "wrong_lead") if wrong == follower else (404, "petition_not_found")
        client.refuses(lambda w=wrong: client.http.post(path, json={"lead": w}, person=client.village), *expected)
    client.refuses(lambda: client.http.post(path, json={"lead": lead}, person=client.bob), 403, "not_allowed")
    assert client.http.post(path, json={"lead": lead}, person=client.village).json()["outcome"] == "merged"
    client.handle(lead, "sign", "answer", "done", "verify", "close")
    (heard,) = client.service.facts(PetitionLeadClosed)
    assert (heard.number, heard.author, heard.lead_outcome) == (follower, client.bob.id, "solved")
    assert client.move(follower, client.bob, "rate", stars=4).json()["lead_outcome"] == "solved"
    parts = [{"text": "路灯坏了", "category": "power"}, {"text": "水管漏水"}]
    split = client.http.post(f"/v1/petitions/{both}/parts", json={"parts": parts}, person=client.village)
    assert split.status_code == 201
    first, second = (item["number"] for item in split.json()["items"])
    seen = client.read(first, client.ann).json()
    assert (seen["text"], seen["place"], seen["office"]) == ("路灯坏了", "老桥", TOWN)
    assert client.read(first, client.town).json()["routed"]["words"] == "第 1 条规则：用电"
    found = client.http.get("/v1/office/search", params={"q": "老桥"}, person=client.intake).json()["items"]
    assert {item["number"] for item in found} == {both, first, second}
    assert (client.matter(second)["category"], client.matter(second)["parent"]) == ("environment", both)
    assert client.read(second, client.village).json()["routed"] is None
    client.handle(first, "sign", "answer", by=client.town)


def to_call(client):
    return [item["number"] for item in client.http.get("/v1/office/calls", person=client.intake).json()["items"]]


@p06
def test_an_answer_is_made_public_by_consent_and_who_has_not_rated_is_called(client):
    number, rated = client.number(open_to_public=True), client.number()
    for each in (number, rated):
        client.handle(each, "sign", "answer", "done", "verify", "close")
    client.move(rated, client.ann, "rate", stars=5)
    assert client.move(number, client.village, "publish", public_answer="垃圾已清运").json()["public"]
    client.refuses(lambda: client.move(rated, client.village, "publish", public_answer="好"), 403, "not_consented")
    assert to_call(client) == []
    week_ago = {"closed_at": now() - timedelta(days=8), "lot": 99}  # nobody is drawn
    client.service.database.petitions.update_many({}, {"$set": week_ago})
    assert to_call(client) == [number]
    client.move(number, client.intake, "call", call="unreached")
    assert to_call(client) == [number]
    assert client.move(number, client.intake, "call", call="satisfied").status_code == 200
    assert to_call(client) == []
