"""Anonymous means no join: nothing that is kept of a run leads from a person to her anonymous letter or clue."""

import secrets
import time
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from itertools import count

import jwt
import pytest
from bson import Timestamp

from chassis.testing import wait_until
from chassis.testing.pictures import picture
from services.petition.domain import proof
from tests.flows.joins import Joins, everything, record_of, values
from tests.flows.town import LETTER, VILLAGE

pytestmark = [pytest.mark.feature("P01"), pytest.mark.feature("P08")]

VILLAGERS = ("villager", "neighbour", "beyond")
SLOT = 10  # seconds: tell_seconds of the demonstration's policy
MARGIN, MINUTE = timedelta(milliseconds=50), timedelta(minutes=1)
NEAR = {
    "identity.sessions", "identity.signals", "identity.reads", "notify.messages", "petition.petitions",
    "petition.events", "petition.photos", "petition.reads",
}  # fmt: skip
JPEG = {"Content-Type": "image/jpeg"}


@dataclass
class Visit:
    """What somebody does in one go, with one trail and a key for each command, as an app sends them."""

    town: object
    who: str
    trail: str
    keys: object = field(default_factory=count)
    spans: list = field(default_factory=list)

    def headers(self, **more):
        return {"traceparent": self.trail, **more}

    def get(self, service, path):
        return self.town.get(service, path, self.who, headers=self.headers()).json()

    def post(self, path, who=None, **sent):
        """A command; when it was under way is in `spans`."""
        headers = self.headers(**sent.pop("headers", {}), **{"Idempotency-Key": f"{self.who}-key-{next(self.keys)}"})
        began = datetime.now(UTC)
        answer = self.town.post("petition", path, who, headers=headers, **sent)
        self.spans.append((began, datetime.now(UTC)))
        assert answer.status_code < 300, answer.text
        return answer.json()

    def photo(self):
        return self.post("/v1/photos", self.who, data=picture(), headers=JPEG)["id"]

    def letter(self, photo, anonymity):
        return self.post("/v1/petitions", self.who, json=LETTER | {"photos": [photo], "anonymity": anonymity})

    def claim(self):
        """What she follows her anonymous letter by."""
        return {"number": self.anonymous["number"], "code": self.anonymous["claim_code"]}

    def clue(self):
        """What only its author has of a clue of hers."""
        work = self.town.get("petition", "/v1/clues/challenge", headers=self.headers()).json()
        nonce = next(n for n in map(str, count()) if proof.solves(work["challenge"], n, work["bits"]))
        clue = {"text": "举报的话", "category": "gifts", "region": VILLAGE}
        proven = self.headers() | {"Xiangyin-Proof": f"{work['challenge']} {nonce}"}
        answer = self.town.post("petition", "/v1/clues", json=clue, headers=proven)
        return answer.json()["claim_code"]


@dataclass
class Written:
    """What one villager wrote since she `came`: `open` under her name, `hidden` what only she may join with herself.

    `given` are the codes and strings that she alone was given, `at` is when her anonymous letter was under way.
    """

    person: str
    came: datetime
    given: set
    open: set
    hidden: set
    at: tuple


def visited(visit, town):
    """She signs in, looks around, writes under her name and anonymously, with photos, and files a clue."""
    came = datetime.now(UTC)
    town.token(visit.who, headers=visit.headers())
    person = jwt.decode(town.token(visit.who), options={"verify_signature": False})["sub"]
    visit.get("petition", "/v1/petitions")
    photos = [visit.photo() for _ in range(2)]
    named = visit.letter(photos[0], 1)
    wait_until(lambda: time.time() % SLOT < SLOT - 3, "time enough before the next telling")
    visit.anonymous = visit.letter(photos[1], 3)
    at = visit.spans[-1]
    visit.post("/v1/claims", json=visit.claim())
    code = visit.clue()
    visit.get("petition", f"/v1/petitions/{named['number']}")
    given = {visit.anonymous["claim_code"], code, *photos}
    hidden = given | {visit.anonymous["id"], visit.anonymous["number"]}
    return Written(person, came, given, {named["id"], named["number"]}, hidden, at)


def later(visit, town):
    """Her letter has been told of: she does something with it by its code."""
    number = visit.anonymous["number"]
    wait_until(lambda: town.database("petition").petitions.find_one({"number": number}), "the telling", 3 * SLOT)
    visit.post("/v1/claims/moves", json=visit.claim() | {"move": "consent", "open_to_public": True})


