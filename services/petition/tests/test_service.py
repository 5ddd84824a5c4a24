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


def say(desk, fact, number, due_at, clock="resolve", level="village", source="petition", **data):
    which = {"matter_source": source, "matter": desk.matter(number)["_id"], "clock": clock, "round": 1, "level": level}
    return desk.service.tell(fact, subject=number, **which, due_at=due_at, **data)


def promise(desk, number, due_at, **which):
    """As `sla` tells it; `which` is of the clock, and the `source` of the matter."""
    about = {"matter_source": which.pop("source", "petition"), "matter": desk.matter(number)["_id"]}
    told = {"clock": "resolve", "level": "village", "round": 1, "provisional": False, "cause": "start"} | which
    return desk.service.tell(ClocksPromised, subject=number, **about, promises=[told | {"due_at": due_at}])


def elapse(desk, number, due_at, **which):
    promise(desk, number, due_at, **which)
    return say(desk, ClockElapsed, number, due_at, **which)


# the policy


@p01
def test_before_writing_she_reads_what_each_level_of_anonymity_means(desk):
    policy = desk.http.get("/v1/policy").json()
    assert [(level["name"], level["words"]) for level in policy["anonymity"]] == [
        ("公开实名", "办理人员能看到您的姓名和电话，其他村民看不到"),
        ("对办理人员保密", "只有受理中心能看到您是谁，办理人员看不到"),
        ("匿名", "没有人知道您是谁，请保存好查询码"),
    ]
    assert {"code": "environment", "name": "环境卫生"} in policy["categories"]


# writing


@p01
def test_a_letter_gets_a_number_at_once_and_the_promised_date_when_it_is_known(desk):
    receipt = desk.write(recipient="town", place="河边").json()
    due = now() + timedelta(days=15)
    number = receipt["number"]
    assert (number[:3], receipt["state"], receipt["claim_code"]) == ("QL-", "submitted", None)
    assert desk.read(number, desk.ann).json()["promised_at"] is None
    promise(desk, number, due, level="town")
    seen = desk.read(number, desk.ann).json()
    assert seen["promised_at"] == due.isoformat()
    assert (seen["text"], seen["place"], seen["office"]) == (LETTER["text"], "河边", TOWN)


@p01
def test_the_submit_fact_carries_clocks_and_nothing_personal(desk):
    number = desk.number(photos=[desk.photo()])
    (fact,) = desk.service.facts(PetitionSubmitted)
    assert (fact.number, fact.author, fact.village, fact.regionid) == (number, desk.ann.id, VILLAGE, VILLAGE)
    assert (fact.office, fact.photos, fact.anonymity) == (VILLAGE, 1, 1)
    assert [(order["order"], order["clock"]) for order in fact.clocks] == [
        ("start", clock) for clock in ("sign", "answer", "resolve")
    ]


@p01
def test_text_place_and_photos_are_kept_sealed(desk):
    number = desk.number(place="河边第三户", photos=[desk.photo()])
    desk.handle(number, "sign", "answer")
    kept = str(desk.stored())
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
def test_a_letter_that_is_not_right_is_refused(desk, changes, code):
    desk.refuses(lambda: desk.write(**changes), 422, code)


@p01
def test_who_may_not_write_is_refused(desk, person):
    desk.refuses(lambda: desk.write(author=person(None)), 403, "not_allowed")
    desk.refuses(lambda: desk.write(author=desk.village), 403, "not_allowed")
    desk.refuses(lambda: desk.write(author=person(region="510199000000")), 404, "unknown_region")
    desk.refuses(lambda: desk.http.post("/v1/petitions", json=LETTER), 401, "not_signed_in")


def test_tokens_that_are_forged_or_over_are_refused(desk, county):
    def write(token):
        return lambda: desk.http.post("/v1/petitions", json=LETTER, token=token)

    token = county.token(desk.ann)
    desk.refuses(write(token[:-8] + "AAAAAAAA"), 401, "token_invalid")
    desk.refuses(write(county.token(desk.ann, at=now() - HOUR)), 401, "token_expired")


