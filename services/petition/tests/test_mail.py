"""举报 by e-mail: sealed as on the web, each message once, whatever somebody sends."""

import json
import os
import poplib
from base64 import b64encode
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import cache

import pytest
from prometheus_client import REGISTRY
from structlog.testing import capture_logs

from chassis.domain import now
from chassis.privacy import child
from chassis.testing.pictures import picture
from services.petition import mail, sealing
from services.petition.domain.clue import midnight_after
from services.petition.domain.refusals import MailUnreadable
from services.petition.service import PetitionService, clues
from services.petition.service import mail as client
from services.petition.tests.conftest import CITY, POLICY_FILE
from services.petition.tests.pop3 import mailbox
from services.petition.tests.test_clues import KEY, Office, runs

pytestmark = pytest.mark.feature("P08")
SUBJECT, AUTHOR = "关于粮食直补没有到户", "样例举报人 <sample@example.cn>"
TEXT = "去年冬天的补贴至今没有发下来，一共三十七户。"


def written(text=TEXT, charset="utf-8", **changes):
    """An e-mail."""
    made = EmailMessage()
    made["From"], made["Subject"] = AUTHOR, SUBJECT
    made.set_content(text, charset=charset, **changes)
    return made


def with_photo(kind="image/jpeg", **changes):
    made = written()
    made.add_attachment(picture(), *kind.split("/"), filename="1.jpg", **changes)
    return bytes(made)


def raw(kind, body, *more):
    """An e-mail line by line, as no library would write it."""
    return "\r\n".join(["From: a@example.cn", f"Content-Type: {kind}", *more, "", body]).encode()


def nested(depth):
    """Parts in parts in parts."""
    opened = [f"Content-Type: multipart/mixed; boundary=b{n}\r\n\r\n--b{n}" for n in range(depth)]
    return "\r\n".join(["From: a@example.cn", *opened, "", "end"]).encode()


@cache
def hostile():
    """What stays in the mailbox."""
    many = "\r\n".join("--b\r\n\r\nx" for _ in range(500))
    return {
        "nothing": b"",
        "no mail": b"\x00\xff" * 1000,
        "nested": nested(5000),
        "many parts": raw("multipart/mixed; boundary=b", many),
        "another kind": with_photo("application/zip"),
        "encrypted": raw("application/pkcs7-mime", "MIAG"),
    }


@pytest.mark.parametrize("what", hostile())
def test_what_cannot_be_carried_whole_is_not_read(what):
    with pytest.raises(MailUnreadable):
        mail.read(hostile()[what])


@pytest.mark.parametrize("charset", ["utf-8", "gb2312", "gb18030", "big5"])
def test_each_charset_in_use_is_read(charset):
    text = "補貼" if charset == "big5" else TEXT
    author, said, photos = mail.read(bytes(written(text, charset)))
    assert (author, said.split(), photos) == (AUTHOR, [SUBJECT, text], [])


def test_a_wrong_or_unknown_charset_shows_what_can_be_shown():
    for charset in ("utf-8", "klingon", "idna"):
        found = mail.taken_apart(raw(f"text/plain; charset={charset}", "abc") + b"\xff\xfe")
        assert found["text"] == "abc\ufffd\ufffd"


def test_subject_author_and_a_page_are_read_as_words():
    page = f"<style>p {{}}</style><p>{TEXT}</p><script>alert()</script><b>谢谢</b>"
    found = mail.taken_apart(bytes(written(page, subtype="html")))
    assert found == {"author": AUTHOR, "subject": SUBJECT, "text": f"{TEXT}\n谢谢", "photos": []}


