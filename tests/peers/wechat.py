"""微信 as its open platform documents it: the page people agree on, and the exchange of a code for an openid.

`with WechatPeer(app_id, secret, back) as peer:` or `python -m tests.peers.wechat APP_ID SECRET BACK`, which prints its
URL; BACK is the page people may be sent back to. Every answer has status 200 and is text/plain, refusals too.
"""

import json
import re
import secrets
import sys
import time
from contextlib import suppress
from urllib.parse import parse_qs, parse_qsl, urlencode, urlsplit

from tests.peers.process import Handler, Peer, serve

ORDER = ["appid", "redirect_uri", "response_type", "scope", "state"]
INVALID_APP, WRONG_SECRET, NO_CODE, INVALID_CODE, USED_CODE = 40013, 40125, 41008, 40029, 40163
WORDS = {
    -1: "system error",
    INVALID_APP: "invalid appid",
    WRONG_SECRET: "invalid appsecret",
    NO_CODE: "missing code",
    INVALID_CODE: "invalid code",
    USED_CODE: "code been used",
    10003: "redirect_uri is not registered",
}


class WechatPeer(Peer):
    """WeChat's process.

    `control(user=…)` says whose phone holds the page; mode: `ok`, `slow` (answered after `seconds`), `busy` (errcode
    -1), `crash` (502 and a page of HTML), `cut` (half an answer), `list`, `empty` (JSON, but not what was promised).
    """

    module = "tests.peers.wechat"


class WechatHandler(Handler):
    """Page and exchange."""

    app = {"app_id": "", "secret": "", "back": ""}
    known = {"mode": "ok", "seconds": 30, "user": "", "asked": 0}
    codes: dict[str, str] = {}
    used: set[str] = set()

    def do_PUT(self):
        """Control; not part of the protocol."""
        self.known.update(json.loads(self.body()))
        self.answer(200, self.known)

    def do_GET(self):
        """The page, or the exchange."""
        url = urlsplit(self.path)
        query = dict(parse_qsl(url.query))
        if url.path == "/connect/oauth2/authorize":
            self._agree(query, list(parse_qs(url.query)))
        elif url.path == "/sns/oauth2/access_token":
            self.known["asked"] += 1
            getattr(self, f"_{self.known['mode']}")(query)
        else:
            self.say(404, "")

    def say(self, status, text, length=None):
        """Send a text/plain answer; `length` pretends there is more of it."""
        data = text.encode()
        self.send_response(status)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(length or len(data)))
        self.end_headers()
        self.wfile.write(data)

    def _agree(self, asked, order):
        """Somebody agrees on her phone, and her browser is sent back."""
        if order != ORDER or asked["response_type"] != "code" or asked["scope"] != "snsapi_base":
            self.refuse(-1)
        elif asked["appid"] != self.app["app_id"]:
            self.refuse(INVALID_APP)
        elif asked["redirect_uri"] != self.app["back"] or not re.fullmatch(r"[A-Za-z0-9]{1,128}", asked["state"]):
            self.refuse(10003)
        else:
            code = secrets.token_urlsafe(24)
            self.codes[code] = self.known["user"]
            self.send_response(302)
            self.send_header(
                "Location", f"{asked['redirect_uri']}?{urlencode({'code': code, 'state': asked['state']})}"
            )
            self.send_header("Content-Length", "0")
            self.end_headers()

    def refuse(self, errcode):
        """As WeChat refuses: with 200."""
        self.say(200, json.dumps({"errcode": errcode, "errmsg": f"{WORDS[errcode]}, rid: {secrets.token_hex(4)}"}))

    def _ok(self, query):
        code = query.get("code")
        if query.get("appid") != self.app["app_id"]:
            self.refuse(INVALID_APP)
        elif query.get("secret") != self.app["secret"]:
            self.refuse(WRONG_SECRET)
        elif not code:
            self.refuse(NO_CODE)
        elif code not in self.codes:
            self.refuse(INVALID_CODE)
        elif code in self.used:
            self.refuse(USED_CODE)
        else:
            self.used.add(code)
            tokens = {"access_token": secrets.token_hex(32), "expires_in": 7200, "refresh_token": secrets.token_hex(32)}
            self.say(200, json.dumps(tokens | {"openid": self.codes[code], "scope": "snsapi_base"}))

    def _slow(self, query):
        time.sleep(self.known["seconds"])
        with suppress(BrokenPipeError):  # who asked has gone
            self._ok(query)

    def _busy(self, query):
        self.refuse(-1)

    def _crash(self, query):
        self.say(502, "<html><body>502 Bad Gateway</body></html>")

    def _cut(self, query):
        self.say(200, '{"access_token": "', length=400)
        self.close_connection = True

    def _list(self, query):
        self.say(200, "[40029]")

    def _empty(self, query):
        self.say(200, json.dumps({"openid": None, "errcode": [40029]}))


if __name__ == "__main__":
    WechatHandler.app = dict(zip(("app_id", "secret", "back"), sys.argv[1:], strict=True))
    serve(WechatHandler)