def test_a_body_that_is_broken_or_huge_is_refused(desk):
    def post(data, kind="application/json"):
        return lambda: desk.http.post("/v1/petitions", data=data, headers={"Content-Type": kind}, person=desk.ann)

    desk.refuses(post(b'{"text": '), 400, "broken_json")
    desk.refuses(post(b" " * 70_000), 413, "body_too_large")
    desk.refuses(post(b"{}", "text/plain"), 415, "wrong_content_type")


def test_a_repeated_key_makes_one_letter(desk):
    first = desk.write(key="k1")
    assert desk.write(key="k1").json() == first.json()
    desk.refuses(lambda: desk.write(key="k1", text="另一封"), 422, "idempotency_key_reused")
    assert len(desk.service.facts(PetitionSubmitted)) == 1


def test_twins_with_one_key_make_one_letter(desk):
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: desk.write(key="k1"), range(4)))
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len({answer.json()["number"] for answer in answers if answer.status_code == 201}) == 1
    assert len(desk.service.facts(PetitionSubmitted)) == 1


# photos


@p13
@pytest.mark.parametrize(
    ("kind", "mime"), [("JPEG", "image/jpeg"), ("PNG", "image/png"), ("HEIF", "image/heic"), ("WEBP", "image/webp")]
)
def test_a_photo_comes_back_without_the_place_it_was_taken(desk, kind, mime):
    photo = desk.upload(picture(kind), mime).json()["id"]
    number = desk.number(photos=[photo])
    (shown,) = desk.read(number, desk.village).json()["photos"]
    answer = desk.http.get(f"/v1/petitions/{number}/photos/{shown}", person=desk.village)
    assert (answer.status_code, answer.headers["Content-Type"]) == (200, "image/jpeg")
    assert CAMERA.encode() not in answer.content
    assert not Image.open(io.BytesIO(answer.content)).getexif()


@p13
def test_a_photo_that_is_none_is_refused(desk):
    bomb = io.BytesIO()
    Image.new("1", (9000, 9000)).save(bomb, "PNG")
    desk.refuses(lambda: desk.upload(b"GIF89a no picture"), 415, "photo_unreadable")
    desk.refuses(lambda: desk.upload(picture() + b"<script>"), 415, "photo_unreadable")
    desk.refuses(lambda: desk.upload(picture(), "text/plain"), 415, "wrong_content_type")
    desk.refuses(lambda: desk.upload(bomb.getvalue(), "image/png"), 413, "photo_too_large")
    desk.refuses(lambda: desk.upload(bytes(20 * 1024 * 1024 + 1)), 413, "body_too_large")
    desk.refuses(lambda: desk.upload(person=desk.village), 403, "not_allowed")


@p13
def test_a_photo_belongs_to_one_letter_of_whoever_has_its_string(desk):
    photo = desk.photo()
    (waiting,) = desk.service.database.uploads.find()
    for guess in (waiting["_id"], photo[:-1], photo.lower()):
        desk.refuses(lambda wrong=guess: desk.write(photos=[wrong]), 422, "photo_unavailable")
    number = desk.number(photos=[photo])
    desk.refuses(lambda: desk.write(photos=[photo]), 422, "photo_unavailable")
    (shown,) = desk.read(number, desk.ann).json()["photos"]
    assert shown not in (photo, waiting["_id"])
    assert desk.service.database.uploads.count_documents({}) == 0


@p13
def test_an_upload_belongs_to_nobody_whom_a_row_a_key_or_a_log_could_name(desk):
    vault = desk.service.database.client[f"{desk.service.database.name}_vault"]
    with capture_logs() as lines:
        desk.photo()
    (row,) = desk.service.database.uploads.find()
    assert desk.ann.id not in f"{row} {lines} {list(vault['keys'].find())}"
    assert vault["keys"].count_documents({}) == 0


@p13
def test_two_letters_at_once_cannot_share_a_photo(desk):
    photo = desk.photo()
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(lambda _: desk.write(photos=[photo]).status_code, range(4)))
    assert sorted(answers) == [201, 422, 422, 422]


@p13
def test_photos_are_seen_by_those_who_see_the_letter(desk):
    number, second = desk.number(photos=[desk.photo()]), desk.number(photos=[desk.photo()])
    (photo,) = desk.read(number, desk.ann).json()["photos"]
    path = f"/v1/petitions/{number}/photos/{photo}"
    assert desk.http.get(path, person=desk.ann).status_code == 200
    desk.refuses(lambda: desk.http.get(path, person=desk.bob), 404, "petition_not_found")
    wrong = f"/v1/petitions/{second}/photos/{photo}"
    desk.refuses(lambda: desk.http.get(wrong, person=desk.ann), 404, "photo_not_found")


