"""Rules of sealed clues: their states, what they give away, proofs of work, sealed boxes."""

import json
import re
from base64 import b64decode
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl.public import PublicKey, SealedBox

from contracts.petition import CLUE_OUTCOMES
from services.petition import sealing
from services.petition.domain import proof
from services.petition.domain.clue import (
    ALPHABET,
    CHINA,
    MOVES,
    NOTES,
    RULES,
    SIZE,
    STATES,
    Clue,
    day_of,
    new_code,
    plain_code,
    told_before,
)
from services.petition.domain.refusals import (
    ClueFull,
    ClueTooLarge,
    Incomplete,
    ProofWrong,
    UnknownCategory,
    WrongClueState,
)

pytestmark = pytest.mark.feature("P08")
AT = datetime(2026, 11, 22, 15, 30, tzinfo=UTC)  # 23:30 in China
ALLOWED = {("filed", "read"), ("read", "begin"), ("read", "close"), ("in_progress", "close")}
ROAD = {"filed": [], "read": ["read"], "in_progress": ["read", "begin"], "closed": ["read", "close"]}
OPEN_TO = {"ask": {"read", "in_progress"}, "answer": {"filed", "read", "in_progress"}}

moments = st.timedeltas(timedelta(0), timedelta(days=5000)).map(
    lambda passed: datetime(2020, 1, 1, tzinfo=UTC) + passed
)
relaxed = settings(deadline=None, max_examples=50)


def clue(at=AT, **changes):
    fields = {"region": "510183", "place": "510183122211", "category": "subsidies", "sealed": b"s", "claim": "c"}
    return Clue.file(RULES, at, **fields | {"reply_key": "k"} | changes)


def move(one, name, **said):
    said = {"outcome": "substantiated" if name == "close" else None} | said
    one.move(name, "officer", AT, **said)


def clue_in(state):
    one = clue()
    for name in ROAD[state]:
        move(one, name)
    return one


class TestStates:
    @pytest.mark.parametrize("state", STATES)
    @pytest.mark.parametrize("name", MOVES)
    def test_every_pair_of_state_and_move(self, state, name):
        one = clue_in(state)
        before = asdict(one)
        if (state, name) in ALLOWED:
            move(one, name)
            assert one.state == MOVES[name][1] and one.steps[-1].by == "officer"
        else:
            with pytest.raises(WrongClueState):
                move(one, name)
            assert asdict(one) == before

    @pytest.mark.parametrize(("name", "outcome"), [("close", None), ("close", "fine"), ("read", "partly")])
    def test_an_outcome_is_said_when_it_is_closed_and_only_then(self, name, outcome):
        one = clue_in("read" if name == "close" else "filed")
        with pytest.raises(Incomplete):
            move(one, name, outcome=outcome)
        assert one.outcome is None

    @pytest.mark.parametrize("outcome", CLUE_OUTCOMES)
    def test_it_is_closed_with_any_outcome(self, outcome):
        one = clue_in("in_progress")
        move(one, "close", outcome=outcome)
        assert (one.state, one.outcome, one.closed_at) == ("closed", outcome, AT)

    @pytest.mark.parametrize("state", STATES)
    def test_who_may_speak_when(self, state):
        for part, states in OPEN_TO.items():
            one = clue_in(state)
            speak = {"ask": lambda one=one: one.ask(AT, b"q", b"q"), "answer": lambda one=one: one.answer(AT, b"a")}
            if state in states:
                speak[part]()
                assert len(one.notes) == 1
            else:
                with pytest.raises(WrongClueState):
                    speak[part]()

    def test_it_does_not_grow_without_end(self):
        one = clue()
        for _ in range(NOTES):
            one.answer(AT, b"a")
        with pytest.raises(ClueFull):
            one.answer(AT, b"a")

    def test_a_category_is_one_of_the_countys(self):
        with pytest.raises(UnknownCategory):
            clue(category="environment")


class TestWhatItGivesAway:
    @relaxed
    @given(moments, st.timedeltas(timedelta(0), timedelta(days=1)))
    def test_two_clues_of_one_day_tell_nothing_of_their_times(self, at, later):
        one, other = clue(at), clue(at + later)
        kept = [asdict(each) | {"id": ""} for each in (one, other)]
        assert (kept[0] == kept[1]) == (day_of(at) == day_of(at + later))

    def test_its_id_is_all_chance(self):
        ids = [clue().id for _ in range(200)]
        assert len(set(ids)) == 200
        assert sorted(ids) != ids
        assert len({key[:4] for key in ids}) > 150

    @relaxed
    @given(moments, st.timedeltas(timedelta(0), timedelta(days=3)))
    def test_it_is_told_from_eight_in_the_next_morning_on(self, at, passed):
        now = at + passed
        morning = (at.astimezone(CHINA) + timedelta(days=1)).replace(hour=8, minute=0, second=0, microsecond=0)
        assert (clue(at).day < told_before(now)) == (now >= morning)

    def test_its_fact_says_category_and_place(self):
        one = clue()
        one.tell(AT + timedelta(hours=9))
        [fact] = one.recorded
        assert (fact.data, fact.regionid) == ({"category": "subsidies", "region": "510183122211"}, "510183")
        assert one.told


