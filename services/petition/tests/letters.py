"""Letters for tests: how to write one and bring it into any state."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace

from services.petition.domain.moves import AUTHOR, DEPARTMENT, INTAKE, MOVES, OFFICE, SUPERVISOR, VERIFIER, Act
from services.petition.domain.petition import Petition
from services.petition.domain.policy import Policy
from services.petition.domain.reader import Reader

POLICY = Policy(**json.loads((Path(__file__).parents[1] / "policy.json").read_text()))
PATH = ["510183122211", "510183122", "510183"]
START = datetime(2026, 11, 23, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
EVERYBODY = {AUTHOR, OFFICE, DEPARTMENT, VERIFIER, SUPERVISOR, INTAKE}
SAYS = {
    "text": b"sealed",
    "outcome": "solved",
    "stars": 5,
    "confirmed": True,
    "amount": 5,
    "open_to_public": True,
    "public_answer": "垃圾已清运",
    "call": "satisfied",
    "duplicate_of": "QL-2026-000009",
    "department": "water",
    "right_owner": "roads",
    "photos": ["photo-1"],
}
ROAD = {
    "submitted": [],
    "signed": ["sign"],
    "answered": ["sign", "answer"],
    "done": ["sign", "answer", "done"],
    "verified": ["sign", "answer", "done", "verify"],
    "closed": ["sign", "answer", "done", "verify", "close"],
    "awaiting_petitioner": ["sign", "ask"],
    "suspended": ["sign", "answer", "suspend", "allow_suspension"],
}
BEFORE = {
    "allow_suspension": ["suspend"],
    "allow_extension": ["extend"],
    "refuse": ["extend"],
    "reply": ["supervise"],
    "publish": ["consent"],
    "take_back": ["dispatch"],
    "dispute": ["dispatch"],
    "uphold": ["dispatch", "dispute"],
}
"""What must have been done in the same state before a move."""


def letter(level="village", anonymity=1, at=START, **changes):
    fields = {"id": "matter-1", "number": "QL-2026-000001", "author": "villager-1", "claim": None, "photos": []}
    words = {"category": "environment", "urgency": "normal", "text": b"sealed", "place": None}
    petition = Petition.submit(POLICY, at, path=PATH, level=level, anonymity=anonymity, **fields | words | changes)
    petition.arrive(POLICY, at)
    return petition


def reader(*offices, id="somebody", intakes=(), departments=()):
    """Somebody of the staff: the regions she is secretary of, of whose intake she is, departments she works for."""
    return Reader(id, frozenset(offices), frozenset(intakes), frozenset(departments))


def act(move, parts=EVERYBODY, at=START, **says):
    needed = {name: SAYS[name] for name in MOVES[move].needs}
    return Act(move=move, parts=set(parts), at=at, **needed | says)


def make(petition, *moves, at=START):
    for move in moves:
        if move == "allow_extension" and petition.promised_at is None:
            petition.promise(told("resolve", at + HOUR, petition.level, petition.round))
        petition.move(act(move, at=at), POLICY)
    return petition


def letter_in(state, **kwargs):
    return make(letter(**kwargs), *ROAD[state])


def told(clock, due_at, level="village", round=1, cause=None):
    """What `sla` says of a clock, that it elapsed or what it promises, as a handler reads it."""
    what = {"clock": clock, "level": level, "round": round, "due_at": due_at}
    return SimpleNamespace(**what, promises=[what | {"provisional": False, "cause": cause}], time=START)


def promise_all(petition, hours):
    """Promise each running clock a date so many hours after it began to run."""
    for clock in petition.clocks:
        if clock.running:
            petition.promise(told(clock.clock, clock.since + hours * HOUR, clock.level, clock.round))


def facts(petition):
    """Names of what has been recorded."""
    return [fact.type.removeprefix("petition.").removesuffix(".v1") for fact in petition.recorded]