@p13
def test_a_photo_that_no_letter_claims_is_swept_after_a_day(desk):
    desk.photo()
    uploads = desk.service.database.uploads
    (row,) = uploads.find()
    assert now() + 22 * HOUR < row["ends_at"] < now() + 24 * HOUR
    assert uploads.index_information()["ends_at_1"]["expireAfterSeconds"] == 0


# who sees what


@p01
def test_a_named_letter_shows_its_author_to_the_office_and_exists_for_no_other(desk, person):
    number = desk.number()
    assert desk.read(number, desk.village).json()["author"] == desk.ann.id
    for stranger in (desk.bob, desk.town, desk.city, person("secretary", "510183122212"), person("operator", CITY)):
        desk.refuses(lambda who=stranger: desk.read(number, who), 404, "petition_not_found")
    desk.refuses(lambda: desk.read("QL-2026-999999", desk.ann), 404, "petition_not_found")


@p01
def test_a_letter_hidden_from_its_office_shows_its_author_to_the_intake_only(desk):
    number = desk.number(anonymity=2)
    office, intake = desk.read(number, desk.village), desk.read(number, desk.intake)
    assert (office.json()["text"], office.json()["author"]) == (LETTER["text"], None)
    assert desk.ann.id not in office.text
    assert intake.json()["author"] == desk.ann.id


@p01
def test_an_anonymous_letter_leaves_no_trace_of_its_author(desk):
    receipt = desk.write(anonymity=3, photos=[desk.photo()]).json()
    number, code = receipt["number"], receipt["claim_code"]
    database = desk.service.database
    kept = [list(database[name].find()) for name in database.list_collection_names() if name != "inbox"]
    assert desk.ann.id not in str(kept)
    assert code not in str(kept)
    desk.tell()
    assert desk.service.facts(PetitionSubmitted)[0].author is None
    desk.refuses(lambda: desk.read(number, desk.ann), 404, "petition_not_found")
    assert desk.http.get("/v1/petitions", person=desk.ann).json()["items"] == []


@p01
def test_no_log_line_no_trail_and_no_kept_answer_leads_from_an_anonymous_letter_to_its_author(desk):
    with capture_logs() as lines:
        desk.number(photos=[desk.photo()])
        answer = desk.write(anonymity=3, key="k1")
    assert [line for line in lines if line["event"] == "request"] == []
    desk.tell()
    assert desk.service.facts(PetitionSubmitted)[-1].correlationid != answer.headers["X-Request-Id"]
    (row,) = desk.service.database.idempotency.find({})
    assert row["kept"] == {name: answer.json()[name] for name in ("id", "number", "state")}
    assert answer.json()["claim_code"] not in str(row) and desk.ann.id not in str(row)
    assert desk.write(anonymity=3, key="k1").json() == answer.json()


@p01
def test_the_claim_code_lets_an_anonymous_author_follow_rate_and_reopen(desk):
    receipt = desk.write(anonymity=3, photos=[desk.photo()]).json()
    claim = {"number": receipt["number"], "code": receipt["claim_code"]}
    desk.tell()
    desk.handle(claim["number"], "sign", "answer", "done", "verify", "close")
    no_photos = claim | {"move": "reopen", "text": "又堆满了", "photos": ["any"]}
    desk.refuses(lambda: desk.http.post("/v1/claims/moves", json=no_photos), 422, "invalid_body")
    grouped = claim["code"][:8] + " - " + claim["code"][8:]
    seen = desk.http.post("/v1/claims", json=claim | {"code": grouped}).json()
    assert (seen["state"], seen["text"], seen["author"]) == ("closed", LETTER["text"], None)
    assert [line["text"] for line in seen["history"] if line["what"] == "answer"] == ["已安排"]
    rated = desk.http.post("/v1/claims/moves", json=claim | {"move": "rate", "stars": 4})
    reopened = desk.http.post("/v1/claims/moves", json=claim | {"move": "reopen", "text": "又堆满了"})
    assert (rated.status_code, reopened.json()["round"]) == (200, 2)
    photo = f"/v1/petitions/{claim['number']}/photos/{seen['photos'][0]}"
    assert desk.http.get(photo, person=desk.village).status_code == 200
    assert desk.service.database.reads.count_documents({"who": "claimant"}) == 0


