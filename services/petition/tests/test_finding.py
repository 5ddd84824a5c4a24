"""Finding letters, the inbox and the board, as they are asked for."""

import io
from datetime import datetime, timedelta

import openpyxl
import pytest

from chassis.domain import now
from chassis.privacy.vault import VaultKeys
from contracts.identity.regions import RegionMerged
from contracts.identity.villagers import PersonErased
from contracts.sla import ClocksPromised
from services.petition.domain import words
from services.petition.service import finding
from services.petition.tests.conftest import CITY, TOWN, VILLAGE
from services.petition.tests.test_service import promise

p13, s03 = pytest.mark.feature("P13"), pytest.mark.feature("S03")
NEXT = "510183122212"
COLLECTIONS = {"QL": ("petitions", "sign"), "SB": ("reports", "sign"), "ZX": ("questions", "answer")}


def found(client, person, q, **query):
    answer = client.http.get("/v1/office/search", params={"q": q, **query}, person=person)
    assert answer.status_code == 200, answer.text
    assert "河边" not in answer.text
    return [letter["number"] for letter in answer.json()["items"]]


def inbox(client, person):
    items = client.http.get("/v1/inbox", person=person).json()["items"]
    return {item["matter"]["number"]: item["unread"] for item in items}


@p13
def test_words_of_sealed_letters_find_them_for_their_office_and_the_intake_until_they_are_erased(client, person):
    lamp = client.number(text="村口路灯坏了，LED 灯不亮。", place="河边老桥")
    bank = client.number(text="河边垃圾成堆", author=client.bob)
    town = client.number(text="路灯太少", recipient="town", author=person(region=NEXT))
    assert found(client, client.village, "河边") == [bank, lamp]
    assert found(client, client.village, "河边") == found(client, client.village, "河边", limit=1) + [lamp]
    assert found(client, client.village, "河边 路灯") == found(client, client.village, "led") == [lamp]
    assert (found(client, client.town, "路灯"), found(client, client.town, "河边")) == ([town], [])
    assert found(client, client.intake, "路灯") == [town, lamp]
    assert found(client, person("secretary", NEXT), "路灯") == found(client, person("intake", "510199"), "路灯") == []
    client.refuses(
        lambda: client.http.get("/v1/office/search", params={"q": "灯 路"}, person=client.village),
        422,
        "nothing_to_search",
    )
    client.service.tell(RegionMerged, subject=VILLAGE, into=NEXT)
    assert found(client, person("secretary", NEXT), "路灯") == [lamp]
    client.service.tell(PersonErased, subject=client.bob.id)
    assert found(client, client.village, "河边") == [lamp]
    kept = [
        row["words"] for row in client.service.database.petitions.find({"number": {"$in": [lamp, bank]}}).sort("_id")
    ]
    assert [words and all(isinstance(word, int) for word in words) for words in kept] == [True, None]


def in_quarter(monkeypatch, day):
    """From now on letters are of the quarter of this day."""
    monkeypatch.setattr(words, "time_of", lambda _: datetime.fromisoformat(f"{day}T00:00:00+00:00"))


@p13
def test_a_letter_that_only_shares_the_tokens_is_neither_shown_nor_read(client, monkeypatch):
    monkeypatch.setattr(words, "TOKEN_BITS", 1)  # every other word has the same token
    right, wrong = client.number(text="路灯坏了"), client.number(text="河边垃圾成堆，请派人清理，已经一个月了")
    more = [client.number(text=f"路灯第{number}次坏了") for number in range(3)]
    assert found(client, client.village, "路灯") == [*reversed(more), right]
    assert found(client, client.village, "垃圾") == [wrong]
    assert found(client, client.village, "积水") == []
    assert client.service.database.reads.find_one() is None


