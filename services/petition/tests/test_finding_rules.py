"""P13 and the inbox and board, on paper: words, likeness, queues, days."""

import hmac
from datetime import UTC, datetime

import pytest

from services.petition.domain.board import Line, end_of_day, in_time, lines
from services.petition.domain.words import (
    SHOWN,
    TOKEN_BITS,
    alike,
    asked,
    key_for,
    likeness,
    quarter_of,
    quarters,
    range_of,
    settled,
    tokens,
    words_of,
)
from services.petition.domain.worklist import queues, unread
from services.petition.tests.letters import HOUR, PATH, POLICY, START, letter, letter_in, make, promise_all, told

p13, s03 = pytest.mark.feature("P13"), pytest.mark.feature("S03")


@p13
@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("河边垃圾", {"河边", "边垃", "垃圾"}),
        ("河边，垃圾", {"河边", "垃圾"}),
        ("车牌川A12345", {"车牌", "牌川", "a12345"}),
        ("ＬＥＤ灯 led", {"led"}),
        ("2026年3号", {"2026"}),
        ("好", set()),
        ("𠀀河", {"𠀀河"}),
        (None, set()),
    ],
)
def test_words_are_pairs_of_characters_latin_words_and_numbers(text, words):
    assert words_of(text) == words


@p13
def test_of_a_long_question_the_longest_words_are_asked_in_one_order():
    assert asked("LED 路灯 3号") == ["led", "路灯"]
    assert len(asked("在很久以前村口的那盏路灯就已经坏掉了")) == 8
    assert asked("路灯坏了") == asked("路灯坏了")
    assert asked("灯") == []


@p13
def test_a_token_is_12_bits_of_the_hash_and_says_of_which_village_and_quarter_it_is():
    key, names = b"k" * 32, ["words:2026Q4:a", "words:2026Q4:b", "words:2027Q1:a"]
    made = [tokens(name, key, ["河边"])[0] for name in names]
    (low,) = {token % (1 << TOKEN_BITS) for token in made}
    assert low == int(hmac.digest(key, "河边".encode(), "sha256").hex()[:3], 16)
    assert len({token >> TOKEN_BITS for token in made}) == 3
    assert max(made) < 1 << 63  # as MongoDB keeps them
    for name, token in zip(names, made, strict=True):
        assert range_of(name)[0] <= token <= range_of(name)[1] == range_of(name)[0] + 4095


@p13
def test_a_letter_is_of_the_quarter_in_beijing_that_its_id_is_of():
    assert [quarter_of(datetime(2026, month, 1, tzinfo=UTC)) for month in (1, 3, 4, 12)] == [
        "2026Q1",
        "2026Q1",
        "2026Q2",
        "2026Q4",
    ]
    assert quarter_of(datetime(2026, 12, 31, 16, tzinfo=UTC)) == "2027Q1"
    milliseconds = int(datetime(2026, 12, 31, 15, 59, 59, tzinfo=UTC).timestamp() * 1000)
    id = f"{milliseconds:012x}"
    assert key_for("a", f"{id[:8]}-{id[8:]}-7000-8000-000000000000") == "words:2026Q4:a"
    assert quarters("2025Q3", "2026Q2") == ["2026Q2", "2026Q1", "2025Q4", "2025Q3"]
    assert quarters("2026Q2", "2026Q1") == []


@p13
def test_keys_of_a_quarter_are_left_alone_until_two_days_after_it():
    late, over = datetime(2027, 1, 2, 15, 59, tzinfo=UTC), datetime(2027, 1, 2, 16, tzinfo=UTC)
    assert settled(late) < "words:2026Q4:a" < settled(over) < "words:2027Q1:a"


@p13
def test_likeness_is_the_share_of_common_words():
    assert likeness({1, 2, 3}, {2, 3, 4}) == 0.5
    assert likeness(set(), set()) == likeness({1}, {2}) == 0


@p13
def test_letters_that_share_many_words_are_suggested_most_alike_first():
    words = {"same": {1, 2, 3, 4}, "half": {1, 2, 3, 9}, "other": {7, 8, 9}, "erased": set()}
    found = alike({1, 2, 3, 4}, [(words[id], id) for id in words])
    assert found == [(1.0, "same"), (0.6, "half")]
    assert len(alike({1}, [({1}, number) for number in range(9)])) == SHOWN


@p13
def test_who_is_erased_cannot_be_found_by_her_words():
    petition = letter(words=[1])
    petition.forget_author()
    assert petition.words is None


@s03
@pytest.mark.parametrize(
    ("state", "waits"),
    [
        ("submitted", PATH[:1]),
        ("signed", PATH[:1]),
        ("answered", PATH[:1]),
        ("done", PATH[:2]),
        ("verified", PATH[:1]),
        ("closed", []),
    ],
)
def test_a_letter_waits_in_the_queues_whose_move_it_is(state, waits):
    assert queues(letter_in(state)) == waits


@s03
def test_what_the_office_asks_for_waits_in_the_queue_above_and_what_waits_for_its_author_at_none():
    asking = make(letter_in("answered"), "suspend")
    assert queues(asking) == PATH[:2]
    assert queues(make(letter_in("answered", level="city"), "extend")) == [PATH[2], f"intake:{PATH[2]}"]
    assert queues(make(asking, "allow_suspension")) == []
    assert queues(make(asking, "supervise")) == PATH[:1]
    assert queues(make(letter_in("signed"), "ask")) == []


@s03
def test_in_the_city_nobody_else_verifies():
    assert queues(letter_in("done", level="city")) == [PATH[2]]


@s03
def test_a_letter_is_news_until_somebody_has_seen_its_last_fact():
    petition = letter()
    assert unread(petition, None)
    assert not unread(petition, petition.sequence)
    make(petition, "sign")
    assert unread(petition, petition.sequence - 1)


@s03
def test_closed_in_time_means_that_no_level_was_late_in_its_last_round():
    late = letter()
    promise_all(late, 1)
    late.judge(told("sign", START + HOUR), POLICY, START + HOUR)
    assert in_time(late) is None
    assert late.level == "town"
    make(late, "sign", "answer", "done", "verify", "close", at=START + 2 * HOUR)
    assert in_time(late) is False
    make(late, "reopen", "sign", "answer", "done", "verify", "close", at=START + 3 * HOUR)
    assert in_time(late) is True
    assert in_time(make(letter(), "withdraw")) is None


@s03
def test_the_day_ends_at_midnight_in_beijing():
    assert end_of_day(datetime(2026, 11, 23, 15, 59, tzinfo=UTC)) == datetime(2026, 11, 23, 16, tzinfo=UTC)
    assert end_of_day(datetime(2026, 11, 23, 16, 0, tzinfo=UTC)) == datetime(2026, 11, 24, 16, tzinfo=UTC)


@s03
def test_lines_add_up_and_who_has_nothing_is_there_too():
    rows = [("a", {"overdue": 2, "today": 1}), ("a", {"closed": 3, "in_time": 2}), ("x", {"closed": 1, "in_time": 0})]
    assert lines({"a": "甲", "b": "乙"}, rows) == [
        Line("a", "甲", 1, 2, 3, 2),
        Line("b", "乙"),
        Line("x", "x", 0, 0, 1, 0),
    ]
    assert [line.rate for line in lines({"b": "乙"}, rows[1:])] == [None, 0.6667, 0.0]