@p01
def test_an_anonymous_letter_is_kept_at_once_and_told_later_with_no_time_but_that(desk):
    receipt = desk.write(anonymity=3, photos=[desk.photo()], urgency="urgent").json()
    number, claim = receipt["number"], {"number": receipt["number"], "code": receipt["claim_code"]}
    desk.refuses(lambda: desk.read(number, desk.village), 404, "petition_not_found")
    assert desk.service.facts(PetitionSubmitted) == []
    waiting = desk.service.database.waiting
    (kept,) = waiting.find()
    assert kept["submitted_at"].timestamp() % 900 == 0 < (kept["submitted_at"] - now()).total_seconds() <= 900
    moments = {kept["history"][0]["at"], desk.service.database.photos.find_one({})["uploaded_at"]}
    assert moments == {kept["submitted_at"]}
    assert UUID(kept["_id"]).int >> 80 == kept["submitted_at"].timestamp() * 1000
    seen = desk.http.post("/v1/claims", json=claim).json()
    assert (seen["state"], seen["text"], seen["promised_at"]) == ("submitted", LETTER["text"], None)
    urge = claim | {"move": "urge"}
    desk.refuses(lambda: desk.http.post("/v1/claims/moves", json=urge), 409, "on_its_way")
    desk.service.tick("tell_letter")
    assert waiting.count_documents({}) == 1
    slot = kept["submitted_at"] - timedelta(seconds=900)
    waiting.update_one({}, {"$set": {"submitted_at": slot}})
    desk.service.tick("tell_letter")
    desk.service.tick("tell_letter")
    (fact,) = desk.service.facts(PetitionSubmitted)
    assert (fact.time, fact.number, len(fact.clocks), fact.photos) == (slot, number, 3, 1)
    assert waiting.count_documents({}) == 0
    assert desk.read(number, desk.village).json()["submitted_at"] == slot.isoformat()
    assert desk.http.post("/v1/claims/moves", json=urge).status_code == 200


@p01
def test_rows_that_may_be_of_an_anonymous_letter_do_not_lie_in_the_order_they_came(desk):
    """Else the moments of the rows before and after one would tell its own."""
    database = desk.service.database
    kept = [database[name] for name in ("photos", "uploads", "waiting", "idempotency")]
    kept.append(database.client[f"{database.name}_vault"]["keys"])
    assert all(each.options()["clusteredIndex"]["key"] == {"_id": 1} for each in kept)


@p01
def test_a_wrong_claim_code_is_like_an_unknown_number(desk):
    anonymous, named = desk.number(anonymity=3), desk.number()
    for number in (anonymous, named, "QL-2026-999999"):
        claim = {"number": number, "code": "0" * 16}
        desk.refuses(lambda sent=claim: desk.http.post("/v1/claims", json=sent), 404, "petition_not_found")
    sign = {"number": anonymous, "code": "0" * 16, "move": "sign"}
    desk.refuses(lambda: desk.http.post("/v1/claims/moves", json=sign), 404, "petition_not_found")


@p05
def test_history_shows_what_was_said_and_names_no_one(desk):
    number = desk.number()
    desk.handle(number, "sign", "answer")
    seen = desk.read(number, desk.ann)
    lines = [(line["what"], line["part"], line["text"]) for line in seen.json()["history"]]
    assert lines == [("submit", "author", None), ("sign", "office", None), ("answer", "office", "已安排")]
    assert desk.village.id not in seen.text


def test_a_text_whose_key_is_destroyed_is_gone_and_the_rest_stays(desk):
    number = desk.number()
    desk.service.service.vault.destroy(desk.ann.id)
    seen = desk.read(number, desk.village).json()
    assert (seen["text"], seen["number"]) == (None, number)


# the author's name and phone


