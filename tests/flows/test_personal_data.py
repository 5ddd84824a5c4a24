"""Personal data: found nowhere in the clear, erased everywhere within seconds, and still erased after a restore."""

import os
import re
import shlex
import time

import pytest
from click.testing import CliRunner

from chassis.operate import cli
from chassis.registry import names
from chassis.testing import wait_until
from deploy.local.servers import ROOT
from services.identity.seed import SAMPLES
from tests.flows.town import VILLAGE

LIMITS = {"village": {"sign": 300, "answer": 600, "resolve": 900}}
TEXT, PLACE, ANSWER = "河沟堆满化肥口袋，臭得很，盼着早日清走", "老碾子旁第三块田坎", "已安排保洁员周末清运干净"
WORDS = "想当面核对田坎位置"
CARD = {"name": "王秀英", "id_number": "11010519491231002X"}

pytestmark = pytest.mark.feature("I08")


def runs_of_four(*texts):
    """Every four characters in a row."""
    return {text[start : start + 4].encode() for text in texts for start in range(len(text) - 3)}


def test_no_name_phone_or_word_of_a_letter_is_anywhere_in_the_clear(town):
    town.gather_facts()
    number = town.write(recipient="village", text=TEXT, place=PLACE)["number"]
    town.write(recipient="village", text=TEXT, place=PLACE, anonymity=3)
    at_the_counter = CARD | {"region": VILLAGE, "paper_consent": True}
    applied = town.post("identity", "/v1/counter/applications", "administrator", json=at_the_counter)
    assert applied.status_code == 201
    town.move(number, "village", "sign")
    town.move(number, "village", "answer", text=ANSWER)
    look = {"reason": "handle", "words": WORDS}
    assert town.post("petition", f"/v1/petitions/{number}/looks", "village", json=look).json()["phone"]
    town.confirm("villager")
    assert town.get("identity", "/v1/me/export", "villager").json()["name"]
    wait_until(lambda: len([sms for sms in town.sms.sent() if number in sms["text"]]) == 3, "three SMS")
    wait_until(lambda: number.encode() in town.brokers_disk(), "the broker's disk")
    found = {"databases and logs": town.everything_kept(), "broker": town.brokers_disk(), "metrics": town.metrics()}
    assert number.encode() in found["databases and logs"]
    secrets = runs_of_four(TEXT, PLACE, ANSWER, WORDS)
    secrets |= {word.encode() for word in CARD.values()}
    secrets |= {word.encode() for phone, name, *_ in SAMPLES for word in (name, phone.removeprefix("+86"))}
    for where, kept in found.items():
        assert [secret.decode() for secret in secrets if secret in kept] == [], where


def test_everybody_who_was_shown_her_data_is_shown_to_her(town):
    number = town.write(recipient="village")["number"]
    town.matter(number, "village")
    seen = town.get("identity", "/v1/me/reads", "villager").json()["items"]
    offices = {(row["service"], row["why"], office["role"]) for row in seen for office in row["offices"]}
    assert ("petition", "查看来信", "secretary") in offices


def erased_on_paper(town, person):
    """Have the city's administrator erase somebody; the moment it was answered."""
    paper = {"paper": "QX-2026-7"}
    town.confirm("admin")
    assert town.post("identity", f"/v1/people/{person}/erasure", "admin", json=paper).status_code == 204
    return time.monotonic()


def keys_left(town, person):
    """Services whose vault has a key of somebody."""
    vaults = {name: town.mongo[f"{town.name}_{name}_vault"]["keys"] for name in names()}
    return [name for name, keys in vaults.items() if keys.count_documents({"keyAltNames": person})]


def as_documented(town, tmp_path, what):
    """Run the commands that docs/operate.md gives for a backup or a restore."""
    section = ROOT.joinpath("docs/operate.md").read_text("utf-8").partition("\n## Backups")[2].partition("\n## ")[0]
    lines = re.findall(rf"^ +xiangyin ({what} [^#\n]*)", section, re.M)
    assert len(lines) == 2
    env = {name: os.environ[name] for name in ("AMQP_ADMIN", "MONGO_ADMIN")} | {"COUNTY": town.name}
    for line in lines:
        done = CliRunner().invoke(cli.main, shlex.split(line.replace("FOLDER", str(tmp_path))), env=env)
        assert done.exit_code == 0, done.output


def test_erased_within_two_seconds_everywhere_and_for_good_also_after_a_restore(town, tmp_path):
    town.confirm("neighbour")
    person = town.get("identity", "/v1/me/export", "neighbour").json()["person"]
    number = town.write("neighbour", recipient="village", text=TEXT)["number"]
    wait_until(lambda: town.counted(VILLAGE, "petitions.submitted") >= 1, "the counter")
    as_documented(town, tmp_path, "backup")
    before = town.counted(VILLAGE, "petitions.submitted")
    assert town.matter(number, "village")["text"] == TEXT

    answered = erased_on_paper(town, person)
    wait_until(lambda: town.matter(number, "village")["text"] is None, "the letter unreadable", 2)
    wait_until(lambda: town.get("petition", "/v1/petitions", "neighbour").status_code == 401, "her token void", 2)
    assert time.monotonic() - answered < 2
    wait_until(lambda: keys_left(town, person) == [], "all keys destroyed")
    wait_until(lambda: town.matter(number, "village")["author"] is None, "the author forgotten")
    assert town.counted(VILLAGE, "petitions.submitted") == before

    town.database("identity").quotas.delete_many({})  # a code a minute
    del town.tokens["neighbour"]
    town.confirm("neighbour")
    assert town.get("identity", "/v1/me/export", "neighbour").json()["person"] != person

    restored = [town.processes[name] for name in names()]
    for process in restored:
        process.ask_to_stop()
    for process in restored:
        process.stop()
    as_documented(town, tmp_path, "restore")
    for process in restored:
        process.start()
    town.wait_ready()
    assert keys_left(town, person) == []
    assert town.matter(number, "village")["text"] is None
    wait_until(lambda: town.matter(number, "village")["author"] is None, "the author forgotten again")
    assert town.database("identity").people.find_one({"_id": person})["phone"] is None
