"""Many matters at once: one real letter, signed for, asked more about and told more in, copied with ids of its own
into every service's database. Five facts: submitted, promised, signed, asked, supplied.
"""

import time
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

import bson
import requests
from bson.raw_bson import RawBSONDocument
from pymongo import WriteConcern

from bench import clients
from bench.places import Places
from bench.stories import OurStory
from chassis.auth import people

ASK = {"move": "ask", "text": "请补充具体位置。"}
SUPPLY = {"move": "supply", "text": "村口第二座桥边。"}
LOADERS = 2
CHUNK = 500
EPOCH = 0x018C_0000_0000  # milliseconds: what is loaded is older than what is measured
SERVICES = ("petition", "sla", "analytics", "keeper")


def load(town, matters, seconds):
    """Copy a letter `matters` times, or as often as it goes in so many seconds; returns how often."""
    model, end = Model(town), time.monotonic() + seconds

    def chunk(start):
        return model.copy(start, min(start + CHUNK, matters)) if time.monotonic() < end else 0

    with ThreadPoolExecutor(LOADERS) as loaders:
        return sum(loaders.map(chunk, range(0, matters, CHUNK)))


class Model:
    """Everything that is kept of one letter, as BSON in which ids can be exchanged for others of the same length."""

    def __init__(self, town):
        self.town = town
        letter, self.number = handled(town)
        found = list(kept(town, letter))
        facts = [document["_id"] for rows, document in found if rows.name == "events"]
        clocks = [document["_id"] for rows, document in found if rows.name == "matters"]
        found += inboxes(town, facts)
        self.ids, self.random = [letter, *facts], clocks
        self.letters, self.places = town.database("petition").petitions, Places(town)
        self.letter, self.templates = self.letters.find_one({"_id": letter}), {}
        for rows, document in found:
            self.templates.setdefault(rows.with_options(write_concern=WriteConcern(1)), []).append(
                bson.encode(document)
            )

    def copy(self, start, stop):
        """Insert the copies with these numbers."""
        names = [self.names(number) for number in range(start, stop)]
        for rows, templates in self.templates.items():
            rows.insert_many(list(chain.from_iterable(_copies(each, names) for each in templates)), ordered=False)
        letters = zip(range(start, stop), map(dict, names), strict=True)
        self.letters.insert_many([self._moved(number, new) for number, new in letters], ordered=False)
        return stop - start

    def _moved(self, number, new):
        """A copy of the letter itself, in another place."""
        ids = {name: new[self.letter[name].encode()].decode() for name in ("_id", "number")}
        copied = self.letter | ids
        return copied | self.places.of(copied, number)

    def names(self, number):
        """Old → new of one copy; the ids of clocks are spread as they are in life."""
        first = f"{EPOCH + number:012x}"
        ids = {old: f"{first[:8]}-{first[8:]}-7000-8000-{kind:012x}" for kind, old in enumerate(self.ids)}
        for kind, old in enumerate(self.random):
            spread = f"{(3 * number + kind) * 0x9E3779B97F4A7C15 % 2**64:016x}"
            ids[old] = f"{spread[:8]}-{spread[8:12]}-5{spread[12:15]}-8000-{kind:012x}"
        return [(old.encode(), new.encode()) for old, new in (ids | {self.number: f"QX{number:012d}"}).items()]


def handled(town):
    """Id and number of a new letter that its office handles, after every service has acted on it."""
    story = OurStory(town)
    with story.told():
        before = {row["_id"] for row in town.database("petition").petitions.find({}, {"_id": 1})}
        clients.hurry(story.port, story.tokens(), 1)
        letter = town.database("petition").petitions.find_one({"_id": {"$nin": list(before)}})
        secretary = people.Person("secretary", None, {"secretary": [letter["office"]]})
        author = people.Person(letter["author"], letter["region"], {"villager": [letter["region"]]})
        for person, move in ((secretary, {"move": "sign"}), (secretary, ASK), (author, SUPPLY)):
            make(town, letter["number"], person, move)
    return letter["_id"], letter["number"]


def make(town, number, person, move):
    """Make a move of a letter over HTTP."""
    key = people.access_keys(town.home / "secrets" / "identity")[0]
    answer = requests.post(
        f"{town.url('petition')}/v1/petitions/{number}/moves",
        json=move,
        headers={"Authorization": f"Bearer {people.issue(person, key, town.name)}"},
        timeout=30,
    )
    answer.raise_for_status()


def kept(town, letter):
    """(collection, document) of a letter, of its clocks and of the facts about either."""
    petition, sla, keeper = (town.database(name) for name in ("petition", "sla", "keeper"))
    places = [
        (petition.events, "subject"),
        (sla.matters, "subject"),
        (sla.events, "data.matter"),
        (keeper.letters, "_id"),
    ]
    return ((rows, document) for rows, field in places for document in rows.find({field: letter}))


def inboxes(town, facts):
    """(collection, document) of every inbox row of these facts."""
    for inbox in (town.database(name).inbox for name in SERVICES):
        for document in inbox.find({"_id": {"$regex": f":({'|'.join(facts)})@"}}):
            yield inbox, document


def _copies(template, names):
    for pairs in names:
        copy = template
        for old, new in pairs:
            copy = copy.replace(old, new)
        yield RawBSONDocument(copy)
