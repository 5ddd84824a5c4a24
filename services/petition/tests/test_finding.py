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
SHELVES = {"QL": ("petitions", "sign"), "SB": ("reports", "sign"), "ZX": ("questions", "answer")}


def found(desk, person, q, **query):
    answer = desk.http.get("/v1/office/search", params={"q": q, **query}, person=person)
    assert answer.status_code == 200, answer.text
    assert "河边" not in answer.text
    return [letter["number"] for letter in answer.json()["items"]]


def inbox(desk, person):
    items = desk.http.get("/v1/inbox", person=person).json()["items"]
    return {item["matter"]["number"]: item["unread"] for item in items}


@p13
def test_words_of_sealed_letters_find_them_for_their_office_and_the_intake_until_they_are_erased(desk, person):
    lamp = desk.number(text="村口路灯坏了，LED 灯不亮。", place="河边老桥")
    bank = desk.number(text="河边垃圾成堆", author=desk.bob)
    town = desk.number(text="路灯太少", recipient="town", author=person(region=NEXT))
    assert found(desk, desk.village, "河边") == [bank, lamp]
    assert found(desk, desk.village, "河边") == found(desk, desk.village, "河边", limit=1) + [lamp]
    assert found(desk, desk.village, "河边 路灯") == found(desk, desk.village, "led") == [lamp]
    assert (found(desk, desk.town, "路灯"), found(desk, desk.town, "河边")) == ([town], [])
    assert found(desk, desk.intake, "路灯") == [town, lamp]
    assert found(desk, person("secretary", NEXT), "路灯") == found(desk, person("intake", "510199"), "路灯") == []
    desk.refuses(
        lambda: desk.http.get("/v1/office/search", params={"q": "灯 路"}, person=desk.village), 422, "nothing_to_search"
    )
    desk.service.tell(RegionMerged, subject=VILLAGE, into=NEXT)
    assert found(desk, person("secretary", NEXT), "路灯") == [lamp]
    desk.service.tell(PersonErased, subject=desk.bob.id)
    assert found(desk, desk.village, "河边") == [lamp]
    kept = [row["words"] for row in desk.service.database.petitions.find({"number": {"$in": [lamp, bank]}}).sort("_id")]
    assert [words and all(isinstance(word, int) for word in words) for words in kept] == [True, None]


def in_quarter(monkeypatch, day):
    """From now on letters are of the quarter of this day."""
    monkeypatch.setattr(words, "time_of", lambda _: datetime.fromisoformat(f"{day}T00:00:00+00:00"))


@p13
def test_a_letter_that_only_shares_the_marks_is_neither_shown_nor_read(desk, monkeypatch):
    monkeypatch.setattr(words, "MARK_BITS", 1)  # every other word has the same mark
    right, wrong = desk.number(text="路灯坏了"), desk.number(text="河边垃圾成堆，请派人清理，已经一个月了")
    more = [desk.number(text=f"路灯第{number}次坏了") for number in range(3)]
    assert found(desk, desk.village, "路灯") == [*reversed(more), right]
    assert found(desk, desk.village, "垃圾") == [wrong]
    assert found(desk, desk.village, "积水") == []
    assert desk.service.database.reads.find_one() is None


@p13
def test_so_many_are_opened_for_a_page_and_no_more_and_the_next_page_goes_on(desk, monkeypatch):
    monkeypatch.setattr(words, "MARK_BITS", 1)
    monkeypatch.setattr(finding, "OPENED", 2)
    opened, seen, cursor, asked = [], [], None, 0
    first = desk.number(text="路灯坏了")
    for number in range(6):
        desk.number(text=f"河边垃圾成堆第{number}次")
    last = desk.number(text="路灯又坏了")
    masked = VaultKeys.masked
    monkeypatch.setattr(
        VaultKeys, "masked", lambda self, sealed, mask: opened.append(len(sealed)) or masked(self, sealed, mask)
    )
    while asked == 0 or cursor:
        page = desk.http.get(
            "/v1/office/search", params={"q": "路灯", "limit": 1, "cursor": cursor}, person=desk.village
        )
        seen += [letter["number"] for letter in page.json()["items"]]
        cursor, asked = page.json()["next"], asked + 1
        assert sum(opened) <= 2 * 2 * 2, "text and place of two letters, and of two more"
        opened.clear()
    assert seen == [last, first]
    assert asked > 2


