"""举报: filed by nobody in particular, read by the discipline office alone."""

import io
import json
import os
import socket
import subprocess
import sys
from base64 import b64encode
from contextlib import contextmanager, suppress
from dataclasses import replace
from datetime import datetime, timedelta
from functools import cache
from pathlib import Path
from urllib.parse import urlsplit

import bson
import eventlet
import pytest
from click.testing import CliRunner
from PIL import Image
from structlog.testing import capture_logs

from chassis.bus import broker
from chassis.domain import now
from chassis.privacy.retention import schedule
from chassis.testing import wait_until
from chassis.testing.county import Client
from chassis.testing.pictures import CAMERA, picture
from contracts.petition.letters import ClueFiled, CluesArrived, CluesCrowded
from services.petition import commands, sealing
from services.petition.domain import proof
from services.petition.domain.clue import SIZES, day_of
from services.petition.service import PetitionService, clues
from services.petition.store.clues import Clues
from services.petition.tests.conftest import CITY, POLICY_FILE, VILLAGE
from services.petition.tests.test_clue_rules import clue_in

pytestmark = pytest.mark.feature("P08")
TEXT, AUTHOR = "村里的补贴款没有发到户，去年冬天就该到账。", "样例·举报人，家住石桥头第三户"
QUESTION, ANSWER = "请说明是哪一笔补贴？", "是去年的粮食直补，一共三十七户。"
ABOUT = {"category": "subsidies", "region": VILLAGE}
SAID = ABOUT | {"text": TEXT}
SCHEDULE = schedule(PetitionService.retention)
KEY = sealing.new_key()
NO_NETWORK = """
import sys
network = ("socket.connect", "socket.sendto", "socket.getaddrinfo")
sys.addaudithook(lambda event, _: sys.exit(event) if event in network else None)
from chassis.operate.cli import main
main()
"""


class Office:
    """The service, the discipline office with its own machine, and whoever has something to tell it."""

    def __init__(self, service, person, folder):
        self.service, self.http, self.folder = service, service.http, folder
        self.officer = person("discipline", CITY)
        folder.joinpath("office.key").write_text(KEY)

    def proof(self, size=proof.FREE):
        """The header of a challenge for so many bytes and its solution."""
        given = self.http.get("/v1/clues/challenge", params={"bytes": size}).json()
        nonce = next(str(n) for n in range(10**7) if proof.solves(given["challenge"], str(n), given["bits"]))
        return {clues.PROOF: f"{given['challenge']} {nonce}"}

    def file(self, headers=None, key=None, **said):
        """The answer to a clue."""
        headers = self.proof() | (headers or {})
        return self.http.post("/v1/clues", json=ABOUT | said, headers=headers, key=key)

    def alone(self, proof):
        """The answer to a clue on a connection of its own."""
        return Client(self.service.county, urlsplit(self.http.base).port).post("/v1/clues", json=SAID, headers=proof)

    def seal(self, box, path="", **headers):
        """The answer to what a device sealed by itself: a clue, or something added to one."""
        sent = {"Content-Type": "application/octet-stream"} | self.proof(len(box)) | headers
        return self.http.post(f"/v1/clues{path}/sealed", data=box, headers=sent, params={} if path else ABOUT)

    def add_photo(self, code, raw=None, kind="image/jpeg", **headers):
        raw = raw or picture()
        sent = {"Content-Type": kind, clues.CLAIM: code} | self.proof(len(raw)) | headers
        return self.http.post("/v1/clues/photos", data=raw, headers=sent)

    def follow(self, code):
        return self.http.post("/v1/clues/claims", json={"code": code})

    def answer(self, code, text, key=None, **headers):
        headers = self.proof() | {clues.CLAIM: code} | headers
        return self.http.post("/v1/clues/answers", json={"text": text}, headers=headers, key=key)

    def list(self, person=None, **query):
        return self.http.get("/v1/office/clues", person=person or self.officer, params=query)

    def act(self, id, what, person=None, **said):
        return self.http.post(f"/v1/office/clues/{id}/{what}", json=said, person=person or self.officer)

    def fetch(self, id, person=None):
        return self.http.get(f"/v1/office/clues/{id}", person=person or self.officer)

    def filled(self, size):
        """So many bytes have come in today."""
        self.file(text=TEXT)
        self.service.database.clue_days.update_one({}, {"$set": {"size": size}, "$inc": {"version": 1}})

    def open(self, id):
        """What the office's own machine says about a downloaded clue."""
        self.folder.joinpath("clue.json").write_bytes(self.fetch(id).content)
        with_key = ["open", "--key", self.folder / "office.key", "--out", self.folder, self.folder / "clue.json"]
        done = CliRunner().invoke(commands.main, [str(each) for each in with_key])
        assert done.exit_code == 0, done.output
        return done.output

    def kept(self):
        """The bytes of every document of every database of the county."""
        county = self.service.county
        names = [name for name in county.admin.list_database_names() if name.startswith(county.name)]
        tables = [county.admin[name][each] for name in names for each in county.admin[name].list_collection_names()]
        return b"\n".join(bson.encode(row) for table in tables for row in table.find())


