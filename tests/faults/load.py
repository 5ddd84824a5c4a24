"""People at work over HTTP, under known keys: letters are written, handled and closed while things break."""

import math
import random
import time
from itertools import count

import eventlet

from chassis.domain import new_id
from tests.flows.town import LETTER

SIGN = {"move": "sign"}
ANSWER = {"move": "answer", "text": "已安排清理"}
FINISH = (
    {"move": "done", "text": "已清理", "outcome": "solved"},
    {"move": "verify", "confirmed": True},
    {"move": "close"},
)
HANDLING = (SIGN, ANSWER, *FINISH)


class Load:
    """People who write letters and have each handled by these moves; they begin at once.

    `letters` in all, or any number until `wait` is called; `written` maps ids of these letters to their numbers,
    `accepted` says when (epoch seconds) each was.
    """

    def __init__(self, town, letters=math.inf, moves=HANDLING, people=6, pause=0.2, to="town"):
        self.town, self.letters, self.moves, self.pause, self.to = town, letters, moves, pause, to
        self.run, self.numbers, self.over = new_id(), count(), False
        self.written, self.accepted = {}, []
        town.token("villager"), town.token(to)
        self.people = [eventlet.spawn(self._work) for _ in range(people)]

    def wait(self):
        """Begin nothing new; return when all that was begun is handled. Raises what a client met."""
        self.over = self.letters == math.inf
        for person in self.people:
            person.wait()
        return self

    def _work(self):
        for number in self.numbers:
            if self.over or number >= self.letters:
                return
            letter = LETTER | {"recipient": self.to}
            receipt = self.town.ask("petition", "/v1/petitions", "villager", f"{self.run}-{number}", letter)
            self.town.accepted[receipt["id"]] = self.written[receipt["id"]] = receipt["number"]
            self.accepted.append(time.time())
            handle(self.town, receipt["number"], self.moves, self.to, self.pause)


def handle(town, number, moves, who="town", pause=0.2):
    """Make these moves on one letter, one after the other."""
    for move in moves:
        eventlet.sleep(random.uniform(0, pause))
        town.ask("petition", f"/v1/petitions/{number}/moves", who, f"{number}-{move['move']}", move)


def handle_all(town, numbers, moves):
    """Make these moves on several letters at once."""
    for person in [eventlet.spawn(handle, town, number, moves) for number in numbers]:
        person.wait()