@p13
def test_letters_of_all_quarters_are_found_newest_first_though_their_marks_have_nothing_in_common(desk, monkeypatch):
    numbers, text = [], "河边垃圾成堆，请派人清理，已经一个月了"
    for day in ("2025-02-01", "2025-11-01", "2026-08-01"):
        in_quarter(monkeypatch, day)
        numbers.append(desk.number(text=text))
    monkeypatch.undo()
    numbers.append(desk.number(text=text))
    assert found(desk, desk.village, "垃圾") == numbers[::-1]
    assert found(desk, desk.intake, "垃圾 清理") == numbers[::-1]
    assert [found(desk, desk.village, "垃圾", limit=1)] == [numbers[-1:]]
    kept = [set(row["words"]) for row in desk.service.database.petitions.find({}, {"words": 1})]
    assert len(set().union(*kept)) == sum(map(len, kept))
    like = desk.http.get(f"/v1/petitions/{numbers[0]}/similar", person=desk.village).json()["items"]
    assert {item["letter"]["number"] for item in like} == set(numbers[1:])


@p13
def test_the_key_of_marks_goes_with_the_last_mark_of_a_quarter_that_is_over(desk, monkeypatch):
    vault = desk.service.service.vault
    in_quarter(monkeypatch, "2025-02-01")
    desk.number(text="河边垃圾成堆", author=desk.bob)
    monkeypatch.undo()
    desk.number(text="河边垃圾成堆", author=desk.bob)
    both = vault.named(words.KEYS, words.KEYS + "~")
    assert [name.partition(":")[2][:4] for name in both][0] == "2025" and len(both) == 2
    desk.service.tick("forget_keys_of_marks")
    assert vault.named(words.KEYS, words.KEYS + "~") == both
    desk.service.tell(PersonErased, subject=desk.bob.id)
    desk.service.tick("forget_keys_of_marks")
    assert vault.named(words.KEYS, words.KEYS + "~") == both[1:]


@p13
def test_open_letters_about_the_same_are_suggested_to_the_office_only(desk):
    first = desk.number(text="河边垃圾成堆，请派人清理，已经一个月了。")
    desk.number(text="河边垃圾成堆，请派人清理。", category="water")
    desk.number(text="村委会门口的路灯坏了很久", author=desk.bob)
    again = desk.number(text="河边垃圾成堆，没人清理，已经一个月。", author=desk.bob)
    path = f"/v1/petitions/{again}/similar"
    (item,) = desk.http.get(path, person=desk.village).json()["items"]
    assert (item["letter"]["number"], item["likeness"] > 0.5, "text" in item["letter"]) == (first, True, False)
    desk.refuses(lambda: desk.http.get(path, person=desk.bob), 403, "not_allowed")
    desk.refuses(lambda: desk.http.get(path, person=desk.city), 404, "petition_not_found")


@s03
def test_the_inbox_has_all_that_waits_for_her_due_first_with_what_is_news(desk):
    later, soon, town = desk.number(), desk.number(), desk.number(recipient="town")
    for number, days in ((later, 3), (soon, 1)):
        promise(desk, number, now() + timedelta(days=days), clock="sign")
    assert list(inbox(desk, desk.village).items()) == [(soon, True), (later, True)]
    desk.read(soon, desk.village)
    assert inbox(desk, desk.village) == {soon: False, later: True}
    desk.handle(soon, "sign", "answer", "done")
    assert inbox(desk, desk.village) == {later: True, soon: False}
    assert inbox(desk, desk.town) == {town: True, soon: True}
    desk.handle(soon, "verify", by=desk.town)
    assert (inbox(desk, desk.village), inbox(desk, desk.town)) == ({later: True, soon: True}, {town: True})
    desk.handle(soon, "close")
    assert list(inbox(desk, desk.village)) == [later]
    assert inbox(desk, desk.city) == {}


