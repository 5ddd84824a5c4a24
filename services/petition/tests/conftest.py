"""The petition service on real servers, with the small region tree, and pictures that say where they were taken."""

import json
from functools import partial
from pathlib import Path

import eventlet
import pytest
from eventlet import wsgi

from chassis.auth.people import jwks
from chassis.domain import now
from chassis.testing.pictures import picture
from services.petition.service import PetitionService

POLICY_FILE = str(Path(__file__).parents[1] / "policy.json")
MATTERS = ("petitions", "waiting", "photos", "uploads", "reports", "questions", "knowledge", "whistles")
KEPT = (*MATTERS, "events", "idempotency")
FRONT_END = "https://cun.example"
VILLAGE, TOWN, CITY = "510183122211", "510183122", "510183"
LETTER = {"text": "河边垃圾成堆，请派人清理。", "category": "environment", "recipient": "village", "anonymity": 1}


class Client:
    """The service and the people of these tests: `ann` is a villager, `village`, `town` and `city` secretaries."""

    def __init__(self, service, person):
        self.service, self.http, self.person = service, service.http, person
        self.ann, self.bob = person(), person()
        self.village, self.town, self.city = (person("secretary", region) for region in (VILLAGE, TOWN, CITY))
        self.intake = person("intake", CITY)

    def write(self, author=None, key=None, **changes):
        """The answer to a letter."""
        return self.http.post("/v1/petitions", json=LETTER | changes, person=author or self.ann, key=key)

    def number(self, **changes):
        """The number of a new letter."""
        return self.write(**changes).json()["number"]

    def read(self, number, person):
        return self.http.get(f"/v1/petitions/{number}", person=person)

    def move(self, number, person, move, **says):
        return self.http.post(f"/v1/petitions/{number}/moves", json={"move": move, **says}, person=person)

    def handle(self, number, *moves, by=None):
        """Make moves with the usual words."""
        words = {
            "answer": {"text": "已安排"},
            "done": {"text": "已清理", "outcome": "solved"},
            "return": {"text": "请办"},
        }
        words |= {"verify": {"confirmed": True}}
        for move in moves:
            assert self.move(number, by or self.village, move, **words.get(move, {})).status_code == 200

    def upload(self, raw=None, kind="image/jpeg", person=None, **kwargs):
        headers = {"Content-Type": kind}
        person = person or self.ann
        return self.http.post("/v1/photos", data=raw or picture(), headers=headers, person=person, **kwargs)

    def photo(self, person=None):
        """The string that claims a new photo."""
        return self.upload(person=person).json()["id"]

    def tell(self):
        """Make it the moment at which all are told of the anonymous letters that wait."""
        self.service.database.waiting.update_many({}, {"$set": {"submitted_at": now()}})
        self.service.tick("tell_letter")

    def stored(self):
        """All that is kept and told."""
        database = self.service.database
        kept = [list(database[name].find().sort("_id")) for name in KEPT]
        return kept, [fact.id for fact in self.service.facts()]

    def matter(self, number):
        """The stored letter."""
        return self.service.database.petitions.find_one({"number": number})

    def refuses(self, answer, status, code):
        """Whether a request made by `answer()` is refused so, in Chinese, and changes nothing."""
        before = self.stored()
        response = answer()
        problem = response.json()
        assert (response.status_code, problem["code"]) == (status, code)
        assert any("一" <= sign <= "鿿" for sign in problem["detail"])
        assert self.stored() == before


@pytest.fixture
def client(running, regions, person):
    """A Client."""
    service = running(PetitionService, POLICY_FILE=POLICY_FILE, CLUE_SEAL="", CLUE_MAIL="", CORS_ORIGINS=[FRONT_END])
    regions(service)
    return Client(service, person)


@pytest.fixture
def petition_with(running):
    """The service with settings of its own."""
    return partial(running, PetitionService, CLUE_SEAL="", CLUE_MAIL="")


@pytest.fixture
def staff(client, county):
    """identity's internal port on the loopback: department → the ids of who works there, to be filled."""
    works = {}

    def answer(environ, start_response):
        start_response("200 OK", [("Content-Type", "application/json")])
        department = environ["PATH_INFO"].split("/")[-2]
        page = [{"person": id, "post": "科员"} for id in works.get(department, ())]
        keys = jwks([county.access.public_key()])
        return [json.dumps(keys if environ["PATH_INFO"].endswith("jwks") else page).encode()]

    socket = eventlet.listen(("127.0.0.1", 0))
    server = eventlet.spawn(wsgi.server, socket, answer, log_output=False)
    client.service.config["PEERS"]["identity"] = f"http://127.0.0.1:{socket.getsockname()[1]}"
    yield works
    server.kill()
    socket.close()
