"""What the tests that ask everything of every service know of this one."""

from chassis.auth.people import Person
from chassis.domain import now
from services.petition import sealing
from services.petition.domain.clue import RULES as CLUES
from services.petition.domain.clue import Clue
from tests.matters import AUTHOR, CITY, TOWN, VILLAGE

LETTER = {"text": "河边垃圾成堆，请派人清理。", "category": "environment", "recipient": "village", "anonymity": 1}
REPORT = {"text": "路灯不亮。", "category": "street_light", "place": "村口"}
QUESTION = {"text": "低保怎样申请？", "category": "relief"}
WHISTLE = {"region": VILLAGE, "text": "请一起清河道。", "offices": [TOWN], "lead": TOWN}
CLUE = {"size": 6, "claim": "hash", "reply_key": sealing.public_key(sealing.new_key())}
SETTINGS = {"CLUE_SEAL": sealing.public_key(sealing.new_key())}
GUESTS = {
    "petitions": "one's letters",
    "me": "oneself",
    "reports": "one's reports",
    "questions": "one's questions",
}
"""What a guest reaches of a guest's own: first word of the path → whose it is."""

LASTING = {
    "GET /v1/me/export": "all that she wrote",
}
"""What outlives the session, and so asks for a fresh code: route → what lasts."""

SHOWS = {
    "petitions": "/v1/petitions/{number}",
    "reports": "/v1/reports/{number}",
    "questions": "/v1/questions/{number}",
    "whistles": "/v1/whistles/{number}",
    "clues": "/v1/office/clues/{id}",
}
"""Collection → the route that gives one of its things to whoever may see it."""


def fill(service):
    """One matter of each kind."""
    answer = service.http.post("/v1/petitions", json=LETTER, person=Person(AUTHOR, VILLAGE, {"villager": (VILLAGE,)}))
    assert answer.status_code == 201, answer.text
    _of_other_kinds(service)
    clue = Clue.file(CLUES, now(), region=CITY, place=VILLAGE, category="other", **CLUE)
    service.service.clues.add(clue)
    service.service.enclosures.keep(clue.enclosure, b"sealed")


def _of_other_kinds(service):
    """A report and a question of AUTHOR's, waiting in 陶坝村, and a whistle that 陶坝村 blew."""
    villager, secretary = (Person(AUTHOR, VILLAGE, {role: (VILLAGE,)}) for role in ("villager", "secretary"))
    for path, body, who in (
        ("/v1/reports", REPORT, villager),
        ("/v1/questions", QUESTION, villager),
        ("/v1/whistles", WHISTLE, secretary),
    ):
        answer = service.http.post(path, json=body, person=who)
        assert answer.status_code == 201, answer.text