@pytest.fixture
def office(running, regions, person, tmp_path, monkeypatch):
    """An Office whose challenges are easy."""
    monkeypatch.setattr(clues, "RULES", replace(clues.RULES, proof_bits=6))
    service = running(PetitionService, POLICY_FILE=POLICY_FILE, CLUE_SEAL=sealing.public_key(KEY), CLUE_MAIL="")
    regions(service)
    return Office(service, person, tmp_path)


def box(text=TEXT, photos=()):
    """What a device seals by itself."""
    return sealing.seal(sealing.public_key(KEY), text, None, photos)


def jpeg(raw):
    """The size of a JPEG picture."""
    with Image.open(io.BytesIO(raw), formats=["JPEG"]) as picture:
        return picture.size


def runs(text):
    """Every run of four characters."""
    return {text[start : start + 4] for start in range(len(text) - 3)}


@contextmanager
def listening(county):
    """A function that returns the next message that came by on the bus in the block, or None."""
    with broker.connect(county.amqp()) as connection:
        channel = connection.channel()
        queue = channel.queue_declare(exclusive=True).queue
        channel.queue_bind(queue, "petition.events", "#")
        yield lambda: (message := channel.basic_get(queue, no_ack=True)) and message.body


def test_a_clue_is_read_by_the_office_alone_and_leaves_no_trace_of_its_author(office, person, monkeypatch):
    villager = office.service.county.token(signed_in := person())
    with capture_logs() as logs, listening(office.service.county) as heard:
        signed = {"Authorization": f"Bearer {villager}"}
        code = office.file(headers=signed, text=TEXT, author=AUTHOR).json()["claim_code"]
        assert office.add_photo(code, **signed).status_code == 204
        [clue] = office.list().json()["items"]
        office.act(clue["id"], "moves", move="read")
        office.act(clue["id"], "questions", text=QUESTION)
        assert office.follow(code.lower().replace("-", " ")).json()["questions"][0]["text"] == QUESTION
        assert office.answer(code, ANSWER).status_code == 204
        monkeypatch.setattr(office.service.cls, "now", lambda _: now() + timedelta(days=2))
        office.service.tick("tell_clue")
        told = json.loads(wait_until(heard, "the fact"))
        assert clue == {**clue, "day": day_of(now()), "category": "subsidies", "place": VILLAGE, "state": "filed"}
    shown = office.open(clue["id"])
    assert all(words in shown for words in (TEXT, AUTHOR, QUESTION, ANSWER))
    [kept] = office.folder.glob("*.jpg")
    assert jpeg(kept.read_bytes()) == (64, 48)
    assert CAMERA.encode() not in kept.read_bytes()
    assert kept.stat().st_mode & 0o777 == 0o600

    assert (told["type"], told["data"]) == ("petition.clue_filed.v1", {"category": "subsidies", "region": VILLAGE})
    assert office.service.facts(ClueFiled)[0].time >= now() + timedelta(days=1)
    secrets = {signed_in.id, code, code.replace("-", ""), *(runs(TEXT) | runs(AUTHOR) | runs(QUESTION) | runs(ANSWER))}
    everything = office.kept() + json.dumps([logs, told], default=str, ensure_ascii=False).encode()
    assert [secret for secret in secrets if secret.encode() in everything] == []
    assert picture()[200:240] not in everything
    assert office.service.database.idempotency.count_documents({}) == 0


