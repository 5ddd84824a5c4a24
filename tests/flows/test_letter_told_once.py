"""书记信箱, the whole story: one letter, told once, acted on by everyone who must act (domain.md, The letter)."""

from base64 import b64decode
from itertools import count

import pytest

from chassis.testing import wait_until
from services.petition import sealing
from services.petition.domain import proof
from tests.flows.town import CITY, PHONES, TOWN, VILLAGE

LIMITS = {
    "town": {"sign": 3, "answer": 300, "resolve": 600},
    "city": {"sign": 300, "answer": 600, "resolve": 900},
}


def sms(town, number):
    """(template, phone) of what the gateway sent about a letter."""
    return sorted((sent["template"], sent["phone"][-4:]) for sent in town.sms.sent() if number in sent["text"])


def submitted(town):
    """Letters counted in village, town and city."""
    return {region: town.counted(region, "petitions.submitted") for region in (VILLAGE, TOWN, CITY)}


@pytest.mark.feature("P01")
@pytest.mark.feature("S01")
@pytest.mark.feature("N01")
@pytest.mark.feature("G01")
def test_a_letter_is_told_once_and_everyone_acts(town):
    before = submitted(town)
    receipt = town.write(recipient="city")
    number = receipt["number"]
    matter = wait_until(lambda: (seen := town.matter(number)).get("promised_at") and seen, "the promised date")
    clocks = town.get("sla", f"/v1/clocks?matter={matter['id']}", "villager").json()["clocks"]
    assert sorted(clock["clock"] for clock in clocks) == ["answer", "resolve", "sign"]
    after = {region: count + 1 for region, count in before.items()}
    wait_until(lambda: submitted(town) == after, "the counters")
    wait_until(lambda: len(sms(town, number)) == 2, "two SMS")
    assert sms(town, number) == [("letter_arrived", "0002"), ("letter_received", "0021")]
    inbox = town.get("notify", "/v1/inbox", "villager").json()
    assert number in inbox["items"][0]["text"]


@pytest.mark.feature("P03")
@pytest.mark.feature("S02")
def test_a_matter_nobody_signs_climbs_by_itself_and_the_breach_stays(town):
    number = town.write()["number"]
    matter = wait_until(lambda: (seen := town.matter(number))["level"] == "city" and seen, "the climb")
    assert [(breach["clock"], breach["level"]) for breach in matter["breaches"]] == [("sign", "town")]
    wait_until(lambda: ("letter_climbed", "0021") in sms(town, number), "word to the villager")
    wait_until(lambda: any(phone == "0002" for _, phone in sms(town, number)), "word to the city's secretary")
    closed = handle(town, number, "city")
    assert [(breach["clock"], breach["level"]) for breach in closed["breaches"]] == [("sign", "town")]
    wait_until(lambda: town.counted(CITY, "petitions.breached") == 1, "the breach counted")


@pytest.mark.feature("P05")
@pytest.mark.feature("P06")
def test_handled_in_time_closed_rated_reopened(town):
    number = town.write(recipient="village")["number"]
    town.move(number, "village", "sign")
    town.move(number, "village", "pass_up")
    town.move(number, "town", "sign")
    town.move(number, "town", "return", text="请村里先核实")
    handle(town, number, "village")
    rated = town.move(number, "villager", "rate", stars=4)
    assert (rated["outcome"], rated["stars"], rated["breaches"]) == ("solved", 4, [])
    again = town.move(number, "villager", "reopen", text="垃圾又堆上了")
    assert (again["round"], again["state"], again["stars"]) == (2, "submitted", None)
    wait_until(lambda: town.counted(VILLAGE, "petitions.rated") == 1, "the rating counted")


@pytest.mark.feature("I08")
def test_no_name_phone_or_word_of_a_letter_is_kept_or_logged_in_the_clear(town):
    number = town.write(recipient="village", text="这句话不许出现在任何地方", place="也不许出现在这里")["number"]
    town.move(number, "village", "sign")
    town.move(number, "village", "answer", text="这句答复同样不许出现")
    wait_until(lambda: len(sms(town, number)) == 3, "three SMS")
    kept = town.everything_kept()
    assert number.encode() in kept
    for secret in ("不许出现", "样例·村民甲", *PHONES.values()):
        assert secret.encode() not in kept


@pytest.mark.feature("P08")
def test_a_clue_reaches_the_discipline_office_alone_and_its_words_nothing_that_is_kept(town):
    challenge = town.get("petition", "/v1/clues/challenge").json()
    work = next(n for n in map(str, count()) if proof.solves(challenge["challenge"], n, challenge["bits"]))
    clue = {"text": "举报的话谁也读不到", "author": "样例·举报的人", "category": "gifts", "region": VILLAGE}
    proven = {"Xiangyin-Proof": f"{challenge['challenge']} {work}"}
    filed = town.post("petition", "/v1/clues", json=clue, headers=proven)
    assert filed.status_code == 201
    for rows in (town.database("petition").clues, town.database("petition").clue_days):
        rows.update_many({}, {"$set": {"day": "2026-01-01"}})  # as if it were long ago
    wait_until(lambda: ("clue_arrived", "0012") in sms(town, "举报线索"), "word to the office")
    assert {phone for template, phone in sms(town, "") if template == "clue_arrived"} == {"0012"}
    [listed] = town.get("petition", "/v1/office/clues", "discipline").json()["items"]
    sealed = town.get("petition", f"/v1/office/clues/{listed['id']}", "discipline").json()["sealed"]
    private = (town.home / "secrets" / "discipline" / "clue.key").read_text()
    assert sealing.opened(private, b64decode(sealed))["text"] == clue["text"]
    kept = town.everything_kept()
    assert listed["id"].encode() in kept
    for secret in ("举报的话", "谁也读不到", "举报的人", filed.json()["claim_code"], private):
        assert secret.encode() not in kept


def handle(town, number, who):
    """Sign, answer, finish, verify and close; the letter after it."""
    town.move(number, who, "sign")
    town.move(number, who, "answer", text="已安排清理")
    town.move(number, who, "done", text="已清理", outcome="solved")
    town.move(number, who, "verify", confirmed=True)
    return town.move(number, who, "close")
