"""Ways to send an SMS. A provider sends under our id and says, asked by the same id, what it knows.

The signed JSON protocol of `http` is in README.md.
"""

import hashlib
import hmac
import json
import re
import time
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import requests
import structlog

from contracts.sdk.kinds import CODE
from services.notify.domain.message import Outcome

TIMEOUT = (3, 8)  # seconds to connect and to wait for an answer: together less than store.CALL
REJECTED = {400, 413, 422}
UNCLEAR = {408, *range(500, 600)}

log = structlog.get_logger()


@dataclass(frozen=True)
class Sms:
    """One SMS about to leave; `shown` is its text with secrets hidden, all that may be logged."""

    id: str
    template: str
    shown: str
    phone: str = field(repr=False)
    text: str = field(repr=False)


class Console:
    """Writes to the log instead of sending, phone masked and secrets hidden."""

    name = "console"

    def send(self, sms):
        """Always accepted."""
        phone = f"{sms.phone[:3]}****{sms.phone[-4:]}"
        log.info("sms", message=sms.id, template=sms.template, phone=phone, text=sms.shown)
        return Outcome("accepted", self.name)

    def find(self, key):
        """A log cannot be asked."""
        return Outcome("unclear", "cannot_be_asked")


class Http:
    """A gateway that takes signed JSON and can be asked by our id."""

    name = "http"

    def __init__(self, url, key):
        self.url, self.key = url.rstrip("/"), key
        self.session = requests.Session()

    def send(self, sms):
        """Hand one SMS over."""
        body = {"id": sms.id, "template": sms.template, "phone": sms.phone, "text": sms.text}
        try:
            answer = self._call("POST", "/messages", json.dumps(body, ensure_ascii=False).encode())
        except requests.ConnectTimeout:
            return Outcome("put_off", "unreachable")
        except requests.RequestException as error:
            return Outcome("put_off", "unreachable") if _never_connected(error) else Outcome("unclear", "no_answer")
        return self._judge(answer, sms.id)

    def find(self, key):
        """What became of an earlier `send`; only an answer in the protocol's own words counts."""
        try:
            answer = self._call("GET", f"/messages/{key}")
        except requests.RequestException:
            return Outcome("unclear", "no_answer")
        known = _json(answer)
        if answer.status_code == 404 and known.get("code") == "unknown_message":
            return Outcome("put_off", "not_received")
        if answer.ok and known.get("id") == key:
            return self._receipt(known)
        return Outcome("unclear", f"status_{answer.status_code}")

    def _receipt(self, known):
        if known.get("state") == "failed":
            return Outcome("rejected", _code(known))
        return Outcome("accepted", self.name)

    def _judge(self, answer, key):
        if answer.ok:
            echoed = _json(answer).get("id") == key
            return Outcome("accepted", self.name) if echoed else Outcome("unclear", "no_echo")
        if answer.status_code in REJECTED:
            return Outcome("rejected", _code(_json(answer)))
        kind = "unclear" if answer.status_code in UNCLEAR else "put_off"
        return Outcome(kind, f"status_{answer.status_code}")

    def _call(self, method, path, body=b""):
        headers = {"Content-Type": "application/json", **signature(self.key, method, path, body)}
        return self.session.request(
            method, self.url + path, data=body, headers=headers, timeout=TIMEOUT, allow_redirects=False
        )


def signature(key, method, path, body, at=None):
    """The headers that sign a call: HMAC-SHA256 over time, method, path and body."""
    stamp = str(int(at or time.time()))
    signed = f"{stamp}\n{method} {path}\n".encode() + body
    return {"X-Sms-Timestamp": stamp, "X-Sms-Signature": hmac.new(key, signed, hashlib.sha256).hexdigest()}


@cache
def provider(SMS_PROVIDER, SMS_URL, SECRETS_DIR):
    """The provider that the settings name; `http` needs the key `sms.key` in the directory of secrets."""
    if SMS_PROVIDER == "http":
        return Http(SMS_URL, Path(SECRETS_DIR, "sms.key").read_bytes())
    if SMS_PROVIDER == "console":
        return Console()
    raise ValueError(f"SMS_PROVIDER must be console or http, not {SMS_PROVIDER!r}")


def _never_connected(error):
    return "NewConnectionError" in repr(error)


def _json(answer):
    try:
        found = answer.json()
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}


def _code(answer):
    code = str(answer.get("code", ""))
    return code if re.fullmatch(CODE.pattern, code) and not re.search(r"\d{7}", code) else "rejected"