class TestClaimCode:
    @relaxed
    @given(st.randoms(use_true_random=False))
    def test_a_code_is_known_again_however_it_is_typed(self, random):
        code = new_code()
        typed = "".join(random.choice([sign, sign.lower()]) + random.choice(["", " ", "-"]) for sign in code)
        confused = typed.replace("0", random.choice("0oO")).replace("1", random.choice("1iIlL"))
        assert plain_code(confused) == code.replace("-", "")

    def test_a_code_has_more_than_128_bits_in_groups_that_can_be_read_out(self):
        codes = [new_code() for _ in range(100)]
        assert all(re.fullmatch(r"(?:[0-9A-HJKMNP-TV-Z]{4}-){6}[0-9A-HJKMNP-TV-Z]{4}", code) for code in codes)
        assert len(ALPHABET) ** SIZE > 2**128
        assert len(set(codes)) == 100


def sign(text):
    return sha256(f"key {text}".encode()).hexdigest()


def solved(challenge, bits):
    return next(str(n) for n in range(10**6) if proof.solves(challenge, str(n), bits))


class TestProof:
    def test_work_done_is_accepted_until_the_challenge_ends(self):
        challenge = proof.issue(sign, 8, AT)
        nonce, end = solved(challenge, 8), AT.replace(minute=0) + timedelta(hours=2)
        assert proof.demand(sign, challenge, nonce, AT) == end
        assert proof.demand(sign, challenge, nonce, end - timedelta(seconds=1)) == end
        with pytest.raises(ProofWrong):
            proof.demand(sign, challenge, nonce, end)

    def test_work_not_done_is_refused(self):
        challenge = proof.issue(sign, 8, AT)
        nonce = next(str(n) for n in range(10**6) if not proof.solves(challenge, str(n), 8))
        with pytest.raises(ProofWrong):
            proof.demand(sign, challenge, nonce, AT)

    def test_nobody_makes_a_challenge_of_her_own(self):
        theirs = proof.issue(lambda text: "0" * 64, 0, AT)
        easier = re.sub(r"\.20\.", ".0.", proof.issue(sign, 20, AT))
        for challenge in (theirs, easier):
            with pytest.raises(ProofWrong):
                proof.demand(sign, challenge, "0", AT)

    @relaxed
    @given(st.text(max_size=80), st.text(max_size=20))
    def test_whatever_is_sent_instead_is_refused(self, challenge, nonce):
        with pytest.raises(ProofWrong):
            proof.demand(sign, challenge, nonce, AT)

    @relaxed
    @given(moments)
    def test_its_end_does_not_say_when_in_the_hour_it_was_given(self, at):
        end = proof.demand(sign, proof.issue(sign, 0, at), "0", at)
        assert timedelta(hours=1) < end - at <= timedelta(hours=2)
        assert (end.minute, end.second, end.microsecond) == (0, 0, 0)

    @relaxed
    @given(st.integers(0, 30))
    def test_so_many_zero_bits_are_meant(self, bits):
        found = format(int.from_bytes(sha256(b"c:1").digest()), "0256b")
        assert proof.solves("c", "1", bits) == found.startswith("0" * bits)


KEY = sealing.new_key()
PUBLIC = sealing.public_key(KEY)


class TestSealing:
    @relaxed
    @given(st.text(min_size=1, max_size=5000), st.none() | st.text(max_size=200))
    def test_what_is_sealed_is_opened_and_its_size_tells_nothing(self, text, author):
        box = sealing.seal(PUBLIC, text, author)
        assert len(box) == sealing.SMALLEST + sealing.OVERHEAD
        assert sealing.opened(KEY, box) == {"text": text, "author": author, "photos": []}

    def test_photos_come_out_as_they_went_in_and_sizes_come_in_powers_of_two(self):
        photos = [bytes(range(256)) * 400, b"jpeg"]
        box = sealing.seal(PUBLIC, "文字", None, photos)
        assert sealing.opened(KEY, box)["photos"] == [("image/jpeg", photo) for photo in photos]
        assert len(box) - sealing.OVERHEAD == 2**18

    def test_more_than_eight_megabytes_are_refused(self):
        with pytest.raises(ClueTooLarge):
            sealing.seal(PUBLIC, "文字", None, [bytes(7 * 2**20)])

    def test_no_other_key_opens_it_and_no_claim_code_but_its_own(self):
        code = plain_code(new_code())
        reply = sealing.public_key(sealing.reply_key(code))
        box = sealing.seal(reply, "请补充时间和地点")
        assert sealing.opened(sealing.reply_key(code), box)["text"] == "请补充时间和地点"
        for other in (KEY, sealing.reply_key(plain_code(new_code()))):
            with pytest.raises(sealing.Unopenable):
                sealing.opened(other, box)

    @relaxed
    @given(st.binary(max_size=200) | st.from_type(dict).map(lambda value: json.dumps(str(value)).encode()))
    def test_what_somebody_sealed_wrongly_is_said_to_be_unopenable(self, content):
        box = bytes(SealedBox(PublicKey(b64decode(PUBLIC))).encrypt(content))
        for sealed in (box, content):
            with pytest.raises(sealing.Unopenable):
                sealing.opened(KEY, sealed)
