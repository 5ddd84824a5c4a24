"""A repeat by Idempotency-Key is answered by what its sender may see now; ids are kept of an answer, nothing else."""

import hashlib
import hmac
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from marshmallow import Schema, fields

from chassis.auth.people import Person
from chassis.data import unit
from chassis.domain import Missing, new_id
from chassis.schemas import Body, Secret
from chassis.service import Service, http
from chassis.store import Rows
from chassis.tests.example import problem
from chassis.web import http as routes
from chassis.web.idempotency import COLLECTION, SECRET, forget_days

VILLAGE, NEXT = "510183122211", "510183122212"
WORDS = {"text": "李四家的私事"}
NIGHT = datetime(2026, 11, 23, 23, 59, 59, tzinfo=UTC)


class NoSuchPage(Missing):
    """没有这一页"""


class Words(Body):
    text = fields.String(required=True)


class Page(Schema):
    id = fields.String(attribute="_id")
    text = fields.String()


class Receipt(Schema):
    id = fields.String()
    text = fields.String()
    code = Secret()


class Pages(Rows):
    collection = "pages"


class DiaryService(Service):
    """Pages that only secretaries of their village read."""

    name = "example"
    pages = Pages()

    @http("POST", "/v1/pages", body=Words, returns=Page, status=201, again="show_page")
    def write_page(self, call):
        page = {"_id": new_id(), "region": call.person.scopes("secretary")[0], **call.body}
        self.pages.insert(page)
        return page

    @http("GET", "/v1/pages/{id}", returns=Page, roles=["secretary", "intake"])
    def show_page(self, call, id):
        page = self.pages.row(id)
        if page is None or page["region"] not in call.person.scopes("secretary"):
            raise NoSuchPage()
        return page

    @http("POST", "/v1/receipts", body=Words, returns=Receipt, status=201, roles=["secretary"], acting="letters")
    def give_receipt(self, call):
        page = {"_id": new_id(), **call.body}
        self.pages.insert(page)
        return {"id": page["_id"], "code": call.secret("code", 16) or "by chance"} | call.body

    @http("POST", "/v1/looks", body=Words, returns=Page, kept=False)
    def look(self, call):
        page = {"_id": new_id(), "text": call.key, "secret": call.secret("code", 4)}
        self.pages.insert(page)
        return page


@pytest.fixture
def diary(running):
    return running(DiaryService)


@pytest.fixture
def cadre():
    return holding(secretary=(VILLAGE,))


def holding(**roles):
    return Person("the-cadre", None, roles)


def send(diary, who, path="/v1/pages", key="k"):
    return diary.http.post(path, json=WORDS, person=who, key=key)


def at(monkeypatch, moment):
    monkeypatch.setattr(routes, "now", lambda: moment)


def rows(diary):
    return list(diary.database[COLLECTION].find())


def test_the_answer_is_what_the_route_that_shows_it_says_now(diary, cadre):
    first = send(diary, cadre)
    diary.database.pages.update_one({}, {"$set": {"text": "改过的话"}})
    again = send(diary, cadre)
    assert (again.status_code, again.json()) == (201, first.json() | {"text": "改过的话"})
    assert len(list(diary.database.pages.find())) == 1


@pytest.mark.parametrize(
    ("now", "status", "code"),
    [
        (holding(), 403, "not_allowed"),
        (holding(secretary=(NEXT,)), 404, "no_such_page"),
        (holding(intake=(VILLAGE,)), 404, "no_such_page"),
    ],
)
def test_whoever_may_not_see_it_any_more_is_refused_as_there_and_nothing_is_done_twice(diary, cadre, now, status, code):
    written = send(diary, cadre).json()
    answer = send(diary, now)
    problem(answer, status, code)
    assert WORDS["text"] not in answer.text and written["id"] not in answer.text
    assert len(list(diary.database.pages.find())) == 1


def test_without_such_a_route_ids_are_told_to_whoever_still_holds_the_office(diary, cadre):
    first = send(diary, cadre, "/v1/receipts").json()
    again = send(diary, holding(secretary=(NEXT, VILLAGE)), "/v1/receipts")
    assert (again.status_code, again.json()) == (201, {name: first[name] for name in ("id", "code")})
    problem(send(diary, holding(secretary=(NEXT,)), "/v1/receipts"), 403, "not_allowed")
    problem(send(diary, holding(), "/v1/receipts"), 403, "not_allowed")
    assert len(list(diary.database.pages.find())) == 1


