"""举报: filed by nobody in particular, read by the discipline office alone."""

import io
import json
import os
import subprocess
import sys
from base64 import b64encode
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import cache

import bson
import pytest
from click.testing import CliRunner
from PIL import Image
from structlog.testing import capture_logs

from chassis import broker
from chassis.domain import now
from chassis.testing import wait_until
from chassis.testing.pictures import CAMERA, picture
from contracts.petition import ClueFiled
from services.petition import commands, sealing
from services.petition.domain import proof
from services.petition.domain.clue import day_of
from services.petition.service import PetitionService, clues
from services.petition.store.clues import Clues
from services.petition.tests.conftest import CITY, POLICY_FILE, VILLAGE
from services.petition.tests.test_clue_rules import clue_in

pytestmark = pytest.mark.feature("P08")
TEXT, AUTHOR = "村里的补贴款没有发到户，去年冬天就该到账。", "样例·举报人，家住石桥头第三户"
QUESTION, ANSWER = "请说明是哪一笔补贴？", "是去年的粮食直补，一共三十七户。"
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

    def challenge(self):
        """A challenge of the service and its solution."""
        given = self.http.get("/v1/clues/challenge").json()
        nonce = next(str(n) for n in range(10**7) if proof.solves(given["challenge"], str(n), given["bits"]))
        return {"challenge": given["challenge"], "nonce": nonce}

    def file(self, headers=None, key=None, **said):
        """The answer to a clue."""
        clue = {"category": "subsidies", "region": VILLAGE} | self.challenge() | said
        return self.http.post("/v1/clues", json=clue, headers=headers, key=key)

    def follow(self, code):
        return self.http.post("/v1/clues/claims", json={"code": code})

    def answer(self, code, **said):
        return self.http.post("/v1/clues/answers", json={"code": code, **said})

    def list(self, person=None, **query):
        return self.http.get("/v1/office/clues", person=person or self.officer, params=query)

    def act(self, id, what, person=None, **said):
        return self.http.post(f"/v1/office/clues/{id}/{what}", json=said, person=person or self.officer)

    def fetch(self, id, person=None):
        return self.http.get(f"/v1/office/clues/{id}", person=person or self.officer)

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


def photo():
    return {"type": "image/jpeg", "data": b64encode(picture()).decode()}


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
        code = office.file(headers=signed, text=TEXT, author=AUTHOR, photos=[photo()]).json()["claim_code"]
        [clue] = office.list().json()["items"]
        office.act(clue["id"], "moves", move="read")
        office.act(clue["id"], "questions", text=QUESTION)
        assert office.follow(code.lower().replace("-", " ")).json()["questions"][0]["text"] == QUESTION
        assert office.answer(code, text=ANSWER).status_code == 204
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
    database, work = office.service.database, office.challenge()
    for refused, code in (
        (office.file(text=TEXT, nonce="x" * 40), "proof_wrong"),
        (office.file(text=TEXT, key="again"), "nothing_kept"),
        (office.file(text=TEXT, category="unknown"), "unknown_category"),
        (office.file(text=TEXT, photos=[photo() | {"type": "image/png"}]), "photo_unreadable"),
        (office.file(text=TEXT, sealed="AAAA"), "invalid_body"),
        (office.file(), "invalid_body"),
    ):
        assert refused.json()["code"] == code
    assert [database[name].count_documents({}) for name in ("clues", "spent_proofs", "idempotency")] == [0, 0, 0]
    assert office.file(text=TEXT, **work).status_code == 201
    assert office.file(text=TEXT, **work).json()["code"] == "proof_spent"
    for path, said in (("claims", {}), ("answers", {"text": TEXT})):
        refused = office.http.post(f"/v1/clues/{path}", json={"code": "0" * 28} | said, key="again")
        assert refused.json()["code"] == "nothing_kept"
    [spent] = database.spent_proofs.find()
    assert set(spent) == {"_id", "ends_at"}


def test_answers_look_alike_whatever_is_said(office):
    sealed = b64encode(sealing.seal(sealing.public_key(KEY), TEXT)).decode()
    said = [
        {"text": "短"},
        {"text": "长" * 5000, "author": AUTHOR},
        {"text": TEXT, "photos": [photo()]},
        {"sealed": sealed},
    ]
    answers = [office.file(**each) for each in said]
    shapes = {(answer.status_code, len(answer.content), *sorted(answer.headers)) for answer in answers}
    assert len(shapes) == 1
    sizes = {len(clue["sealed"]) for clue in office.service.database.clues.find()}
    assert len(sizes) == 1
    unknown = [office.follow(code).json() for code in ("0" * 28, answers[0].json()["claim_code"][:-1] + "*")]
    assert unknown[0]["code"] == "clue_not_found"
    assert unknown[1]["code"] == "invalid_body"


def test_a_county_without_an_office_key_takes_no_clues(desk):
    here = Office.__new__(Office)
    here.service, here.http = desk.service, desk.http
    assert here.http.get("/v1/clues/policy").json()["key"] == ""
    assert here.http.post("/v1/clues", json={}).status_code == 422


# the office's own machine


@cache
def bundle(*photos):
    """A downloaded clue that somebody sealed on her own device."""
    pictures = [{"type": kind, "data": b64encode(raw).decode()} for kind, raw in photos]
    inside = {"author": "\x1b[2J署名", "text": TEXT, "photos": pictures}
    box = sealing.SealedBox(sealing.PublicKey(sealing.b64decode(sealing.public_key(KEY))))
    sealed = b64encode(box.encrypt(json.dumps(inside).encode())).decode()
    head = {"id": "c0ffee", "day": "2026-11-22", "category": "gifts", "place": VILLAGE}
    return json.dumps(head | {"sealed": sealed, "notes": []})


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
    assert (done.exit_code, done.output.count("没有保存")) == (0, 2)
    assert "\x1b" not in done.output
    [kept] = tmp_path.glob("*.jpg")
    assert CAMERA.encode() not in kept.read_bytes()


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
