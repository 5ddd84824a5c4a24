"""Idempotency-Key: a POST repeated within 24 hours has its effect once, and is answered by what its sender may see now.

The row is written in the command's own transaction, so it is there exactly when the effect is. Of the answer it holds
the status and fields of KEPT: no text, no name, no token. Who sent what under which key is hashed with a secret of the
day, which lies in the vault and is destroyed two days later: a row in an old backup leads to nobody.
"""

import hashlib
import json
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from nameko.extensions import SharedExtension
from werkzeug.wrappers import Response

from chassis.core.problems import Problem
from chassis.data import unit
from chassis.data.mongo import Database, Mongo
from chassis.privacy.vault import VaultKeys
from chassis.schemas import Secret

if TYPE_CHECKING:
    from chassis.web.http import Call, Http

COLLECTION = "idempotency"
LIFE, EDGE = timedelta(hours=24), timedelta(minutes=10)
KEY = re.compile(r"[!-~]{1,128}")
SECRET = "idempotency:"
KEPT = frozenset({
    "accepted_at", "acts", "agreed_by", "applied_at", "asked_at", "asked_by", "challenge", "done_at", "due_at",
    "ended_at", "expires_at", "helper", "id", "letters", "level", "number", "open_until", "outcome", "person",
    "priority", "region", "role", "since", "state", "until", "version", "withdrawn_at",
})  # fmt: skip
"""What may be kept of an answer: fields that hold ids, codes, states, moments or counts wherever they occur."""


def key_of(request):
    """The Idempotency-Key of a POST, None without one. Raises Problem."""
    key = request.headers.get("Idempotency-Key")
    if key is None or request.method != "POST":
        return None
    if not KEY.fullmatch(key):
        raise Problem("bad_idempotency_key")
    return key


def forget_days(keys, at):
    """Destroy the secrets of days before yesterday: no row of theirs is left."""
    for name in keys.named(SECRET, SECRET + _day(at - LIFE)):
        keys.destroy(name)


@dataclass(frozen=True)
class Mark:
    """A command as one day's secret hashes it: `place` is by whom, where and under which key, `content` what."""

    day: str
    place: str
    content: str


class Idempotency(SharedExtension):
    """Runs commands; those with a key once."""

    mongo = Mongo()
    keys = VaultKeys()

    def run(self, call, body, route):
        """The Response of `body()`, run in one unit of work; of a repeat, what `route` may show of it now.

        Of a route that keeps nothing every repeat runs. Raises Problem, Clash, Duplicate.
        """
        if call.key is None or not route.kept:
            return unit.command(self.mongo.database, body)
        call.derive = partial(self._derived, call, _day(call.at))
        marks = [self._mark(call, _day(call.at - since)) for since in (timedelta(), LIFE)]
        done = Once(self.mongo.database, call, {mark.place: mark for mark in marks}, body, route).run()
        return done if isinstance(done, Response) else self._repeated(call, route, done)

    def _mark(self, call, day):
        digest = partial(self.keys.digest, under=SECRET + day)
        content = f"{call.request.full_path} {hashlib.sha256(call.raw).hexdigest()}"
        return Mark(day, digest(_name(call)), digest(content))

    def _derived(self, call, day, name, digits):
        """Digits that nobody can tell without the day's secret and the key."""
        number = int(self.keys.digest(f"secret {name} {_name(call)}", under=SECRET + day), 16)
        return f"{number % 10**digits:0{digits}d}"

    def _repeated(self, call, route, row):
        """Raises what the route that shows it raises, or Problem when an office of then is not held any more."""
        response = route.shown_again(call, row["kept"]) if route.again else self._kept(call, route, row)
        response.status_code = row["status"]
        return response

    def _kept(self, call, route, row):
        if not set(row["held"]) <= set(_held(call, route)):
            raise Problem("not_allowed")
        if route.returns is None:
            return Response()
        derived = {name: self._derived(call, row["day"], name, digits) for name, digits in row["secrets"].items()}
        answer = row["kept"] | dict.fromkeys(_secrets(route)) | derived
        return Response(json.dumps(answer, ensure_ascii=False), mimetype="application/json")


@dataclass
class Once:
    """One command with a key; `mine` tells its own row from a twin's. `marks` are by place."""

    database: Database
    call: "Call"
    marks: dict[str, Mark]
    body: Callable[[], Response]
    route: "Http"
    mine: str = field(default_factory=partial(secrets.token_hex, 16))
    began: bool = False
    answer: Response | None = None

    def run(self):
        """The Response, or the row of the first time; raises Problem when the key is another's or in use right now."""
        try:
            return unit.command(self.database, self._attempt)
        except unit.Duplicate as taken:
            if taken.collection != COLLECTION:
                raise
            raise Problem("request_in_progress") from None

    def _attempt(self):
        row = self.database[COLLECTION].find_one({"_id": {"$in": list(self.marks)}})
        if row is None:
            self.began = True
            return self._first()
        if row["content"] != self.marks[row["_id"]].content:
            raise Problem("idempotency_key_reused")
        if self.began and row["mine"] != self.mine:
            raise Problem("request_in_progress")
        return self.answer if self.began else row

    def _first(self):
        self.answer = answer = self.body()
        if answer.status_code < 300:
            row = self._row(answer)
            for mark in self.marks.values():
                if mark.day >= _day(self.call.at - EDGE):  # two around midnight: a twin may count by the other day
                    unit.current().insert(COLLECTION, row | {"_id": mark.place, "content": mark.content})
        return answer

    def _row(self, response):
        call, answer = self.call, json.loads(response.get_data() or "{}")
        return {
            "day": _day(call.at),
            "mine": self.mine,
            "expires_at": _next_hour(call.at) + LIFE,
            "status": response.status_code,
            "held": _held(call, self.route),
            "kept": {name: answer[name] for name in _keeps(self.route) if name in answer},
            "secrets": {name: digits for name, digits in call.secrets.items() if answer.get(name)},
        }


def _next_hour(at):
    """No finer, for the row may be of a letter that nobody shall know the moment of."""
    return at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)


def _day(at):
    return at.date().isoformat()


def _name(call):
    """By whom, where and under which key."""
    who = f"{call.person.id} {call.person.helper}" if call.person else call.caller or "anonymous"
    return f"{who} {call.request.template} {call.key}"


def _keeps(route):
    """Names of what leads to the route that shows the same, else of all that may be kept."""
    if route.again:
        return route.shows().parameters()
    return KEPT & route.returns.fields.keys() if route.returns else ()


def _secrets(route):
    return [name for name, field in route.returns.fields.items() if isinstance(field, Secret)]


def _held(call, route):
    """What let the caller in: each role with each region of its scope."""
    roles = () if call.person is None or isinstance(route.roles, str) else route.roles
    return [f"{role}:{region}" for role in roles for region in call.person.scopes(role)]
