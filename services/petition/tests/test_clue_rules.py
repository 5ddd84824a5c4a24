"""Rules of sealed clues: their states, what they give away, proofs of work, sealed boxes."""

import json
import re
from base64 import b64decode
from dataclasses import asdict, replace
from datetime import UTC, datetime, timedelta
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from nacl.public import PublicKey, SealedBox

from contracts.petition.letters import CLUE_OUTCOMES
from services.petition import sealing
from services.petition.domain import proof
from services.petition.domain.clue import (
    ALPHABET,
    CHINA,
    MOST,
    MOVES,
    NOTES,
    RULES,
    SIZE,
    SIZES,
    SMALLEST,
    STATES,
    Clue,
    day_of,
    new_code,
    padded,
    plain_code,
    shown_code,
    told_before,
)
from services.petition.domain.clue_day import ClueDay
from services.petition.domain.proof import LengthUnknown, ProofTooCheap, ProofWrong
from services.petition.domain.refusals import (
    ClueDayFull,
    ClueFull,
    ClueNotFound,
    ClueNotPadded,
    CluePhotosTomorrow,
    ClueTooLarge,
    Incomplete,
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
    fields = {"region": "510183", "place": "510183122211", "category": "subsidies", "size": 1, "claim": "c"}
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
            assert one.state == MOVES[name].target and one.steps[-1].by == "officer"
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
            speak = {"ask": lambda one=one: one.ask(AT, 1), "answer": lambda one=one: one.answer(AT, 1)}
            if state in states:
                speak[part]()
                assert len(one.notes) == 1
            else:
                with pytest.raises(WrongClueState):
                    speak[part]()

    def test_it_does_not_grow_without_end(self):
        one = clue()
        for _ in range(NOTES):
            one.answer(AT, 1)
        with pytest.raises(ClueFull):
            one.answer(AT, 1)

    def test_all_that_is_added_to_it_has_a_limit_in_bytes(self):
        one = clue(size=SIZES[-1])
        one.answer(AT, MOST - SIZES[-1])
        with pytest.raises(ClueFull):
            one.answer(AT, 1)
        assert (len(one.notes), one.size) == (1, MOST)

    def test_a_category_is_one_of_the_countys(self):
        with pytest.raises(UnknownCategory):
            clue(category="environment")


class TestWhatItGivesAway:
    @relaxed
    @given(moments, st.timedeltas(timedelta(0), timedelta(days=1)))
    def test_two_clues_of_one_day_tell_nothing_of_their_times(self, at, later):
        one, other = clue(at), clue(at + later)
        kept = [asdict(each) | {"id": "", "enclosure": ""} for each in (one, other)]
        assert (kept[0] == kept[1]) == (day_of(at) == day_of(at + later))

    @pytest.mark.parametrize("of", ["id", "enclosure"])
    def test_its_ids_are_all_chance(self, of):
        ids = [getattr(clue(), of) for _ in range(200)]
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


class TestDay:
    def rules(self, **changes):
        return replace(RULES, daily_mb=1, alarm_percent=50, **changes)

    def test_on_a_crowded_day_only_texts_are_taken_and_none_beyond_the_ceiling(self):
        day, rules = ClueDay.begin("510183", AT), self.rules()
        for size in (0, rules.crowded - SIZES[1]):
            replace(day, size=size).admit(rules, SIZES[1])
        for size in (rules.crowded - SIZES[1] + 1, rules.ceiling):
            with pytest.raises(CluePhotosTomorrow):
                replace(day, size=size).admit(rules, SIZES[1])
        replace(day, size=rules.ceiling - SIZES[0]).admit(rules, SIZES[0])
        with pytest.raises(ClueDayFull):
            replace(day, size=rules.ceiling - SIZES[0] + 1).admit(rules, SIZES[0])

    def test_the_office_is_told_of_a_day_once_and_of_none_without_clues(self):
        empty = ClueDay.begin("510183", AT)
        day = replace(empty, clues=3)
        day.tell(AT)
        empty.tell(AT)
        assert [(fact.data, fact.regionid) for fact in day.recorded] == [({"count": 3}, "510183")]
        assert (empty.recorded, empty.told) == ([], True)

    def test_an_alarm_says_how_full_it_is_and_nothing_else(self):
        day = ClueDay.begin("510183", AT)
        day.alarm(self.rules(), AT)
        assert [(fact.type, fact.data) for fact in day.recorded] == [("petition.clues_crowded.v1", {"share": 50})]

    @relaxed
    @given(moments, st.timedeltas(timedelta(0), timedelta(days=1)))
    def test_it_knows_no_finer_time(self, at, later):
        one, other = ClueDay.begin("510183", at), ClueDay.begin("510183", at + later)
        assert (one == other) == (day_of(at) == day_of(at + later))


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

    @relaxed
    @given(st.text(max_size=60))
    def test_what_can_be_nobodys_code_is_refused_before_anything_is_looked_up(self, typed):
        with pytest.raises(ClueNotFound):
            shown_code(typed)
        code = new_code()
        assert shown_code(code.lower()) == plain_code(code)


def sign(text):
    return sha256(f"key {text}".encode()).hexdigest()


def solved(challenge, bits):
    return next(str(n) for n in range(10**6) if proof.solves(challenge, str(n), bits))


TEXT = 3000  # bytes of an ordinary body


class TestProof:
    def test_work_done_is_accepted_until_the_challenge_ends(self):
        challenge = proof.issue(sign, 8, TEXT, AT)
        shown, end = f"{challenge} {solved(challenge, 8)}", AT.replace(minute=0) + timedelta(hours=2)
        for at in (AT, end - timedelta(seconds=1)):
            found = proof.verify(sign, shown, TEXT, at)
            assert (found.ends_at, found.bits, found.mark) == (end, 8, sha256(challenge.encode()).hexdigest())
        with pytest.raises(ProofWrong):
            proof.verify(sign, shown, TEXT, end)

    def test_work_not_done_is_refused(self):
        challenge = proof.issue(sign, 8, TEXT, AT)
        nonce = next(str(n) for n in range(10**6) if not proof.solves(challenge, str(n), 8))
        with pytest.raises(ProofWrong):
            proof.verify(sign, f"{challenge} {nonce}", TEXT, AT)

    def test_nobody_makes_a_challenge_of_her_own(self):
        theirs = proof.issue(lambda text: "0" * 64, 0, TEXT, AT)
        easier = proof.issue(sign, 20, TEXT, AT).replace(".20.", ".0.")
        larger = proof.issue(sign, 0, TEXT, AT).replace(".3000.", ".300000.")
        for challenge in (theirs, easier, larger):
            with pytest.raises(ProofWrong):
                proof.verify(sign, f"{challenge} 0", TEXT, AT)

    def test_it_is_for_so_many_bytes_and_their_number_must_be_said(self):
        shown = f"{proof.issue(sign, 0, TEXT, AT)} 0"
        assert proof.verify(sign, shown, TEXT, AT)
        with pytest.raises(ProofTooCheap):
            proof.verify(sign, shown, TEXT + 1, AT)
        with pytest.raises(LengthUnknown):
            proof.verify(sign, shown, None, AT)

    @relaxed
    @given(st.text(max_size=80), st.text(max_size=20))
    def test_whatever_is_sent_instead_is_refused(self, challenge, nonce):
        for shown in (challenge, f"{challenge} {nonce}"):
            with pytest.raises(ProofWrong):
                proof.verify(sign, shown, TEXT, AT)

    @relaxed
    @given(moments)
    def test_its_end_does_not_say_when_in_the_hour_it_was_given(self, at):
        end = proof.verify(sign, f"{proof.issue(sign, 0, TEXT, at)} 0", TEXT, at).ends_at
        assert timedelta(hours=1) < end - at <= timedelta(hours=2)
        assert (end.minute, end.second, end.microsecond) == (0, 0, 0)

    def test_it_costs_twice_as_much_for_twice_as_many_bytes_and_on_a_day_twice_as_full(self):
        assert [proof.price(18, size, 0) for size in SIZES] == [18, 18, 19, 20, 21, 22, 23, 24, 25]
        days = [0, 32 << 20, 33 << 20, 65 << 20, 129 << 20, 257 << 20, 500 << 20, 5000 << 20]
        assert [proof.price(18, TEXT, today) for today in days] == [18, 18, 19, 20, 21, 22, 22, 22]

    def test_what_was_given_while_it_was_cheap_does_not_count_for_much_longer(self):
        found = proof.verify(sign, f"{proof.issue(sign, 0, TEXT, AT)} 0", TEXT, AT)
        found.still_pays(1)
        with pytest.raises(ProofTooCheap):
            found.still_pays(2)

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
        assert len(box) == SIZES[0]
        assert sealing.opened(KEY, box) == {"text": text, "author": author, "photos": []}

    def test_photos_come_out_as_they_went_in_and_sizes_come_in_powers_of_two(self):
        photos = [bytes(range(256)) * 400, b"jpeg"]
        box = sealing.seal(PUBLIC, "文字", None, photos)
        assert sealing.opened(KEY, box)["photos"] == [("image/jpeg", photo) for photo in photos]
        assert len(box) == SIZES[3]

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

    def test_what_a_device_sealed_has_one_of_nine_sizes(self):
        assert [padded(bytes(size)) for size in SIZES] == [bytes(size) for size in SIZES]
        for size in (0, 1, SMALLEST, SIZES[0] - 1, SIZES[0] + 1, SIZES[-1] * 2):
            with pytest.raises(ClueNotPadded):
                padded(bytes(size))

    @relaxed
    @given(st.binary(max_size=200) | st.from_type(dict).map(lambda value: json.dumps(str(value)).encode()))
    def test_what_somebody_sealed_wrongly_is_said_to_be_unopenable(self, content):
        box = bytes(SealedBox(PublicKey(b64decode(PUBLIC))).encrypt(content))
        for sealed in (box, content):
            with pytest.raises(sealing.Unopenable):
                sealing.opened(KEY, sealed)
