"""Nobody learns from the time of an answer whether a phone, a password or an ID number is known here.

Requests of both kinds are interleaved and their times compared: different is what differs much (medians) and not by
chance (Mann–Whitney). A loaded machine slows both kinds alike.
"""

import random
from itertools import product
from math import sqrt
from statistics import median
from time import perf_counter, process_time

import pytest

from chassis.domain import new_id, now
from services.identity import factors
from services.identity.domain.credential import Credential
from services.identity.domain.id_card import IdCard, check_digit
from services.identity.domain.privacy import Consent
from services.identity.domain.verification import number_key
from services.identity.store.privacy import privacy_policy
from services.identity.tests.conftest import VILLAGE

MUCH = {perf_counter: 1.2, process_time: 1.12}  # times; the time that others see, and what we compute in it
CHANCE = 3.29  # standard deviations: one in a thousand
ROUNDS = 16
KNOWN, UNKNOWN = ("11010519491231" + number + check_digit("11010519491231" + number) for number in ("002", "004"))
PASSWORD = "竹海-river-4711-灯笼"


def differ(these, those, much):
    """Whether two samples of times are those of different work."""
    ratio = max(median(these), median(those)) / min(median(these), median(those))
    return ratio > much and abs(deviation(these, those)) > CHANCE


def deviation(these, those):
    """Mann–Whitney's U in standard deviations."""
    wins = sum((a > b) + (a == b) / 2 for a, b in product(these, those))
    size = len(these) * len(those)
    return (wins - size / 2) / sqrt(size * (len(these) + len(those) + 1) / 12)


def times(these, those):
    """Clock → seconds of each of these requests, and of those; in turns, and who goes first is by chance."""
    taken, statuses = {clock: ([], []) for clock in MUCH}, set()
    for pair in zip(these, those, strict=True):
        for number in random.sample((0, 1), 2):
            begun = {clock: clock() for clock in MUCH}
            statuses.add(pair[number]().status_code)
            for clock, begin in begun.items():
                taken[clock][number].append(clock() - begin)
    assert len(statuses) == 1
    return taken


@pytest.mark.feature("I05")
def test_the_comparison_sees_half_as_much_again_and_no_noise():
    dice = random.Random(4711)
    noise = [[dice.lognormvariate(0, 0.15) for _ in range(ROUNDS)] for _ in range(200)]
    pairs = list(zip(noise[::2], noise[1::2], strict=True))
    assert not any(differ(*pair, 1.12) for pair in pairs)
    assert sum(differ([1.5 * each for each in these], those, 1.2) for these, those in pairs) >= 90


class Stranger:
    """Whoever tries to learn who is known."""

    def __init__(self, here, somebody, person):
        self.here, self.service, self.somebody, self.person = here, here.service, somebody, person
        self.phones = map("+86138{:08}".format, range(1000, 9000))

    def known(self, password=None):
        """The phone of somebody known, who may have a password."""
        phone = next(self.phones)
        id = self.somebody(phone).id
        if password:
            self.service.credentials.add(Credential(id=id, password=password))
        return phone

    def code(self, phone):
        """A request for a sign-in code."""
        return lambda: self.here.http.post("/v1/challenges", json={"phone": phone})

    def guess(self, phone):
        """A guess at a password."""
        return lambda: self.here.http.post("/v1/sessions/password", json={"phone": phone, "password": "a guess"})

    def apply(self, number):
        """An application with this ID number, by somebody new."""
        id, picture = self.somebody(next(self.phones)).id, new_id()
        text = privacy_policy().current["version"]
        self.service.consents.add(Consent(id=new_id(), person=id, text=text, accepted_at=now()))
        row = {"_id": picture, "person": id, "uploaded_at": now(), "application": None, "over": False}
        self.service.pictures.insert(row | {"sealed": self.service.vault.seal(picture, b"\xff\xd8")})
        body = {"name": "王秀英", "id_number": number, "region": VILLAGE, "picture": picture}
        return lambda: self.here.http.post("/v1/applications", json=body, person=self.person(None, id=id))


@pytest.mark.feature("I05")
@pytest.mark.feature("I02")
def test_what_is_known_and_what_is_not_take_the_same_time(here, somebody, person):
    stranger, kept = Stranger(here, somebody, person), factors.hashed(PASSWORD)
    digest = here.service.vault.digest(number_key(KNOWN))
    here.service.cards.add(IdCard(id=new_id(), digest=digest, person=new_id()))
    asked = {
        "codes": [(stranger.code(stranger.known()), stranger.code(next(stranger.phones))) for _ in range(ROUNDS)],
        "passwords": [(stranger.guess(stranger.known(kept)), stranger.guess(next(stranger.phones))) for _ in range(10)],
        "numbers": [(stranger.apply(KNOWN), stranger.apply(UNKNOWN)) for _ in range(ROUNDS)],
    }
    taken = {what: times(*zip(*pairs, strict=True)) for what, pairs in asked.items()}
    found = [
        (what, clock.__name__, *(round(median(each) * 1000, 1) for each in kinds))
        for what, clocks in taken.items()
        for clock, kinds in clocks.items()
        if differ(*kinds, MUCH[clock])
    ]
    assert found == []