def test_a_clue_closed_before_closings_had_a_date_gets_that_of_its_last_step(store):
    rows, one = store(Clues), clue_in("in_progress")
    one.move("close", "officer", now(), "partly")
    closed, one.closed_at = one.closed_at, None
    rows.add(one)
    rows.add(open_one := replace(clue_in("read"), claim="another"))
    for _ in ("once", "and again"):
        rows.date_closings()
        found = rows.get(one.id)
        assert abs(found.closed_at - closed) < timedelta(milliseconds=1)
        assert (found.version, rows.get(open_one.id).closed_at) == (one.version + 1, None)


def test_nobody_but_the_office_gets_even_a_list(office, person):
    office.file(text=TEXT)
    [clue] = office.list().json()["items"]
    before = list(office.service.database.clues.find())
    others = ["villager", "secretary", "villageadmin", "townadmin", "cityadmin", "intake", "calendaradmin", "operator"]
    for stranger in [*(person(role, CITY) for role in others), person(None)]:
        for answer in (
            office.list(stranger),
            office.fetch(clue["id"], stranger),
            office.act(clue["id"], "moves", stranger, move="read"),
            office.act(clue["id"], "questions", stranger, text=QUESTION),
        ):
            assert (answer.status_code, answer.json()["code"]) == (403, "not_allowed")
    elsewhere = person("discipline", "510184")
    assert office.list(elsewhere).json()["items"] == []
    assert office.fetch(clue["id"], elsewhere).json()["code"] == "clue_not_found"
    assert office.act(clue["id"], "moves", elsewhere, move="read").json()["code"] == "clue_not_found"
    assert office.http.get("/v1/office/clues").status_code == 401
    assert list(office.service.database.clues.find()) == before


def test_a_clue_costs_a_moment_of_work_and_nothing_is_kept_for_a_key(office):
    database, work, code = office.service.database, office.proof(), "0" * 28
    for refused, why in (
        (office.file(text=TEXT, headers={clues.PROOF: "x" * 40}), "proof_wrong"),
        (office.file(text=TEXT, key="again"), "nothing_kept"),
        (office.file(text=TEXT, category="unknown"), "unknown_category"),
        (office.file(text=TEXT, sealed="AAAA"), "invalid_body"),
        (office.file(), "invalid_body"),
        (office.seal(box()[:-1]), "clue_not_padded"),
        (office.answer(code, TEXT, key="again"), "nothing_kept"),
        (office.answer(code, TEXT), "clue_not_found"),
        (office.http.post("/v1/clues/claims", json={"code": code}, key="again"), "nothing_kept"),
    ):
        assert refused.json()["code"] == why
    tables = ("clues", "clue_enclosures", "clue_days", "spent_proofs", "idempotency")
    assert [database[name].count_documents({}) for name in tables] == [0, 0, 0, 0, 0]
    assert office.file(text=TEXT, headers=work).status_code == 201
    assert office.file(text=TEXT, headers=work).json()["code"] == "proof_spent"
    [spent] = database.spent_proofs.find()
    assert set(spent) == {"_id", "ends_at"}


def test_a_proof_is_good_for_one_thing_and_the_bytes_it_was_made_for(office):
    code, work = office.file(text=TEXT).json()["claim_code"], office.proof()
    assert office.answer(code, ANSWER, **work).status_code == 204
    for refused, why in (
        (office.answer(code, ANSWER, **work), "proof_spent"),
        (office.add_photo(code, **work), "proof_spent"),
        (office.seal(box(), **work), "proof_spent"),
        (office.seal(box(photos=[bytes(100_000)]), **office.proof()), "proof_too_cheap"),
        (office.add_photo(code, picture() + bytes(100_000), **office.proof()), "proof_too_cheap"),
        (office.http.post("/v1/clues", data=iter([b"{}"]), headers=office.proof()), "length_unknown"),
    ):
        assert refused.json()["code"] == why
    assert office.service.database.clue_enclosures.count_documents({}) == 2