@pytest.fixture(scope="module")
def run(town):
    """(records, what each villager did) of a run, after its letters were read, counted and told of."""
    town.gather_facts()
    since = Timestamp(int(time.time()), 0)
    visits = [Visit(town, who, f"00-{secrets.token_hex(16)}-{secrets.token_hex(8)}-01") for who in VILLAGERS]
    done = [visited(visit, town) for visit in visits]
    for visit in visits:
        later(visit, town)
    petition = town.database("petition")
    for each in done:
        (letter,) = petition.petitions.find({"_id": {"$in": list(each.hidden)}})
        each.hidden |= {*letter["photos"], letter["claim"]}
    (photo,) = letter["photos"]
    town.get("petition", f"/v1/petitions/{letter['number']}/photos/{photo}", "heir")
    town.matter(letter["number"], "heir")
    numbers = {number for each in done for number in each.open | each.hidden if number.startswith("QL-")}
    wait_until(lambda: numbers <= arrived(town), "all SMS")
    wait_until(lambda: all(number.encode() in town.brokers_disk() for number in numbers), "the broker's disk")
    clues = {row["_id"] for row in petition.clues.find()}
    for each in done:
        each.hidden |= clues
    return everything(town, since), done


def arrived(town):
    """Numbers of the letters that the gateway sent something about."""
    words = {word for sent in town.sms.sent() for word in sent["text"].replace("，", " ").replace("。", " ").split()}
    return {word[start : start + 14] for word in words for start in range(len(word)) if word[start:].startswith("QL-")}


@pytest.fixture
def joined(run, town):
    """Villager → what leads from her to `things(what she wrote)`, in the records of the run and `more`."""
    records, done = run
    identity = town.database("identity")
    common = {row["_id"] for kept in (identity.regions, identity.people) for row in kept.find({}, {"_id": 1})}

    def search(things, more=()):
        joins = Joins([*records, *more], [each.person for each in done], common)
        return {each.person: found for each in done if (found := joins.found(each.person, things(each)))}

    return search


def test_nothing_kept_joins_a_person_with_her_anonymous_letter_or_clue(joined):
    assert joined(lambda each: each.hidden) == {}


def test_a_letter_under_ones_name_is_joined_with_its_author(run, joined):
    """So the search does find what there is."""
    assert joined(lambda each: each.open).keys() == {each.person for each in run[1]}


PHOTO, KEY = "photo-1-of-hers", b"sixteen bytes..."
OLD = {
    "owner": [{"owner": "HER", "_id": PHOTO}],
    "trail": [{"trace": "trail-1-of-hers", "person": "HER"}, {"correlationid": "trail-1-of-hers", "photo": PHOTO}],
    "key": [{"_id": KEY, "keyAltNames": ["HER"]}, {"_id": PHOTO, "sealed": b"\1" + KEY + b"\2" * 64}],
    "hash": [{"_id": "hash-1-of-hers", "letter": PHOTO}, {"_id": "HER", "answers": {"hash-1-of-hers": 201}}],
}


@pytest.mark.parametrize("old", OLD.values(), ids=OLD)
def test_the_search_finds_what_there_was_before(run, joined, old):
    """A photo that was hers before it was the letter's, the trail of her visit, her key on what is the letter's."""
    her = run[1][0].person
    rows = [[her if value == "HER" else value for value in values(row)] for row in old]
    more = [record_of("old", row) for row in rows]
    assert joined(lambda each: {PHOTO}, more).keys() == {her}


def test_no_row_of_an_anonymous_letter_tells_when_it_was_written(run):
    """The oplog does, until it is overwritten, for whoever may read it: a write is a write (docs/privacy.md)."""
    records, done = run
    for each in done:
        own = [record for record in records if record.atoms & each.hidden and "oplog" not in record.where]
        assert own
        began, ended = each.at
        near = [record.where for record in own for at in record.moments if began - MARGIN <= at <= ended + MARGIN]
        assert near == []


def test_what_is_kept_of_a_person_beside_the_moment_of_her_letter_is_known(run, town):
    """Rows that name her and have a moment near: of what she did under her name, which is what a name is for."""
    records, done = run
    hers = [(each, record) for each in done for record in records if each.person in record.atoms]
    near = {row.where for each, row in hers for at in row.moments if each.came < at < each.at[1] + MINUTE}
    rows = {where.removeprefix(f"{town.name}_") for where in near if where.startswith(town.name)}
    assert rows <= NEAR


def test_no_code_or_string_that_only_she_was_given_is_kept(run, town):
    given, kept = [code for each in run[1] for code in each.given], town.everything_kept()
    assert [code for code in given if code.encode() in kept] == []


def test_no_log_line_names_anybody(run):
    records, done = run
    people = {each.person for each in done}
    assert [record.where for record in records if record.where.endswith(".log") and record.atoms & people] == []
