"""How long the lists of offices take where a million matters are stored, asked one after another over HTTP."""

import time
from itertools import cycle, islice
from random import Random

import requests

from bench.places import Places, some
from bench.report import Row, percentile
from chassis.auth import people

WARM, PAGES = 40, 3
REQUESTS = {"inbox": 400, "office list": 400, "search": 400, "board": 60}
PATHS = {
    "inbox": "/v1/inbox",
    "office list": "/v1/office/petitions",
    "search": "/v1/office/search",
    "board": "/v1/board",
}
ASKERS = [("secretary", 0), ("secretary", 1), ("secretary", 2), ("intake", 2)]
"""Role, and level of the office."""


class Lists:
    """95th percentiles in milliseconds, of secretaries of villages, towns and the city and of the intake, in turns."""

    most = 2  # rounds, where there is no peer

    def __init__(self, bench):
        self.town, self.size = bench.large(), bench.sized(REQUESTS | {"warm": WARM})
        self.matters, self.paths = bench.matters, Places(bench.large()).paths
        self.chance = Random(1)

    def round(self):
        """Each list in its turn."""
        with self.town.running("petition"), requests.Session() as session:
            return {name: self._p95(session, name) for name in PATHS}

    def _p95(self, session, name):
        took = [passed for asker in self._askers(name) for passed in self._pages(session, name, asker)]
        return percentile(sorted(took[self.size["warm"] :]), 95) * 1000

    def _askers(self, name):
        """Access tokens of people who ask, one for each look at a list."""
        key = people.access_keys(self.town.home / "secrets" / "identity")[0]
        kinds = cycle(ASKERS if name == "search" else ASKERS[:-1])
        for role, rung in islice(kinds, self.size[name] + self.size["warm"]):
            office = self.chance.choice(self.paths)[rung]
            yield people.issue(people.Person(f"{role}-{office}", None, {role: [office]}), key, self.town.name)

    def _pages(self, session, name, token):
        """Seconds for each of the first pages of one look."""
        query = {"q": " ".join(some(self.chance) for _ in range(self.chance.randint(1, 3)))} if name == "search" else {}
        for _ in range(PAGES):
            began = time.perf_counter()
            headers = {"Authorization": f"Bearer {token}"}
            answer = session.get(f"{self.town.url('petition')}{PATHS[name]}", params=query, headers=headers, timeout=60)
            yield time.perf_counter() - began
            answer.raise_for_status()
            if not (following := answer.json().get("next")):
                return
            query["cursor"] = following

    def rows(self, rounds):
        """One of the table's rows per list."""
        title = f"lists: {self.matters:,} matters stored, p95 of"
        bars = dict.fromkeys(PATHS, (100, 50)) | {"board": (None, None)}
        per = {name: [figures[name] for figures in rounds] for name in PATHS}
        return [Row(f"{title} {name}", "–", per[name], [], *bars[name], "ms", True) for name in PATHS]