def test_what_is_added_comes_to_the_office_sealed_and_at_no_other_clue(office):
    code, other = (office.file(text=words).json()["claim_code"] for words in (TEXT, "另一件事"))
    assert office.seal(box(ANSWER), "/answers", **{clues.CLAIM: code}).status_code == 204
    assert office.add_photo(code).status_code == 204
    assert office.add_photo(code, kind="image/png").json()["code"] == "photo_unreadable"
    assert office.add_photo("0" * 28).json()["code"] == "clue_not_found"
    assert office.add_photo("").json()["code"] == "clue_not_found"
    shown = "".join(office.open(clue["id"]) for clue in office.list().json()["items"])
    assert shown.count("举报人补充") == 2
    assert ANSWER in shown
    assert len(list(office.folder.glob("clue-2-照片1.jpg"))) == 1
    assert {len(row["sealed"]) for row in office.service.database.clue_enclosures.find()} == {SIZES[0]}
    assert other != code


def test_answers_look_alike_whatever_is_said(office):
    said = [{"text": "短"}, {"text": "长" * 5000, "author": AUTHOR}, {"text": TEXT}]
    answers = [*(office.file(**each) for each in said), office.seal(box())]
    shapes = {(answer.status_code, len(answer.content), *sorted(answer.headers)) for answer in answers}
    assert len(shapes) == 1
    assert {len(row["sealed"]) for row in office.service.database.clue_enclosures.find()} == {SIZES[0]}
    unknown = [office.follow(code).json() for code in ("0" * 28, answers[0].json()["claim_code"][:-1] + "*")]
    assert unknown[0]["code"] == "clue_not_found"
    assert unknown[1]["code"] == "invalid_body"


def answered(office, path, *headers, body=b"", times=0):
    """What is answered to a POST whose body never comes, or comes until the other side hangs up."""
    place = urlsplit(office.http.base)
    lines = [
        f"POST {path} HTTP/1.1",
        "Host: h",
        *(f"{name}: {value}" for each in headers for name, value in each.items()),
    ]
    with socket.create_connection((place.hostname, place.port), timeout=10) as wire:
        wire.sendall("\r\n".join([*lines, "", ""]).encode())
        with suppress(OSError):
            for _ in range(times):
                wire.sendall(body)
        return wire.recv(65536).decode()


JSON_OF = {"Content-Type": "application/json", "Content-Length": 14 << 20}
OCTETS_OF = {"Content-Type": "application/octet-stream", "Content-Length": SIZES[-1]}
PHOTO_OF = {"Content-Type": "image/jpeg", "Content-Length": 4 << 20}


@pytest.mark.parametrize(
    ("path", "form"),
    [
        ("/v1/clues", JSON_OF),
        ("/v1/clues/answers", JSON_OF),
        (f"/v1/clues/sealed?category=other&region={VILLAGE}", OCTETS_OF),
        ("/v1/clues/answers/sealed", OCTETS_OF),
        ("/v1/clues/photos", PHOTO_OF),
    ],
)
def test_nothing_is_read_of_a_body_before_its_proof_is_looked_at(office, path, form):
    claim, wrong = {clues.CLAIM: "0" * 28}, {clues.PROOF: "x.1.1.0.y 0"}
    assert "proof_wrong" in answered(office, path, form, claim)
    assert "proof_wrong" in answered(office, path, form, claim, wrong)
    assert "proof_too_cheap" in answered(office, path, form, claim, office.proof())
    assert "nothing_kept" in answered(office, path, form, claim, office.proof(SIZES[-1]), {"Idempotency-Key": "k"})
    if path not in ("/v1/clues", f"/v1/clues/sealed?category=other&region={VILLAGE}"):
        assert "clue_not_found" in answered(office, path, form, office.proof(SIZES[-1]))


