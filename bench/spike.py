"""Whole lives of letters in waves, where a million matters are stored: written, signed, answered, done, verified,
closed and read, over HTTP; the pattern under which the nearest open system failed 57 % of its requests.
"""

import asyncio
import json
import time
from dataclasses import dataclass

from bench import clients
from bench.report import Row, percentile
from bench.stories import OurStory
from chassis.auth import people

WAVES, SECONDS, WARM_SECONDS = (1, 15, 1, 25, 2, 35, 10), 20, 5
SLOW = 0.5
LETTER = json.dumps(clients.LETTER | {"recipient": "village"}, ensure_ascii=False).encode()
MOVES = (
    {"move": "sign"},
    {"move": "answer", "text": "已安排保洁员清理。"},
    {"move": "done", "text": "已清理干净。", "outcome": "solved"},
    {"move": "verify", "confirmed": True},
    {"move": "close"},
)


@dataclass(frozen=True)
class Asked:
    """One request: when it was due, or ready to be sent, when it was answered, and whether well."""

    due: float
    answered: float
    well: bool

    @property
    def seconds(self):
        """How long it took; what failed took forever."""
        return self.answered - self.due if self.well else float("inf")


class Spike:
    """Per round: failed requests in per cent, p95 in milliseconds, and how long the first valley is slow."""

    most = 2  # rounds, where there is no peer

    def __init__(self, bench, town=None):
        self.story, self.seconds = OurStory(town or bench.large()), bench.sized({"seconds": SECONDS})["seconds"]
        self.matters, self.port = bench.matters, self.story.port

    def round(self):
        """One run of all waves."""
        with self.story.told():
            self.run((2,), WARM_SECONDS)
            return self.run(WAVES, self.seconds)

    def run(self, waves, seconds):
        """Figures of waves of so many seconds each, while the story is told."""
        found, began = asyncio.run(self._waves(waves, seconds))
        return figures(found, began, seconds)

    async def _waves(self, waves, seconds):
        """Every request of lives that begin at fixed times, whether or not earlier ones have ended; and the start."""
        villagers, idle, found = self._villagers(), [], []
        began = time.time() + 0.1
        async with asyncio.TaskGroup() as group:
            for number, due in enumerate(starts(began, waves, seconds)):
                await asyncio.sleep(max(0, due - time.time()))
                group.create_task(self._life(due, villagers[number % len(villagers)], idle, found))
        return found, began

    async def _life(self, due, tokens, idle, found):
        """One letter's; after a request that fails there are no more of it."""
        connection = idle.pop() if idle else clients.Connection(self.port)
        author, secretary = tokens
        answer = await self._ask(connection, clients.request(author, "POST", "/v1/petitions", LETTER), due, found)
        path = answer and f"/v1/petitions/{answer['number']}"
        for move in MOVES:
            body = json.dumps(move, ensure_ascii=False).encode()
            answer = answer and await self._ask(
                connection, clients.request(secretary, "POST", f"{path}/moves", body), time.time(), found
            )
        if answer and await self._ask(connection, clients.request(author, "GET", path), time.time(), found):
            idle.append(connection)

    async def _ask(self, connection, sent, due, found):
        """The answer as it was parsed, None when it is none."""
        try:
            status, body = await connection.ask(sent)
        except (OSError, asyncio.IncompleteReadError):
            status, body = 0, b""
        found.append(Asked(due, time.time(), 200 <= status < 300))
        return json.loads(body) if found[-1].well else None

    def _villagers(self):
        """Access tokens of the sample villagers, each beside one of the village's secretary."""
        rows = self.story.town.database("identity").people.find({"region": {"$ne": None}})
        homes = [(row["_id"], row["region"]) for row in rows]
        return [(self._token(id, home, "villager"), self._token("secretary", home, "secretary")) for id, home in homes]

    def _token(self, id, village, role):
        key = people.access_keys(self.story.town.home / "secrets" / "identity")[0]
        who = people.Person(id, village if role == "villager" else None, {role: [village]})
        return people.issue(who, key, self.story.town.name)

    def rows(self, rounds):
        """The table's rows."""
        title = f"spike: {'→'.join(map(str, WAVES))} lives of letters per second, {self.matters:,} matters stored"
        return [
            Row(f"{title}: {name}", "–", [each[figure] for each in rounds], [], bar, goal, unit, True)
            for figure, name, bar, goal, unit in (
                ("failed", "requests that fail", 0.1, 0.01, "%"),
                ("p95", "p95 of a request", 1000 * SLOW, 100, "ms"),
                ("recovery", "first valley until nothing is slow any more", self.seconds, 2, "s"),
            )
        ]


def starts(began, waves, seconds):
    """When each life begins."""
    for wave, rate in enumerate(waves):
        yield from (began + wave * seconds + number / rate for number in range(rate * seconds))


def figures(found, began, seconds):
    """What is said of the requests of a run; the first valley follows the first peak."""
    took = sorted(each.seconds for each in found)
    valley = began + 2 * seconds
    slow = [each.answered for each in found if valley <= each.due < valley + seconds and each.seconds > SLOW]
    return {
        "failed": 100 * sum(not each.well for each in found) / len(found),
        "p95": percentile(took, 95) * 1000,
        "recovery": max(slow, default=valley) - valley,
        "requests": len(found),
    }
