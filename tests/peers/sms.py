"""An SMS gateway as notify's `http` provider knows it (services/notify/README.md), which counts what it received.

`with SmsPeer(key_file) as peer:` or `python -m tests.peers.sms KEY_FILE`, which prints its URL.
`PUT /control` changes `mode`, `look_up`, `deduplicate` and `seconds`, and answers with all it knows.
"""

import hashlib
import hmac
import json
import sys
import threading
import time
from collections import Counter
from pathlib import Path

from tests.peers.process import Handler, Peer, serve

FRESH_SECONDS = 300


class SmsPeer(Peer):
    """The gateway's process.

    mode: `ok`, `slow` (received, answered after `seconds`), `drop` (received, then cut off), `crash` (500),
    `busy` (429), `reject` (422). look_up: `ok`, `failed` or `down`. A repeated id is counted and,
    with `deduplicate`, sent once.
    """

    module = "tests.peers.sms"

    def received(self):
        """How often each message id arrived and was taken."""
        return self.control()["received"]

    def sent(self):
        """Messages put on the air, in order: id, template, phone, text."""
        return self.control()["sent"]

    def looked_up(self):
        """How often each message id was asked for."""
        return self.control()["looked_up"]

    def forged(self):
        """How many calls had a bad signature."""
        return self.control()["forged"]


class Gateway:
    """What the gateway knows, and how it behaves now."""

    def __init__(self, key):
        self.key, self.lock = key, threading.Lock()
        self.settings = {"mode": "ok", "look_up": "ok", "deduplicate": True, "seconds": 30}
        self.received, self.looked_up, self.sent, self.forged = Counter(), Counter(), [], 0

    def genuine(self, headers, method, path, body):
        """Whether the signature is ours and fresh."""
        stamp = headers.get("X-Sms-Timestamp", "0")
        signed = f"{stamp}\n{method} {path}\n".encode() + body
        wanted = hmac.new(self.key, signed, hashlib.sha256).hexdigest()
        fresh = abs(time.time() - int(stamp)) < FRESH_SECONDS
        return fresh and hmac.compare_digest(wanted, headers.get("X-Sms-Signature", ""))

    def take(self, message):
        """Receive one message."""
        with self.lock:
            self.received[message["id"]] += 1
            if self.received[message["id"]] == 1 or not self.settings["deduplicate"]:
                self.sent.append(message)

    def report(self):
        """All it knows."""
        names = ("settings", "received", "looked_up", "sent", "forged")
        return {name: getattr(self, name) for name in names}


class SmsHandler(Handler):
    """The protocol."""

    gateway = None

    def do_PUT(self):
        """Control; not part of the protocol."""
        self.gateway.settings |= json.loads(self.body())
        self.answer(200, self.gateway.report())

    def do_POST(self):
        """Take a message, in today's mood."""
        body = self.body()
        if self._genuine("POST", body):
            getattr(self, f"_{self.gateway.settings['mode']}")(json.loads(body))

    def do_GET(self):
        """Say what became of a message."""
        key = self.path.rpartition("/")[2]
        if self._genuine("GET", b""):
            self.gateway.looked_up[key] += 1
            if self.gateway.settings["look_up"] == "down":
                self.answer(503, {"code": "maintenance"})
            else:
                self._report(key)

    def _report(self, key):
        if key not in self.gateway.received:
            self.answer(404, {"code": "unknown_message"})
        elif self.gateway.settings["look_up"] == "failed":
            self.answer(200, {"id": key, "state": "failed", "code": "switched_off"})
        else:
            self.answer(200, {"id": key, "state": "accepted"})

    def _genuine(self, method, body):
        genuine = self.gateway.genuine(self.headers, method, self.path, body)
        if not genuine:
            self.gateway.forged += 1
            self.answer(401, {"code": "bad_signature"})
        return genuine

    def _ok(self, message):
        self.gateway.take(message)
        self.answer(202, {"id": message["id"], "state": "accepted"})

    def _slow(self, message):
        self.gateway.take(message)
        time.sleep(self.gateway.settings["seconds"])
        self.answer(202, {"id": message["id"], "state": "accepted"})

    def _drop(self, message):
        self.gateway.take(message)
        self.close_connection = True

    def _crash(self, message):
        self.answer(500, {"code": "internal_error"})

    def _busy(self, message):
        self.answer(429, {"code": "busy"})

    def _reject(self, message):
        self.answer(422, {"code": "invalid_number"})


if __name__ == "__main__":
    SmsHandler.gateway = Gateway(Path(sys.argv[1]).read_bytes())
    serve(SmsHandler)