def most_memory():
    """The most this process has held since it was last asked, in MB."""
    status = Path("/proc/self/status").read_text()
    Path("/proc/self/clear_refs").write_text("5")
    return int(status.partition("VmHWM:")[2].split()[0]) >> 10


def test_fourteen_megabytes_of_json_are_refused_at_once_and_never_held(office):
    enough = office.proof(SIZES[-1]) | {clues.CLAIM: "0" * 28, "Content-Type": "application/json"}
    most_memory()
    before = most_memory()
    for path in ("/v1/clues", "/v1/clues/answers"):
        for length in (14 << 20, SIZES[-1]):
            answer = answered(
                office, path, enough, {"Content-Length": length}, body=b"[]," * 20_000, times=length // 60_000
            )
            assert "proof_too_cheap" in answer or "body_too_large" in answer
        assert " 415 " in answered(office, path, enough | {"Content-Type": "text/plain"}, {"Content-Length": 100})
    assert most_memory() - before < 5


def test_on_a_crowded_day_only_texts_are_taken_until_the_ceiling_and_the_office_is_told_once(office, monkeypatch):
    large, rules = box(photos=[bytes(100_000)]), clues.RULES
    assert office.seal(large).status_code == 201
    office.filled(rules.crowded - len(large) + 1)
    refused = office.seal(large)
    assert (refused.status_code, refused.json()["code"]) == (429, "clue_photos_tomorrow")
    assert "明天" in refused.json()["detail"]
    assert office.file(text=TEXT).status_code == 201
    for _ in range(2):
        office.service.tick("tell_crowd")
    assert office.service.facts(CluesCrowded) == []
    office.filled(rules.ceiling - SIZES[0])
    code = office.file(text=TEXT).json()["claim_code"]
    for refused in (office.file(text=TEXT), office.answer(code, ANSWER), office.seal(box())):
        assert (refused.status_code, refused.json()["code"]) == (429, "clue_day_full")
        assert all(words in refused.json()["detail"] for words in ("明天", "写信", "12388"))
    for _ in range(2):
        office.service.tick("tell_crowd")
    [alarm] = office.service.facts(CluesCrowded)
    assert (alarm.data, alarm.regionid) == ({"share": 80}, CITY)
    monkeypatch.setattr(office.service.cls, "now", lambda _: now() + timedelta(days=1))
    assert office.service.service.clue_days.size(day_of(now() + timedelta(days=1))) == 0


def test_forty_clues_at_once_are_all_taken_and_counted(office):
    proofs = [office.proof() for _ in range(40)]
    pool = eventlet.GreenPool(40)
    answers = list(pool.imap(lambda proof: office.alone(proof).status_code, proofs))
    [day] = office.service.database.clue_days.find()
    assert (set(answers), day["clues"], day["size"]) == ({201}, 40, 40 * SIZES[0])


def test_the_work_grows_with_the_bytes_and_the_day_and_cheap_challenges_cannot_be_hoarded(office):
    asked = lambda size: office.http.get("/v1/clues/challenge", params={"bytes": size}).json().get("bits")  # noqa: E731
    hoarded = [office.proof() for _ in range(2)]
    assert [asked(size) for size in (1, SIZES[0], SIZES[4], SIZES[-1])] == [6, 6, 9, 13]
    assert asked(SIZES[-1] + 1) is None
    office.filled(40 << 20)
    assert asked(SIZES[0]) == 7
    assert office.file(text=TEXT, headers=hoarded[0]).status_code == 201
    office.filled(300 << 20)
    assert asked(SIZES[0]) == 10
    assert office.file(text=TEXT, headers=hoarded[1]).json()["code"] == "proof_too_cheap"


