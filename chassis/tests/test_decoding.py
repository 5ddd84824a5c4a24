"""What people send is decoded before a worker is taken: others are answered meanwhile; who asks too much is told so."""

import io
import time

import eventlet
import pytest
from marshmallow import Schema, fields
from PIL import Image

from chassis.core import gcra
from chassis.core.problems import Problem
from chassis.domain import new_id
from chassis.photos import reencode
from chassis.privacy import child
from chassis.service import ANYONE, MB, Service, http
from chassis.testing import wait_until
from chassis.testing.pictures import picture
from chassis.tests.example import problem
from chassis.web import decoding
from chassis.web.decoding import LANES, PLACES, Budget

pytestmark = pytest.mark.feature("P13")
JPEG = {"Content-Type": "image/jpeg"}
GUESTS = 100


class Taken(Schema):
    """What a handler was given."""

    sent = fields.Integer()
    decoded = fields.Integer()


UPLOAD = {"upload": "image/*", "decode": reencode, "limit": MB, "returns": Taken, "status": 201}


class PhotoService(Service):
    """Takes photos."""

    name = "example"

    @http("POST", "/v1/photos", **UPLOAD)
    def take(self, call):
        return {"sent": len(call.raw), "decoded": len(call.decoded)}

    @http("POST", "/v1/strangers", roles=ANYONE, **UPLOAD)
    def take_of_anybody(self, call):
        return self.take(call)

    @http("GET", "/v1/quick", roles=ANYONE)
    def be_quick(self, call):
        """Nothing to do."""


@pytest.fixture
def photos(running):
    return running(PhotoService)


@pytest.fixture
def queue(photos):
    """What decodes in this service."""
    return next(each for each in photos.container.subextensions if isinstance(each, decoding.Decoding))


def worst():
    """The JPEG that takes longest of those that are not refused at once: as many scans as are allowed."""
    out = io.BytesIO()
    Image.new("RGB", (2_400, 2_400)).save(out, "JPEG", progressive=True)
    raw = out.getvalue()
    scan = raw[raw.rindex(b"\xff\xda") : -2]
    return raw[:-2] + scan * (100 - raw.count(b"\xff\xda")) + raw[-2:]


def seconds(work):
    """How long it took."""
    began = time.monotonic()
    work()
    return time.monotonic() - began


def test_a_handler_gets_what_was_sent_and_what_was_made_of_it(photos, person):
    raw = picture()
    answer = photos.http.post("/v1/photos", data=raw, headers=JPEG, person=person())
    assert answer.json() == {"sent": len(raw), "decoded": len(reencode(raw, "image/jpeg"))}


def test_a_hundred_of_the_worst_pictures_keep_nobody_from_being_answered(photos, queue, person):
    raw, answers = worst(), []

    def upload(who):
        answers.append(photos.http.post("/v1/photos", data=raw, headers=JPEG, person=who))

    def ask():
        assert photos.http.get("/v1/quick").status_code == 204

    alone = max(seconds(ask) for _ in range(10))
    guests = [eventlet.spawn(upload, who) for who in [person() for _ in range(GUESTS)]]
    wait_until(lambda: len(answers) >= GUESTS - LANES - PLACES, "the first refusals")
    waits, inside = [], set()
    while len(answers) < GUESTS - LANES:
        waits.append(seconds(ask))
        inside.add(queue.inside)
    for guest in guests:
        guest.wait()
    codes = [answer.status_code for answer in answers]
    assert max(inside) <= LANES + PLACES
    assert set(codes) == {201, 503}
    assert LANES + PLACES <= codes.count(201) < GUESTS // 2  # more than the first ten only where others came later
    refused = next(answer for answer in answers if answer.status_code == 503)
    problem(refused, 503, "too_many_uploads")
    assert int(refused.headers["Retry-After"]) > 0
    assert sorted(waits)[len(waits) * 95 // 100] < max(0.25, 5 * alone), waits


@pytest.mark.parametrize("path", ["/v1/photos", "/v1/strangers"])
def test_of_one_person_or_network_one_is_decoded_at_a_time(photos, queue, person, path):
    who = person() if path == "/v1/photos" else None
    first = eventlet.spawn(photos.http.post, path, data=worst(), headers=JPEG, person=who)
    wait_until(lambda: queue.inside, "the first")
    second = photos.http.post(path, data=picture(), headers=JPEG, person=who)
    problem(second, 429, "upload_in_progress")
    assert int(second.headers["Retry-After"]) > 0
    assert photos.http.post("/v1/photos", data=picture(), headers=JPEG, person=person()).status_code == 201
    assert first.wait().status_code == 201
    assert photos.http.post(path, data=picture(), headers=JPEG, person=who).status_code == 201


def test_whoever_spent_her_seconds_of_a_processor_waits_for_new_ones(photos, queue, person):
    queue.budgets = {"person": Budget(0.05), "network": Budget(100)}
    ann, ben = person(), person()
    assert photos.http.post("/v1/photos", data=b"no photo", headers=JPEG, person=ann).status_code == 415
    assert photos.http.post("/v1/photos", data=picture()[:-200], headers=JPEG, person=ann).status_code == 415
    refused = photos.http.post("/v1/photos", data=picture(), headers=JPEG, person=ann)
    problem(refused, 429, "too_many_requests")
    assert int(refused.headers["Retry-After"]) > 60
    assert photos.http.post("/v1/photos", data=picture(), headers=JPEG, person=ben).status_code == 201


def test_many_people_of_one_network_share_a_larger_budget(photos, queue, person):
    queue.budgets = {"person": Budget(100), "network": Budget(0.05)}
    answers = [photos.http.post("/v1/photos", data=picture(), headers=JPEG, person=person()) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [201, 429]


def test_where_the_machine_has_too_little_time_it_is_not_the_pictures_fault(photos, person, monkeypatch):
    monkeypatch.setattr(child, "SECONDS", 0)
    answer = photos.http.post("/v1/photos", data=picture(), headers=JPEG, person=person())
    problem(answer, 503, "too_many_uploads")


def test_work_in_the_background_takes_no_lane_of_those_who_wait(photos, person):
    read = []
    with child.BACKGROUND:
        mail = eventlet.spawn(lambda: read.append(child.run("chassis.photos", picture(), "image/jpeg")))
        assert photos.http.post("/v1/photos", data=picture(), headers=JPEG, person=person()).status_code == 201
        assert read == []
    mail.wait()
    assert read[0][0] == 0


@pytest.fixture
def clock(clock_of):
    """`clock.now` is the time of budgets, in seconds."""
    return clock_of(gcra)


def demanded(budget, key):
    """None, or after how many seconds it may be tried again."""
    try:
        budget.demand(key)
    except Problem as refused:
        return int(refused.headers["Retry-After"])


def test_seconds_come_back_evenly(clock):
    budget = Budget(20)
    for _ in range(7):
        assert demanded(budget, "甲") is None
        budget.charge("甲", 3)
    assert (demanded(budget, "甲"), demanded(budget, "乙")) == (30, None)
    clock.now += 31
    assert demanded(budget, "甲") is None


def test_nobody_who_owes_nothing_is_remembered(clock):
    budget = Budget(20)
    budget.charge(new_id(), 1)
    clock.now += decoding.WINDOW + 1
    budget.charge("甲", 1)
    assert list(budget.empty_at) == ["甲"]