@pytest.mark.parametrize("part", ["<a ", "<", "<!--", "<script>", "<style ", "&", "--><!--<", "</"])
def test_a_page_is_read_once_from_end_to_end_whatever_it_is(part):
    page = raw("text/html", part * (300_000 // len(part)))
    before = sum(os.times()[:2])
    mail.taken_apart(page)
    assert sum(os.times()[:2]) - before < 1


def test_what_a_page_hides_is_not_read():
    page = f"<!-- <b>x</b> --><STYLE>p < q</STYLE>{TEXT}<script>a<b</b>c</SCRIPT><!--[if mso]>y<![endif]-->&lt;谢谢&gt;"
    found = mail.taken_apart(bytes(written(page, subtype="html")))
    assert found["text"] == f"{TEXT}\n<谢谢>"


def test_its_mark_ends_on_a_midnight_whenever_it_came():
    ends = {midnight_after(datetime(2026, 11, 22, hour, 30, tzinfo=UTC), 30) for hour in (0, 9, 15)}
    assert ends == {datetime(2026, 12, 21, 16, tzinfo=UTC)}


@pytest.fixture
def box(tmp_path, monkeypatch):
    """The office's mailbox, whose authority this process trusts."""
    with mailbox(tmp_path) as box:
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.crt"))
        yield box


@pytest.fixture
def office(running, regions, person, tmp_path, box):
    """An Office that has a mailbox."""
    own = {"CLUE_SEAL": sealing.public_key(KEY), "CLUE_MAIL": box.uri}
    service = running(PetitionService, POLICY_FILE=POLICY_FILE, **own)
    regions(service)
    return Office(service, person, tmp_path)


def failed(method="take_mail"):
    """How many messages could not be taken so far."""
    labels = {"service": "petition", "method": method}
    return REGISTRY.get_sample_value("xiangyin_ticks_failed_total", labels) or 0


def test_an_email_becomes_a_sealed_clue_once_and_a_broken_one_stops_no_other(office, box):
    before = failed()
    box.mails |= {"1": with_photo("application/zip"), "2": with_photo(), "3": b"x" * 5000, "4": bytes(written())}
    box.hangs_up = True
    for _ in ("the endless line ends this round", "no deletion is confirmed"):
        with pytest.raises(poplib.error_proto):
            office.service.tick("take_mail")
        assert len(box.mails) == 4
    box.hangs_up = False
    with capture_logs() as logs:
        office.service.tick("take_mail")
    assert set(box.mails) == {"1", "3"}
    assert failed() - before == 1
    clues = office.list().json()["items"]
    assert [(clue["place"], clue["category"]) for clue in clues] == [(CITY, "other")] * 2
    shown = [office.open(clue["id"]) for clue in clues]
    assert all(words in each for each in shown for words in (SUBJECT, AUTHOR, TEXT))
    assert len(list(office.folder.glob("*.jpg"))) == 1
    secrets = {"sample@example.cn", *(runs(SUBJECT) | runs(TEXT) | runs("样例举报人"))}
    kept = office.kept() + json.dumps(logs, default=str, ensure_ascii=False).encode()
    assert [secret for secret in secrets if secret.encode() in kept] == []
    assert b64encode(picture())[400:440] not in kept


def unreadable(_):
    raise MailUnreadable()


def later(office, monkeypatch, hours):
    """So many hours have passed."""
    monkeypatch.setattr(office.service.cls, "now", lambda _: now() + timedelta(hours=hours))


def test_what_cannot_be_read_is_tried_three_times_hours_apart_and_then_left_for_the_office(office, box, monkeypatch):
    before, tries = failed(), []
    box.mails |= {"1": with_photo("application/zip")}
    for hours in (0, 0, 3, 3, 6, 9, 12, 24 * 20):
        later(office, monkeypatch, hours)
        office.service.tick("take_mail")
        tries.append(failed() - before)
    assert tries == [1, 1, 2, 2, 3, 3, 3, 3]
    assert set(box.mails) == {"1"}
    [row] = office.service.database.mailed.find()
    moments = [value for value in row.values() if isinstance(value, datetime)]
    assert {(at.minute, at.second) for at in moments} == {(0, 0)}


def test_two_hundred_and_forty_hostile_messages_delay_no_honest_one(office, box, monkeypatch):
    before = failed()
    box.mails |= {str(number): b"x" * 500 + b"%d" % number for number in range(240)}
    with monkeypatch.context() as here:
        here.setattr(mail, "read", unreadable)
        office.service.tick("take_mail")
    assert failed() - before == 240
    monkeypatch.setattr(client, "ROUND_SECONDS", 0)  # as if each took very long: one message a round
    later(office, monkeypatch, 3)
    box.mails |= {"large": b"y" * 50_000, "honest": bytes(written())}
    office.service.tick("take_mail")
    assert "honest" not in box.mails
    assert len(box.mails) == 241
    assert len(office.list().json()["items"]) == 1


def test_an_email_that_is_taken_apart_keeps_nobodys_photo_waiting(office):
    code = office.file(text=TEXT).json()["claim_code"]
    with child.BACKGROUND:
        assert office.add_photo(code).status_code == 204


def test_on_a_crowded_day_the_mailbox_waits_for_the_next(office, box, monkeypatch):
    box.mails |= {"1": bytes(written())}
    day = office.service.service.clue_days.opened(CITY, now())
    office.service.database.clue_days.update_one({"_id": day}, {"$set": {"size": clues.RULES.ceiling}})
    office.service.tick("take_mail")
    assert set(box.mails) == {"1"}
    assert office.service.database.mailed.count_documents({}) == 0
    later(office, monkeypatch, 24)
    office.service.tick("take_mail")
    assert box.mails == {}