def test_many_clues_of_a_day_are_told_to_the_office_in_one(office, monkeypatch):
    for _ in range(3):
        office.file(text=TEXT)
    office.service.tick("tell_day")
    assert office.service.facts(CluesArrived) == []
    monkeypatch.setattr(office.service.cls, "now", lambda _: now() + timedelta(days=2))
    for _ in range(2):
        office.service.tick("tell_day")
    assert [(fact.data, fact.regionid) for fact in office.service.facts(CluesArrived)] == [({"count": 3}, CITY)]


def test_no_row_of_a_clue_has_a_time_finer_than_the_day_or_lies_where_it_came(office):
    for _ in range(8):
        office.add_photo(office.file(text=TEXT).json()["claim_code"])
    for name in ("clues", "clue_enclosures", "clue_days", "spent_proofs"):
        rows = list(office.service.database[name].find().hint([("$natural", 1)]))
        assert [row["_id"] for row in rows] == sorted(row["_id"] for row in rows)
        moments = [value for row in rows for value in row.values() if isinstance(value, datetime)]
        assert {(at.minute, at.second, at.microsecond) for at in moments} <= {(0, 0, 0)}


def test_what_was_said_goes_with_its_clue(office):
    code = office.file(text=TEXT).json()["claim_code"]
    office.answer(code, ANSWER)
    [clue] = office.list().json()["items"]
    office.act(clue["id"], "moves", move="read")
    office.act(clue["id"], "questions", text=QUESTION)
    office.act(clue["id"], "moves", move="close", outcome="partly")
    database, [rule] = office.service.database, [each for each in SCHEDULE if each.name == "clue_enclosures"]
    assert (rule.count(database, now() + timedelta(days=1094)), database.clue_enclosures.count_documents({})) == (0, 4)
    assert rule.apply(database, now() + timedelta(days=1096)) == 4


def test_a_county_without_an_office_key_takes_no_clues(client):
    here = Office.__new__(Office)
    here.service, here.http = client.service, client.http
    assert here.http.get("/v1/clues/policy").json()["key"] == ""
    assert here.http.post("/v1/clues", json={}).json()["code"] == "clues_closed"


# the office's own machine


@cache
def bundle(*photos):
    """A downloaded clue that somebody sealed on her own device."""
    pictures = [{"type": kind, "data": b64encode(raw).decode()} for kind, raw in photos]
    return sealed(json.dumps({"author": "\x1b[2J署名", "text": TEXT, "photos": pictures}).encode())


def sealed(inside, id="c0ffee"):
    """A downloaded clue with these bytes inside."""
    box = sealing.SealedBox(sealing.PublicKey(sealing.b64decode(sealing.public_key(KEY))))
    head = {"id": id, "day": "2026-11-22", "category": "gifts", "place": VILLAGE}
    return json.dumps(head | {"sealed": b64encode(box.encrypt(inside)).decode(), "notes": []})


def invoke(*args):
    return CliRunner().invoke(commands.main, [str(arg) for arg in args])


def test_the_private_key_is_made_for_its_owner_alone_and_never_overwritten(tmp_path):
    made = invoke("keys", "--key", tmp_path / "office.key")
    private = (tmp_path / "office.key").read_text().strip()
    assert made.output.strip() == sealing.public_key(private)
    assert (tmp_path / "office.key").stat().st_mode & 0o777 == 0o600
    assert invoke("keys", "--key", tmp_path / "office.key").exit_code == 1
    assert (tmp_path / "office.key").read_text().strip() == private


def test_what_somebody_sealed_herself_harms_nobody(tmp_path):
    hostile = b"%PDF-1.4 not a picture"
    tmp_path.joinpath("office.key").write_text(KEY)
    tmp_path.joinpath("in.json").write_text(
        bundle(("image/jpeg", hostile), ("text/html", hostile), ("image/jpeg", picture()))
    )
    done = invoke("open", "--key", tmp_path / "office.key", "--out", tmp_path, tmp_path / "in.json")
    assert (done.exit_code, done.output.count("没有保存")) == (1, 2)
    assert "\x1b" not in done.output
    [kept] = tmp_path.glob("*.jpg")
    assert CAMERA.encode() not in kept.read_bytes()


