"""Idempotency-Key: a POST repeated within 24 hours has its effect once and gets the same answer again.

The row is written in the command's own transaction, so it is there exactly when the effect is. The answer in it is
sealed for the person who asked.
"""

import hashlib
import re
from dataclasses import dataclass, field
from datetime import timedelta

from nameko.extensions import SharedExtension
from werkzeug.wrappers import Response

from chassis import unit
from chassis.domain import new_id
from chassis.mongo import Mongo
from chassis.problems import Problem
from chassis.vault import VaultKeys

COLLECTION = "idempotency"
LIFE = timedelta(hours=24)
KEY = re.compile(r"[!-~]{1,128}")


def key_of(request):
    """The Idempotency-Key of a POST, None without one. Raises Problem."""
    key = request.headers.get("Idempotency-Key")
    if key is None or request.method != "POST":
        return None
    if not KEY.fullmatch(key):
        raise Problem("bad_idempotency_key")
    return key


class Idempotency(SharedExtension):
    """Runs commands; those with a key once."""

    mongo = Mongo()
    keys = VaultKeys()

    def run(self, call, body, route):
        """The Response of `body()`, run in one unit of work, or the stored one. Raises Problem, Clash, Duplicate."""
        if call.key is None or not route.kept:
            return unit.command(self.mongo.database, body)
        return self._once(call, call.key, body).run()

    def _once(self, call, key, body):
        owner = call.person.id if call.person else call.caller or "anonymous"
        place = self.keys.digest(f"{owner} {call.request.template} {key}")
        content = self.keys.digest(f"{call.request.full_path} {hashlib.sha256(call.raw).hexdigest()}")
        return Once(self.mongo.database, self.keys, call, owner, place, content, body)


@dataclass
class Once:
    """One command with a key; `mine` tells its own row from a twin's."""

    database: object
    keys: VaultKeys
    call: object
    owner: str
    place: str
    content: str
    body: object
    mine: str = field(default_factory=new_id)
    began: bool = False

    def run(self):
        """The answer of the first time; raises Problem when the key is another command's or in use right now."""
        try:
            return unit.command(self.database, self._attempt)
        except unit.Duplicate as taken:
            if taken.collection != COLLECTION:
                raise
            raise Problem("request_in_progress") from None

    def _attempt(self):
        row = self.database[COLLECTION].find_one({"_id": self.place})
        if row is None:
            self.began = True
            return self._first()
        if row["content"] != self.content:
            raise Problem("idempotency_key_reused")
        if self.began and row["mine"] != self.mine:
            raise Problem("request_in_progress")
        return Response(self._opened(row["answer"]), row["status"], content_type=row["type"])

    def _first(self):
        response = self.body()
        if response.status_code < 300:
            answer = {"status": response.status_code, "type": response.content_type, "answer": self._sealed(response)}
            row = {"_id": self.place, "content": self.content, "mine": self.mine, "expires_at": self.call.at + LIFE}
            unit.current().insert(COLLECTION, row | answer)
        return response

    def _sealed(self, response):
        return self.keys.seal(self.call.sealed_for or self.owner, response.get_data())

    def _opened(self, sealed):
        return self.keys.repeat(sealed)