@p13
def test_so_many_are_opened_for_a_page_and_no_more_and_the_next_page_goes_on(client, monkeypatch):
    monkeypatch.setattr(words, "TOKEN_BITS", 1)
    monkeypatch.setattr(finding, "OPENED", 2)
    opened, seen, cursor, asked = [], [], None, 0
    first = client.number(text="路灯坏了")
    for number in range(6):
        client.number(text=f"河边垃圾成堆第{number}次")
    last = client.number(text="路灯又坏了")
    masked = VaultKeys.masked
    monkeypatch.setattr(
        VaultKeys, "masked", lambda self, sealed, mask: opened.append(len(sealed)) or masked(self, sealed, mask)
    )
    while asked == 0 or cursor:
        page = client.http.get(
            "/v1/office/search", params={"q": "路灯", "limit": 1, "cursor": cursor}, person=client.village
        )
        seen += [letter["number"] for letter in page.json()["items"]]
        cursor, asked = page.json()["next"], asked + 1
        assert sum(opened) <= 2 * 2 * 2, "text and place of two letters, and of two more"
        opened.clear()
    assert seen == [last, first]
    assert asked > 2


@p13
def test_letters_of_all_quarters_are_found_newest_first_though_their_tokens_have_nothing_in_common(client, monkeypatch):
    numbers, text = [], "河边垃圾成堆，请派人清理，已经一个月了"
    for day in ("2025-02-01", "2025-11-01", "2026-08-01"):
        in_quarter(monkeypatch, day)
        numbers.append(client.number(text=text))
    monkeypatch.undo()
    numbers.append(client.number(text=text))
    assert found(client, client.village, "垃圾") == numbers[::-1]
    assert found(client, client.intake, "垃圾 清理") == numbers[::-1]
    assert [found(client, client.village, "垃圾", limit=1)] == [numbers[-1:]]
    kept = [set(row["words"]) for row in client.service.database.petitions.find({}, {"words": 1})]
    assert len(set().union(*kept)) == sum(map(len, kept))
    like = client.http.get(f"/v1/petitions/{numbers[0]}/similar", person=client.village).json()["items"]
    assert {item["letter"]["number"] for item in like} == set(numbers[1:])


@p13
def test_the_key_of_tokens_goes_with_the_last_token_of_a_quarter_that_is_over(client, monkeypatch):
    vault = client.service.service.vault
    in_quarter(monkeypatch, "2025-02-01")
    client.number(text="河边垃圾成堆", author=client.bob)
    monkeypatch.undo()
    client.number(text="河边垃圾成堆", author=client.bob)
    both = vault.named(words.KEYS, words.KEYS + "~")
    assert [name.partition(":")[2][:4] for name in both][0] == "2025" and len(both) == 2
    client.service.tick("forget_keys_of_marks")
    assert vault.named(words.KEYS, words.KEYS + "~") == both
    client.service.tell(PersonErased, subject=client.bob.id)
    client.service.tick("forget_keys_of_marks")
    assert vault.named(words.KEYS, words.KEYS + "~") == both[1:]


@p13
def test_open_letters_about_the_same_are_suggested_to_the_office_only(client):
    first = client.number(text="河边垃圾成堆，请派人清理，已经一个月了。")
    client.number(text="河边垃圾成堆，请派人清理。", category="water")
    client.number(text="村委会门口的路灯坏了很久", author=client.bob)
    again = client.number(text="河边垃圾成堆，没人清理，已经一个月。", author=client.bob)
    path = f"/v1/petitions/{again}/similar"
    (item,) = client.http.get(path, person=client.village).json()["items"]
    assert (item["letter"]["number"], item["likeness"] > 0.5, "text" in item["letter"]) == (first, True, False)
    client.refuses(lambda: client.http.get(path, person=client.bob), 403, "not_allowed")
    client.refuses(lambda: client.http.get(path, person=client.city), 404, "petition_not_found")


