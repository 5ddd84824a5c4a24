"""One guest at his limits, and everybody else: sign-in codes, letters and lists at a steady pace, first without him,
then while he sends the worst pictures, large bodies and cheap requests. Limits are as in production.
"""

import asyncio
import io
import json
import time
from contextlib import suppress
from itertools import count
from multiprocessing import get_context
from pathlib import Path

from PIL import Image

from bench import clients
from bench.report import Row, percentile
from bench.stories import OurStory
from bench.town import Town
from chassis.auth import people
from chassis.domain import new_id

SECONDS, WARM_SECONDS, PER_SECOND = 15, 3, 20
SERVICES = ("identity", "petition")
VILLAGERS = 100
PATIENCE = 30
MEGABYTES = 256


class Strict(Town):
    """A county in which nobody may do more than in production; its gateway says who comes from where."""

    def environment(self, service):
        return super().environment(service) | {"RATES": "1", "PROXIES": "1"}


class Guest:
    """Per round: p95 of the others with and without him in milliseconds, how many of theirs failed, and memory."""

    most = 2  # rounds, each with services just started: what he may spend is counted in their memory

    def __init__(self, bench):
        self.town = Strict(bench.home, bench.admins, bench.town.name)
        self.story = OurStory(self.town)
        self.seconds = bench.sized({"seconds": SECONDS})["seconds"]
        self.key = people.access_keys(self.town.home / "secrets" / "identity")[0]
        self.village = self.town.database("identity").people.find_one({"region": {"$ne": None}})["region"]

    def round(self):
        """Without him, then with him."""
        with self.story.told() as processes:
            self._others(WARM_SECONDS)
            alone = self._others(self.seconds)
            guest = get_context("spawn").Process(target=molest, args=(self._blows(), self.seconds), daemon=True)
            guest.start()
            beside = self._others(self.seconds)
            guest.join()
            peaks = {name: peak(processes[name].child.pid) for name in SERVICES}
        failed = 100 * sum(took == float("inf") for took in beside) / len(beside)
        return {"p95": 1000 * percentile(beside, 95), "alone": 1000 * percentile(alone, 95), "failed": failed} | peaks

    def rows(self, rounds):
        """The table's rows."""
        per = {figure: [each[figure] for each in rounds] for figure in rounds[0]}
        title = "one guest at his limits"
        return [
            Row(f"{title}: p95 of everybody else", "without him", per["p95"], per["alone"], 2, 1.2, "ms", True),
            Row(f"{title}: requests of others that fail", "–", per["failed"], [], 0.1, 0.01, "%", True),
            *(
                Row(f"{title}: greatest memory of `{name}`", "–", per[name], [], MEGABYTES, 160, "MB", True)
                for name in SERVICES
            ),
        ]

    def _others(self, seconds):
        """How long each of their requests took, sorted; what failed took forever."""
        return sorted(asyncio.run(paced(self._wishes(), seconds)))

    def _wishes(self):
        """(port, request) of everybody else, without end; each villager from a network of her own."""
        villagers = [self._token({"villager": [self.village]}, self.village) for _ in range(VILLAGERS)]
        letter = json.dumps(clients.LETTER, ensure_ascii=False).encode()
        for number in count():
            token, place = villagers[number % VILLAGERS], network(number)
            phone = json.dumps({"phone": f"+86139{time.time_ns() // 1000 % 10**8:08}"}).encode()
            wishes = [
                ("identity", sent(None, place, "POST", "/v1/challenges", phone)),
                ("petition", sent(token, place, "POST", "/v1/petitions", letter)),
                ("petition", sent(token, place, "GET", "/v1/petitions")),
                ("identity", sent(None, place, "GET", f"/v1/regions/{self.village}")),
            ]
            name, wish = wishes[number % len(wishes)]
            yield self.town.ports[name], wish

    def _blows(self):
        """(port, request, how often a second) of the guest: a villager, so that he may do the most."""
        token, ports = self._token({"villager": [self.village]}, self.village), self.town.ports
        here, keys = "203.0.113.9", json.dumps({f"k{n}": n for n in range(4_000)}).encode()
        identity, petition = (ports[name] for name in SERVICES)
        heavy, large, lists = worst(), bytes(20 << 20), b"[" + b"[]," * 6_000_000 + b"0]"
        return [
            (identity, sent(token, here, "POST", "/v1/pictures", heavy, "image/jpeg"), 3),
            (petition, sent(token, here, "POST", "/v1/photos", heavy, "image/jpeg"), 3),
            (identity, sent(token, here, "POST", "/v1/pictures", large, "image/jpeg"), 0.3),
            (petition, sent(token, here, "POST", "/v1/photos", large, "image/png"), 0.3),
            (petition, sent(None, here, "POST", "/v1/clues", lists), 0.3),
            (petition, sent(None, here, "POST", "/v1/claims", keys), 10),
            (identity, sent(None, here, "POST", "/v1/challenges", keys), 10),
            (petition, sent(token, here, "GET", "/v1/petitions?limit=100"), 5),
        ]

    def _token(self, roles, region):
        return people.issue(people.Person(new_id(), region, roles), self.key, self.town.name)


def sent(token, network, method, path, body=b"", kind="application/json"):
    """The bytes of a request that the gateway saw come from `network`."""
    head = f"{method} {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Forwarded-For: {network}\r\n"
    head += f"Authorization: Bearer {token}\r\n" if token else ""
    return f"{head}Content-Type: {kind}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body


def network(number):
    """One of sixty thousand."""
    return f"198.18.{number // 250 % 250}.{number % 250 + 1}"


def worst():
    """The JPEG that takes a decoder longest of all that are not refused at once."""
    out = io.BytesIO()
    Image.new("RGB", (7_990, 7_990)).save(out, "JPEG", progressive=True)
    raw = out.getvalue()
    return raw[:-2] + raw[raw.rindex(b"\xff\xda") : -2] * (100 - raw.count(b"\xff\xda")) + raw[-2:]


async def paced(wishes, seconds):
    """How long each took from when it was due, PER_SECOND of them, whether or not earlier ones are answered."""
    began, took, idle = time.time() + 0.1, [], {}

    async def ask(due, port, wish):
        free = idle.setdefault(port, [])
        connection = free.pop() if free else clients.Connection(port)
        try:
            status, _ = await asyncio.wait_for(connection.ask(wish), PATIENCE)
        except (OSError, EOFError, TimeoutError):
            return took.append(float("inf"))
        free.append(connection)
        took.append(time.time() - due if status < 300 else float("inf"))

    async with asyncio.TaskGroup() as group:
        for number in range(PER_SECOND * seconds):
            due = began + number / PER_SECOND
            await asyncio.sleep(max(0, due - time.time()))
            group.create_task(ask(due, *next(wishes)))
    return took


def molest(blows, seconds):
    """What the guest does, in a process of his own."""
    asyncio.run(_molest(blows, seconds))


async def _molest(blows, seconds):
    async def strike(port, blow):
        with suppress(OSError, EOFError):
            reader, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.write(blow)
            await reader.readuntil(b"\r\n\r\n")
            writer.close()

    async def keep_on(port, blow, per_second):
        for _ in range(max(1, int(per_second * seconds))):
            group.create_task(strike(port, blow))
            await asyncio.sleep(1 / per_second)

    with suppress(TimeoutError):
        async with asyncio.timeout(seconds), asyncio.TaskGroup() as group:
            for blow in blows:
                group.create_task(keep_on(*blow))


def peak(pid):
    """The most resident megabytes that a process ever had."""
    status = Path(f"/proc/{pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1000
