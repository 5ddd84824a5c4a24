"""A small service with one route of each kind, and how its problems are checked."""

import eventlet
import requests
from marshmallow import Schema, fields, validate
from werkzeug.wrappers import Response

from chassis.core import context
from chassis.core.health import Health
from chassis.data import unit
from chassis.domain import Missing, NotAllowed, Refusal, TooOften, Unacceptable, new_id
from chassis.schemas import Body, Paging
from chassis.service import ANYONE, MB, SIGNED_IN, Peer, Service, http, internal
from chassis.store import Rows

SECRET = "陶坝村的私事"


class AlreadySaid(Refusal):
    """这句话已经说过了"""


class NoSuchNote(Missing):
    """没有找到这张便条"""


class NotYours(NotAllowed):
    """这不是您的便条"""


class Nonsense(Unacceptable):
    """这句话没有意思"""


class TooChatty(TooOften):
    """您说得太快了"""


REFUSALS = {each.code(): each for each in (AlreadySaid, NoSuchNote, NotYours, Nonsense, TooChatty)}


class NewNote(Body):
    """Words for a note."""

    text = fields.String(required=True, validate=validate.Length(1, 20))
    tags = fields.List(fields.String(validate=validate.OneOf(["红", "绿"])))
    size = fields.Integer()


class Note(Schema):
    """A note as it is kept."""

    id = fields.String(attribute="_id")
    text = fields.String()


class Search(Paging):
    """Which notes."""

    tag = fields.List(fields.String())


class Seen(Schema):
    """What a handler saw."""

    person = fields.String()
    query = fields.Raw()
    body = fields.Raw()
    size = fields.Integer()


class Notes(Rows):
    collection = "notes"


class ExampleService(Service):
    """A small service."""

    name = "example"
    notes = Notes()
    peer = Peer("peer")
    runs = []

    @http("POST", "/v1/notes", body=NewNote, returns=Note, status=201, roles=["villager", "secretary"], again="show")
    def write(self, call):
        """Write a note."""
        self.runs.append(call.body["text"])
        note = {"_id": new_id(), **call.body}
        self.notes.insert(note)
        eventlet.sleep(0.3 if note["text"] == "慢" else 0)
        if refusal := REFUSALS.get(note["text"]):
            raise refusal(field="text")
        return note

    @http("POST", "/v1/notes/{id}/lines", body=NewNote, roles=SIGNED_IN)
    def add_line(self, call, id):
        self.notes.insert({"_id": f"{id}/{call.body['text']}"})

    @http("GET", "/v1/notes", query=Search, returns=Seen)
    def search(self, call):
        return {"person": call.person.id, "query": call.query, "body": call.body}

    @http("GET", "/v1/notes/{id}", returns=Note, roles=ANYONE)
    def show(self, call, id):
        return self.notes.row(id) or {"_id": id, "text": "空"}

    @http("POST", "/v1/pictures", upload="image/*", limit=MB, returns=Seen, status=201)
    def upload(self, call):
        return {"size": len(call.raw)}

    @http("POST", "/v1/albums", upload="image/*", limit=20 * MB, returns=Seen, status=201)
    def collect(self, call):
        return {"size": len(call.raw)}

    @http("POST", "/v1/whispers", body=NewNote, roles=ANYONE, named=False, before="require_proof")
    def whisper(self, call):
        self.runs.append(context.current())

    def require_proof(self, call):
        """Before a byte of the body is read. Raises Nonsense."""
        self.runs.append((call.body, call.raw))
        if call.request.headers.get("Proof") != "sound":
            raise Nonsense()

    @http("GET", "/v1/pictures/{id}", roles=ANYONE)
    def picture(self, call, id):
        return Response(b"\x89PNG", mimetype="image/png", headers={"Cache-Control": "max-age=60"})

    @http("POST", "/v1/signals", roles=ANYONE)
    def signal(self, call):
        self.runs.append(context.current())

    @http("GET", "/v1/broken/{kind}", roles=ANYONE)
    def broken(self, call, kind):
        raise {"key": KeyError(SECRET), "timeout": eventlet.Timeout(None), "clash": unit.Clash()}[kind]

    @http("GET", "/v1/rare", roles=ANYONE, rate="3/h")
    def seldom(self, call):
        """A route for anyone, now and then."""

    @http("POST", "/v1/rare", rate="1/h")
    def seldom_signed_in(self, call):
        """A route for people, now and then."""

    @http("PUT", "/v1/keepsakes/{id}", fresh=True)
    def keep(self, call, id):
        """What outlives a session."""
        self.notes.insert({"_id": id})

    @http("POST", "/v1/turns", returns=Seen, kept=False)
    def turn(self, call):
        self.runs.append(call.key)
        return {"person": call.key}

    @http("POST", "/v1/clash", roles=ANYONE)
    def clash(self, call):
        raise unit.Clash()

    @http("POST", "/v1/twice", roles=ANYONE)
    def twice(self, call):
        self.notes.insert({"_id": "same"})

    @http("GET", "/v1/through/{path}", returns=Seen, roles=ANYONE)
    def through(self, call, path):
        return {"body": self.peer.get(f"/internal/v1/{path}", word="好")}

    @internal("GET", "/internal/v1/secrets/{id}", callers=["notify"], returns=Seen)
    def tell(self, call, id):
        return {"person": call.caller}


class SlowService(Service):
    """A service whose every answer takes a while."""

    name = "example"
    began = []

    @http("GET", "/v1/slow", roles=ANYONE)
    def dawdle(self, call):
        self.began.append(call.at)
        eventlet.sleep(0.5)


def health(container, path):
    """What the health server answers."""
    port = next(e for e in container.subextensions if isinstance(e, Health)).port
    return requests.get(f"http://127.0.0.1:{port}{path}", timeout=5)


def port_of(client):
    """The port that a client asks."""
    return int(client.base.rpartition(":")[2])


def read_all(sock):
    """What a raw connection answers until it is closed, or silent for as long as its timeout."""
    received = b""
    try:
        while more := sock.recv(65536):
            received += more
    except TimeoutError:
        received += b"(still open)"
    return received


def problem(response, status, code):
    """The body of a problem+json answer, after its status, code and Chinese sentence were checked."""
    assert response.headers["Content-Type"] == "application/problem+json"
    body = response.json()
    assert (response.status_code, body["code"]) == (status, code), body
    assert body["status"] == status and body["type"] == "about:blank" and body["title"]
    assert any("\u4e00" <= letter <= "\u9fff" for letter in body["detail"])
    return body