@s03
def test_the_inbox_has_all_that_waits_for_her_due_first_with_what_is_news(client):
    later, soon, town = client.number(), client.number(), client.number(recipient="town")
    for number, days in ((later, 3), (soon, 1)):
        promise(client, number, now() + timedelta(days=days), clock="sign")
    assert list(inbox(client, client.village).items()) == [(soon, True), (later, True)]
    client.read(soon, client.village)
    assert inbox(client, client.village) == {soon: False, later: True}
    client.handle(soon, "sign", "answer", "done")
    assert inbox(client, client.village) == {later: True, soon: False}
    assert inbox(client, client.town) == {town: True, soon: True}
    client.handle(soon, "verify", by=client.town)
    assert (inbox(client, client.village), inbox(client, client.town)) == ({later: True, soon: True}, {town: True})
    client.handle(soon, "close")
    assert list(inbox(client, client.village)) == [later]
    assert inbox(client, client.city) == {}


@s03
def test_the_inbox_has_letters_reports_and_questions_in_one_order(client):
    def write(path, **words):
        return client.http.post(path, json=words, person=client.ann).json()["number"]

    letter, question = client.number(), write("/v1/questions", text="低保怎么申请？", category="relief")
    report = write("/v1/reports", text="路边有垃圾", category="rubbish", place="村口")
    for number, days in ((question, 1), (letter, 2), (report, 3)):
        collection, clock = COLLECTIONS[number[:2]]
        matter = client.service.database[collection].find_one({"number": number})
        which = {"matter_source": "petition", "matter": matter["_id"]}
        due = {"clock": clock, "round": 1, "level": matter["level"], "due_at": now() + timedelta(days=days)}
        promise = due | {"provisional": False, "cause": "start"}
        client.service.tell(ClocksPromised, subject=f"clocks of {number}", **which, promises=[promise])
    items, cursor = [], None
    while True:
        page = client.http.get("/v1/inbox", params={"limit": 1, "cursor": cursor}, person=client.village).json()
        items += [(item["kind"], item["matter"]["number"], item["unread"]) for item in page["items"]]
        if not (cursor := page["next"]):
            break
    assert items == [("question", question, True), ("petition", letter, True), ("report", report, True)]
    client.http.get(f"/v1/reports/{report}", person=client.village)
    assert inbox(client, client.village) == {question: True, letter: True, report: False}


@s03
def test_the_board_of_a_town_counts_its_own_and_those_below_and_goes_into_a_spreadsheet(client):
    late, town, closed = client.number(), client.number(recipient="town"), client.number(category="roads")
    promise(client, late, now() - timedelta(minutes=1), clock="resolve")
    promise(client, town, now() + timedelta(days=9), clock="sign", level="town")
    client.handle(closed, "sign", "answer", "done", "verify", "close")
    board = client.http.get("/v1/board", person=client.town).json()
    lines = {line["name"]: line for line in board["offices"]}
    assert lines.keys() == {"大同镇", "陶坝村", "样例村"}
    assert {name: lines["陶坝村"][name] for name in ("id", "overdue", "today", "closed", "in_time", "rate")} == {
        "id": VILLAGE, "overdue": 1, "today": 0, "closed": 1, "in_time": 1, "rate": 1.0
    }  # fmt: skip
    assert (lines["大同镇"]["overdue"], lines["大同镇"]["today"], lines["大同镇"]["rate"]) == (0, 0, None)
    assert {line["name"]: line["closed"] for line in board["categories"]}["道路交通"] == 1
    answer = client.http.get("/v1/board.xlsx", person=client.town)
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["办理单位", "承办部门", "类别"]
    offices = {row[0]: row[1:] for row in book["办理单位"].iter_rows(values_only=True)}
    assert offices["陶坝村"] == (0, 1, 1, 1, 1)
    assert [row["who"] for row in client.service.database.reads.find({"why": "导出督办看板"})] == [client.town.id]
    assert {line["name"] for line in client.http.get("/v1/board", person=client.village).json()["offices"]} == {
        "陶坝村"
    }
    assert CITY in {line["id"] for line in client.http.get("/v1/board", person=client.city).json()["offices"]}
    assert TOWN in {line["id"] for line in board["offices"]}