def test_a_secret_is_kept_nowhere_and_the_same_for_a_repeat_and_for_nothing_else(diary, cadre):
    codes = [send(diary, cadre, "/v1/receipts", key).json()["code"] for key in ("k", "k", "other", None)]
    codes += [send(diary, Person("another", None, cadre.roles), "/v1/receipts").json()["code"]]
    assert codes[0] == codes[1] and codes[0].isdigit() and len(codes[0]) == 16
    assert codes[3] == "by chance" and len(set(codes)) == 4
    assert not any(code in str(rows(diary)) for code in codes)


def test_what_keeps_nothing_runs_again_and_knows_its_key(diary, cadre):
    first, again = send(diary, cadre, "/v1/looks").json(), send(diary, cadre, "/v1/looks").json()
    assert first["id"] != again["id"] and first["text"] == again["text"] == "k"
    assert rows(diary) == []
    assert {page["secret"] for page in diary.database.pages.find()} == {None}


def test_a_helper_repeats_her_own_commands_and_not_those_of_whom_she_helps(diary, cadre):
    helped = Person("the-cadre", None, cadre.roles, helper="the-helper", acts=("letters",))
    own, hers, again = (send(diary, who, "/v1/receipts").json() for who in (cadre, helped, helped))
    assert hers["id"] == again["id"] != own["id"] and hers["code"] == again["code"] != own["code"]


# the secret of the day


def test_all_key_files_alone_find_neither_who_nor_what(diary, cadre):
    send(diary, cadre)
    keys = [path.read_bytes() for path in Path(diary.config["SECRETS_DIR"]).iterdir() if path.is_file()]
    (row,), body = rows(diary), hashlib.sha256(b'{"text": "\\u674e\\u56db\\u5bb6\\u7684\\u79c1\\u4e8b"}').hexdigest()
    tried = [
        hmac.digest(key, text.encode(), "sha256").hex()
        for key in keys
        for text in ("the-cadre None /v1/pages k", f"/v1/pages? {body}")
    ]
    assert tried
    assert row["_id"] not in tried and row["content"] not in tried
    assert [row["_id"], row["content"]] == [
        diary.service.erasures.keys.digest(text, under=SECRET + row["day"])
        for text in ("the-cadre None /v1/pages k", f"/v1/pages? {body}")
    ]


def test_the_secret_of_a_day_is_destroyed_two_days_later(diary, cadre, monkeypatch):
    send(diary, cadre)
    keys, day = diary.service.erasures.keys, rows(diary)[0]["day"]
    today = datetime.fromisoformat(day).replace(tzinfo=UTC)
    before = keys.digest("text", under=SECRET + day)
    forget_days(keys, today + timedelta(days=1, hours=23))
    assert keys.digest("text", under=SECRET + day) == before
    forget_days(keys, today + timedelta(days=2))
    assert keys.keys.count_documents({"keyAltNames": SECRET + day}) == 0
    assert keys.digest("text", under=SECRET + day) != before


def test_the_service_destroys_them_by_itself(diary):
    keys = diary.service.erasures.keys
    keys.digest("text", under=f"{SECRET}2026-01-01")
    keys.seal("idempotent-person", "text")
    diary.tick("forget_repeats")
    assert [row["keyAltNames"] for row in keys.keys.find()] == [["idempotent-person"]]


@pytest.mark.parametrize("later", [timedelta(seconds=2), timedelta(hours=23, minutes=59)])
def test_a_repeat_on_the_next_day_is_known(diary, cadre, monkeypatch, later):
    at(monkeypatch, NIGHT)
    token = diary.county.token(cadre)
    first = diary.http.post("/v1/receipts", json=WORDS, token=token, key="k").json()
    at(monkeypatch, NIGHT + later)
    again = diary.http.post("/v1/receipts", json=WORDS, token=token, key="k").json()
    assert again == {name: first[name] for name in ("id", "code")}
    other = diary.http.post("/v1/receipts", json={"text": "别的话"}, token=token, key="k")
    problem(other, 422, "idempotency_key_reused")
    assert len(list(diary.database.pages.find())) == 1


def test_twins_of_which_one_counts_by_yesterday_are_told_to_wait(diary, cadre, monkeypatch):
    at(monkeypatch, NIGHT)
    send(diary, cadre)
    row, flush = diary.database[COLLECTION].find_one_and_delete({}), unit.Unit.flush

    def late(self, session=None):
        diary.database[COLLECTION].insert_one(row)
        flush(self, session)

    at(monkeypatch, NIGHT + timedelta(seconds=5))
    monkeypatch.setattr(unit.Unit, "flush", late)
    problem(send(diary, cadre), 409, "request_in_progress")
    assert len(list(diary.database.pages.find())) == 1