@s03
def test_the_inbox_has_letters_reports_and_questions_in_one_order(desk):
    def write(path, **words):
        return desk.http.post(path, json=words, person=desk.ann).json()["number"]

    letter, question = desk.number(), write("/v1/questions", text="低保怎么申请？", category="relief")
    report = write("/v1/reports", text="路边有垃圾", category="rubbish", place="村口")
    for number, days in ((question, 1), (letter, 2), (report, 3)):
        shelf, clock = SHELVES[number[:2]]
        matter = desk.service.database[shelf].find_one({"number": number})
        which = {"matter_source": "petition", "matter": matter["_id"]}
        due = {"clock": clock, "round": 1, "level": matter["level"], "due_at": now() + timedelta(days=days)}
        promise = due | {"provisional": False, "cause": "start"}
        desk.service.tell(ClocksPromised, subject=f"clocks of {number}", **which, promises=[promise])
    items, cursor = [], None
    while True:
        page = desk.http.get("/v1/inbox", params={"limit": 1, "cursor": cursor}, person=desk.village).json()
        items += [(item["kind"], item["matter"]["number"], item["unread"]) for item in page["items"]]
        if not (cursor := page["next"]):
            break
    assert items == [("question", question, True), ("petition", letter, True), ("report", report, True)]
    desk.http.get(f"/v1/reports/{report}", person=desk.village)
    assert inbox(desk, desk.village) == {question: True, letter: True, report: False}


@s03
def test_the_board_of_a_town_counts_its_own_and_those_below_and_goes_into_a_spreadsheet(desk):
    late, town, closed = desk.number(), desk.number(recipient="town"), desk.number(category="roads")
    promise(desk, late, now() - timedelta(minutes=1), clock="resolve")
    promise(desk, town, now() + timedelta(days=9), clock="sign", level="town")
    desk.handle(closed, "sign", "answer", "done", "verify", "close")
    board = desk.http.get("/v1/board", person=desk.town).json()
    lines = {line["name"]: line for line in board["offices"]}
    assert lines.keys() == {"大同镇", "陶坝村", "样例村"}
    assert {name: lines["陶坝村"][name] for name in ("id", "overdue", "today", "closed", "in_time", "rate")} == {
        "id": VILLAGE, "overdue": 1, "today": 0, "closed": 1, "in_time": 1, "rate": 1.0
    }  # fmt: skip
    assert (lines["大同镇"]["overdue"], lines["大同镇"]["today"], lines["大同镇"]["rate"]) == (0, 0, None)
    assert {line["name"]: line["closed"] for line in board["categories"]}["道路交通"] == 1
    answer = desk.http.get("/v1/board.xlsx", person=desk.town)
    book = openpyxl.load_workbook(io.BytesIO(answer.content))
    assert book.sheetnames == ["办理单位", "承办部门", "类别"]
    offices = {row[0]: row[1:] for row in book["办理单位"].iter_rows(values_only=True)}
    assert offices["陶坝村"] == (0, 1, 1, 1, 1)
    assert [row["who"] for row in desk.service.database.reads.find({"why": "导出督办看板"})] == [desk.town.id]
    assert {line["name"] for line in desk.http.get("/v1/board", person=desk.village).json()["offices"]} == {"陶坝村"}
    assert CITY in {line["id"] for line in desk.http.get("/v1/board", person=desk.city).json()["offices"]}
    assert TOWN in {line["id"] for line in board["offices"]}