@pytest.fixture
def contacts(desk, county):
    """identity's internal port on the loopback; the paths of the contacts it was asked for."""
    asked = []

    def answer(environ, start_response):
        asked.extend(path for path in [environ["PATH_INFO"]] if "contacts" in path)
        start_response("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(jwks([county.access.public_key()]) | {"name": "样例甲", "phone": "+8619900000001"}).encode()]

    socket = eventlet.listen(("127.0.0.1", 0))
    server = eventlet.spawn(wsgi.server, socket, answer, log_output=False)
    desk.service.config["PEERS"]["identity"] = f"http://127.0.0.1:{socket.getsockname()[1]}"
    yield asked
    server.kill()
    socket.close()


def look(desk, number, person):
    return desk.http.post(
        f"/v1/petitions/{number}/looks", json={"reason": "handle", "words": "需要核实地点"}, person=person
    )


@p01
@pytest.mark.parametrize(
    ("anonymity", "village", "intake"), [(1, 200, 200), (2, 403, 200), (3, 403, 403)], ids=["named", "hidden", "nobody"]
)
def test_who_may_ask_for_name_and_phone(desk, contacts, anonymity, village, intake):
    number = desk.number(anonymity=anonymity)
    desk.tell()
    answers = [look(desk, number, who) for who in (desk.village, desk.intake)]
    assert [answer.status_code for answer in answers] == [village, intake]
    assert all(answer.json()["phone"] == "+8619900000001" for answer in answers if answer.ok)
    assert {answer.json()["code"] for answer in answers if not answer.ok} <= {"author_hidden"}
    assert contacts == [f"/internal/v1/contacts/{desk.ann.id}"] * [village, intake].count(200)


@p01
def test_each_look_at_the_author_is_in_the_history_she_reads(desk, contacts):
    number = desk.number(anonymity=2)
    look(desk, number, desk.intake)
    line = desk.read(number, desk.ann).json()["history"][-1]
    assert (line["what"], line["part"], line["text"]) == ("look", "intake", "办理本人事项：需要核实地点")


@p01
def test_nobody_is_shown_or_noted_while_identity_is_away(desk):
    number = desk.number()
    desk.service.config["PEERS"].pop("identity")
    desk.refuses(lambda: look(desk, number, desk.village), 503, "unavailable")


# moves


@p06
def test_a_letter_goes_its_whole_way_and_each_step_is_told(desk):
    number = desk.number()
    desk.handle(number, "sign", "answer", "done", "verify", "close")
    assert desk.move(number, desk.ann, "rate", stars=5).json()["stars"] == 5
    reopened = desk.move(number, desk.ann, "reopen", text="还没清完").json()
    assert (reopened["state"], reopened["round"], reopened["outcome"]) == ("submitted", 2, None)
    told = [fact.type for fact in desk.service.facts()]
    steps = ["submitted", "signed", "answered", "done", "verified", "closed", "rated", "reopened"]
    assert told == [f"petition.{step}.v1" for step in steps]
    assert [fact.sequence for fact in desk.service.facts()] == list(range(1, 9))


@p03
def test_a_secretary_passes_it_up_and_gets_it_back(desk):
    number = desk.number()
    desk.handle(number, "pass_up")
    assert desk.read(number, desk.village).status_code == 404
    desk.handle(number, "return", by=desk.town)
    desk.handle(number, "pass_up")
    desk.handle(number, "pass_up", by=desk.town)
    desk.refuses(lambda: desk.move(number, desk.city, "pass_up"), 409, "top_level")


@p06
def test_the_level_above_may_verify_and_send_it_back(desk):
    number = desk.number()
    desk.handle(number, "sign", "answer", "done")
    assert desk.read(number, desk.town).status_code == 200
    assert desk.move(number, desk.town, "verify", confirmed=False, text="现场仍有垃圾").json()["state"] == "signed"
    assert desk.read(number, desk.town).status_code == 404


@p06
def test_a_move_that_is_not_right_is_refused(desk):
    number = desk.number()
    for who, says, status, code in [
        (desk.village, {"move": "answer", "text": "好"}, 409, "wrong_state"),
        (desk.village, {"move": "return", "text": "退"}, 409, "bottom_level"),
        (desk.village, {"move": "rate", "stars": 5}, 403, "not_your_part"),
        (desk.ann, {"move": "sign"}, 403, "not_your_part"),
        (desk.ann, {"move": "rate", "stars": 5}, 409, "wrong_state"),
        (desk.intake, {"move": "sign"}, 403, "not_your_part"),
        (desk.bob, {"move": "sign"}, 404, "petition_not_found"),
        (desk.town, {"move": "sign"}, 404, "petition_not_found"),
        (desk.village, {"move": "sign", "stars": 5}, 422, "incomplete"),
        (desk.village, {"move": "fly"}, 422, "invalid_body"),
        (desk.village, {"move": "sign", "text": ""}, 422, "invalid_body"),
        (desk.village, {"move": "sign", "speed": 1}, 422, "invalid_body"),
        (desk.village, {}, 422, "invalid_body"),
    ]:
        path = f"/v1/petitions/{number}/moves"
        desk.refuses(lambda p=path, s=says, w=who: desk.http.post(p, json=s, person=w), status, code)
    desk.handle(number, "sign")
    desk.refuses(lambda: desk.move(number, desk.village, "answer"), 422, "incomplete")


@p06
def test_one_of_many_signing_at_once_signs(desk):
    number = desk.number()
    with ThreadPoolExecutor(4) as pool:
        statuses = list(pool.map(lambda _: desk.move(number, desk.village, "sign").status_code, range(4)))
    assert sorted(statuses) == [200, 409, 409, 409]


# lists


@p01
def test_she_finds_her_letters_and_no_others(desk):
    mine = [desk.number(), desk.number(anonymity=2)]
    desk.number(author=desk.bob)
    found = desk.http.get("/v1/petitions", person=desk.ann).json()
    assert [item["number"] for item in found["items"]] == mine[::-1]
    assert "text" not in found["items"][0]


@p03
def test_an_office_sees_what_it_has_to_handle_due_first(desk):
    late, soon, other = desk.number(), desk.number(), desk.number(recipient="town")
    promise(desk, late, now() + 9 * HOUR)
    promise(desk, soon, now() + HOUR)
    found = desk.http.get("/v1/office/petitions", person=desk.village).json()["items"]
    assert [item["number"] for item in found] == [soon, late]
    assert desk.http.get("/v1/office/petitions?state=closed", person=desk.village).json()["items"] == []
    assert [i["number"] for i in desk.http.get("/v1/office/petitions", person=desk.town).json()["items"]] == [other]
    desk.refuses(lambda: desk.http.get("/v1/office/petitions", person=desk.ann), 403, "not_allowed")
    desk.refuses(lambda: desk.http.get("/v1/office/petitions?state=x", person=desk.village), 400, "invalid_query")
    desk.refuses(lambda: desk.http.get("/v1/office/petitions?cursor=x", person=desk.village), 400, "bad_cursor")


# clocks


@p03
def test_a_letter_left_lying_climbs_a_level_and_the_breach_stays(desk):
    number = desk.number()
    elapse(desk, number, now() - HOUR, clock="sign")
    (breached,), (escalated,) = desk.service.facts(PetitionBreached), desk.service.facts(PetitionEscalated)
    assert (breached.clock, breached.late_level) == ("sign", "village")
    assert (escalated.from_office, escalated.office, escalated.level) == (VILLAGE, TOWN, "town")
    assert {(order["order"], order["level"]) for order in escalated.clocks} == {("pause", "village"), ("start", "town")}
    assert [breach["clock"] for breach in desk.read(number, desk.town).json()["breaches"]] == ["sign"]


@p03
def test_a_clock_told_twice_or_by_another_services_matter_changes_nothing_more(desk):
    number, due = desk.number(), now() - HOUR
    fact = elapse(desk, number, due, clock="sign")
    desk.service.deliver(fact)
    say(desk, ClockElapsed, number, due, clock="sign")
    elapse(desk, number, due, level="town", source="affairs")
    assert len(desk.service.facts(PetitionBreached)) == len(desk.service.facts(PetitionEscalated)) == 1


@p03
def test_when_all_was_done_in_time_a_clock_service_an_hour_late_accuses_nobody(desk):
    number, due = desk.number(), now() + timedelta(seconds=30)
    clocks = ("sign", "answer", "resolve")
    desk.handle(number, "sign", "answer", "done")
    for clock in clocks:
        elapse(desk, number, due, clock=clock)
    assert desk.service.facts(PetitionBreached) == []
    assert desk.read(number, desk.village).json()["level"] == "village"


@p03
def test_done_late_is_a_breach_but_stays_where_it_is(desk):
    number = desk.number()
    desk.handle(number, "sign")
    elapse(desk, number, now() - HOUR, clock="sign")
    assert len(desk.service.facts(PetitionBreached)) == 1
    assert desk.service.facts(PetitionEscalated) == []


@p03
def test_in_the_city_nothing_climbs(desk):
    number = desk.number(recipient="city")
    elapse(desk, number, now() - HOUR, clock="sign", level="city")
    assert len(desk.service.facts(PetitionBreached)) == 1
    assert desk.service.facts(PetitionEscalated) == []


# around it


def test_a_person_holds_a_part_by_scope_not_by_role(desk):
    number = desk.number()
    everywhere_else = Person(new_id(), None, {"secretary": ("510183122212", CITY), "intake": (TOWN,)})
    desk.refuses(lambda: desk.read(number, everywhere_else), 404, "petition_not_found")


def test_an_act_right_after_the_letter_needs_no_waiting(desk):
    for _ in range(5):
        desk.handle(desk.number(), "sign", "answer")


def test_the_routes_are_described(desk):
    paths = requests.get(f"{desk.http.base}/openapi.json", timeout=5).json()["paths"]
    assert {"/v1/photos", "/v1/petitions", "/v1/petitions/{number}/moves", "/v1/claims"} <= paths.keys()


# villages merge


@pytest.mark.feature("I01")
def test_a_merged_villages_letters_are_its_heirs(desk, person):
    """The office, its old secretary and the next letter of an old villager: all belong to the heir."""
    number, heir = desk.number(), "510183122212"
    secretary = person("secretary", heir)
    assert desk.read(number, secretary).status_code == 404
    desk.service.tell(RegionMerged, subject=VILLAGE, into=heir)
    listed = desk.http.get("/v1/office/petitions", person=secretary).json()["items"]
    assert [item["number"] for item in listed] == [number]
    assert desk.move(number, secretary, "sign").json()["state"] == "signed"
    assert desk.move(number, desk.village, "answer", text="已安排").json()["state"] == "answered"
    signed = desk.service.facts(PetitionSigned)[-1]
    assert (signed.village, signed.office, signed.regionid) == (heir, heir, heir)
    desk.write()
    assert desk.service.facts(PetitionSubmitted)[-1].office == heir


# asking, waiting, supervising


@p05
def test_the_author_is_asked_answers_and_the_office_gets_more_time_from_the_level_above(desk):
    number = desk.number()
    desk.handle(number, "sign")
    assert desk.move(number, desk.village, "ask", text="哪一段河边？").json()["state"] == "awaiting_petitioner"
    photo, guessed = desk.photo(), {"text": "老桥下面", "photos": ["nobody-s"]}
    desk.refuses(lambda: desk.move(number, desk.ann, "supply", **guessed), 422, "photo_unavailable")
    supplied = desk.move(number, desk.ann, "supply", text="老桥下面", photos=[photo]).json()
    (shown,) = supplied["photos"]
    assert (supplied["state"], shown == photo) == ("signed", False)
    assert desk.http.get(f"/v1/petitions/{number}/photos/{shown}", person=desk.village).status_code == 200
    desk.refuses(lambda: desk.move(number, desk.ann, "urge", photos=[photo]), 422, "incomplete")
    desk.refuses(lambda: desk.move(number, desk.town, "allow_extension"), 404, "petition_not_found")
    desk.refuses(lambda: desk.move(number, desk.village, "extend", text="等设备", amount=31), 422, "too_long")
    assert desk.move(number, desk.village, "extend", text="等设备", amount=5).json()["asked"] == "extend"
    promise(desk, number, now() + 9 * HOUR)
    assert desk.move(number, desk.town, "allow_extension").json()["author"] is None
    assert desk.move(number, desk.ann, "urge").status_code == 200
    desk.refuses(lambda: desk.move(number, desk.ann, "urge"), 429, "urged_recently")
    assert desk.move(number, desk.intake, "supervise", text="请三日内答复").status_code == 200
    desk.refuses(lambda: desk.move(number, desk.village, "pass_up"), 409, "reply_owed")
    assert desk.move(number, desk.village, "reply", text="已联系设备").status_code == 200
    told = [fact.type.split(".")[1] for fact in desk.service.facts()]
    assert told[2:] == ["asked", "supplied", "extension_asked", "extended", "urged", "supervised", "replied"]
    said = [line["text"] for line in desk.read(number, desk.ann).json()["history"]]
    assert said[2:5] == ["哪一段河边？", "老桥下面", "等设备"]
    assert "老桥" not in str(desk.stored())


@p05
def test_waiting_ends_by_itself(desk):
    number, other = desk.number(), desk.number()
    for each in (number, other):
        desk.handle(each, "sign")
        desk.move(each, desk.village, "ask", text="哪一段？")
    over = {"$set": {"waits_until": now() - HOUR}}
    desk.service.database.petitions.update_one({"number": number}, over)
    desk.service.tick("end_wait")
    assert [desk.matter(each)["state"] for each in (number, other)] == ["signed", "awaiting_petitioner"]


@p06
def test_letters_about_one_thing_are_merged_and_one_about_two_is_split(desk):
    lead, follower, both = desk.number(), desk.number(author=desk.bob), desk.number(anonymity=2, place="老桥")
    rules = [{"name": "用电", "categories": ["power"], "level": "town"}]
    edition = {"edition": 0, "reason": "用电归镇", "rules": rules}
    assert desk.http.put("/v1/routing", json=edition, person=desk.intake).status_code == 200
    path = f"/v1/petitions/{follower}/merge"
    for wrong in (follower, "QL-none"):
        expected = (409, "wrong_lead") if wrong == follower else (404, "petition_not_found")
        desk.refuses(lambda w=wrong: desk.http.post(path, json={"lead": w}, person=desk.village), *expected)
    desk.refuses(lambda: desk.http.post(path, json={"lead": lead}, person=desk.bob), 403, "not_allowed")
    assert desk.http.post(path, json={"lead": lead}, person=desk.village).json()["outcome"] == "merged"
    desk.handle(lead, "sign", "answer", "done", "verify", "close")
    (heard,) = desk.service.facts(PetitionLeadClosed)
    assert (heard.number, heard.author, heard.lead_outcome) == (follower, desk.bob.id, "solved")
    assert desk.move(follower, desk.bob, "rate", stars=4).json()["lead_outcome"] == "solved"
    parts = [{"text": "路灯坏了", "category": "power"}, {"text": "水管漏水"}]
    split = desk.http.post(f"/v1/petitions/{both}/parts", json={"parts": parts}, person=desk.village)
    assert split.status_code == 201
    first, second = (item["number"] for item in split.json()["items"])
    seen = desk.read(first, desk.ann).json()
    assert (seen["text"], seen["place"], seen["office"]) == ("路灯坏了", "老桥", TOWN)
    assert desk.read(first, desk.town).json()["routed"]["words"] == "第 1 条规则：用电"
    found = desk.http.get("/v1/office/search", params={"q": "老桥"}, person=desk.intake).json()["items"]
    assert {item["number"] for item in found} == {both, first, second}
    assert (desk.matter(second)["category"], desk.matter(second)["parent"]) == ("environment", both)
    assert desk.read(second, desk.village).json()["routed"] is None
    desk.handle(first, "sign", "answer", by=desk.town)


def to_call(desk):
    return [item["number"] for item in desk.http.get("/v1/office/calls", person=desk.intake).json()["items"]]


@p06
def test_an_answer_is_made_public_by_consent_and_who_has_not_rated_is_called(desk):
    number, rated = desk.number(open_to_public=True), desk.number()
    for each in (number, rated):
        desk.handle(each, "sign", "answer", "done", "verify", "close")
    desk.move(rated, desk.ann, "rate", stars=5)
    assert desk.move(number, desk.village, "publish", public_answer="垃圾已清运").json()["public"]
    desk.refuses(lambda: desk.move(rated, desk.village, "publish", public_answer="好"), 403, "not_consented")
    assert to_call(desk) == []
    week_ago = {"closed_at": now() - timedelta(days=8), "lot": 99}  # nobody is drawn
    desk.service.database.petitions.update_many({}, {"$set": week_ago})
    assert to_call(desk) == [number]
    desk.move(number, desk.intake, "call", call="unreached")
    assert to_call(desk) == [number]
    assert desk.move(number, desk.intake, "call", call="satisfied").status_code == 200
    assert to_call(desk) == []