def saying(**changes):
    """What is inside a clue, with one thing that is not as it should be."""
    return json.dumps({"author": None, "text": TEXT, "photos": []} | changes).encode()


def typed(kind):
    return saying(photos=[{"type": kind, "data": b64encode(picture()).decode()}])


POISON = {
    "a NUL in a type": typed("image/jp\0eg"),
    "a type of 200 KB": typed("image/" + "x" * 200_000),
    "a surrogate in a type": typed("image/\ud800"),
    "another type": typed("application/pdf"),
    "a type that is a number": typed(5),
    "a type that is a list": typed(["image/jpeg"]),
    "lists in lists": b"[" * 100_000 + b"]" * 100_000,
    "lists in lists as author": saying()[:-1] + b',"author":' + b"[" * 100_000 + b"]" * 100_000 + b"}",
    "a huge number": saying()[:-1] + b',"photos":' + b"9" * 100_000 + b"}",
    "photos that are none": saying(photos={"a": "b"}),
    "text that is none": saying(text=[TEXT]),
    "an author that is none": saying(author={"name": "x"}),
    "no text": b"{}",
    "a number": b"5",
    "no UTF-8": b"\xff\xfe",
    "many photos": saying(photos=[{"type": "image/jpeg", "data": ""}] * 10_000),
}


@pytest.mark.parametrize("poison", POISON.values(), ids=POISON)
def test_a_poisoned_clue_is_named_and_stops_no_other(tmp_path, poison):
    tmp_path.joinpath("office.key").write_text(KEY)
    tmp_path.joinpath("1.json").write_text(sealed(poison, id="badc0de"))
    tmp_path.joinpath("2.json").write_text(bundle())
    paths = [tmp_path / name for name in ("1.json", "2.json")]
    done = invoke("open", "--key", tmp_path / "office.key", "--out", tmp_path, *paths)
    assert (done.exit_code, done.output.count("badc0de")) == (1, 2)
    assert "c0ffee" not in done.output.splitlines()[-1]
    assert "署名" in done.output
    assert list(tmp_path.glob("*.jpg")) == []


def test_a_file_that_is_no_clue_stops_no_other(tmp_path):
    tmp_path.joinpath("office.key").write_text(KEY)
    names = {"nested.json": "[" * 100_000, "list.json": "[1]", "empty.json": "", "none.json": "null"}
    for name, text in (names | {"z.json": bundle()}).items():
        tmp_path.joinpath(name).write_text(text)
    done = invoke("open", "--key", tmp_path / "office.key", *sorted(tmp_path.glob("*.json")))
    assert (done.exit_code, TEXT in done.output) == (1, True)
    assert all(name in done.output.splitlines()[-1] for name in names)


def test_another_key_or_file_opens_nothing(tmp_path):
    tmp_path.joinpath("other.key").write_text(sealing.new_key())
    tmp_path.joinpath("in.json").write_text(bundle())
    done = invoke("open", "--key", tmp_path / "other.key", tmp_path / "in.json")
    assert "打不开" in done.output
    assert TEXT not in done.output
    tmp_path.joinpath("in.json").write_text("{}")
    assert invoke("open", "--key", tmp_path / "other.key", tmp_path / "in.json").exit_code == 1


def test_xiangyin_clue_open_needs_no_network(tmp_path):
    tmp_path.joinpath("office.key").write_text(KEY)
    tmp_path.joinpath("in.json").write_text(bundle(("image/jpeg", picture())))
    command = [sys.executable, "-W", "ignore", "-c", NO_NETWORK, "clue", "open", "--key", "office.key", "in.json"]
    env = {"PATH": os.environ["PATH"], "LANG": "C.UTF-8", "PYTHONPATH": os.pathsep.join(sys.path)}
    done = subprocess.run(command, cwd=tmp_path, env=env, capture_output=True, text=True, timeout=50)
    assert (done.returncode, done.stderr) == (0, "")
    assert TEXT in done.stdout
    assert jpeg((tmp_path / "in-照片1.jpg").read_bytes()) == (64, 48)
