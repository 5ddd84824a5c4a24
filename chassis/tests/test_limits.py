"""How often: one number per person or network, and what its owner is told."""

import pytest
from werkzeug.test import create_environ
from werkzeug.wrappers import Request

from chassis.core import gcra
from chassis.core.problems import Problem
from chassis.tests.example import ExampleService, problem
from chassis.web import limits


@pytest.fixture
def clock(clock_of):
    """`clock.now` is the time of limits, in seconds."""
    return clock_of(gcra)


def passed(rate, key="甲", factor=1.0):
    """How many requests pass before one does not, and after how many seconds the next would."""
    count = 0
    with pytest.raises(Problem) as refused:
        while count < 1000:
            rate.take(key, factor)
            count += 1
    assert refused.value.status == 429
    return count, int(refused.value.headers["Retry-After"])


@pytest.mark.parametrize(("written", "told"), [("10/min", (10, 6)), ("1/h", (1, 3600)), ("5/s", (5, 1))])
def test_as_many_pass_as_are_written_and_then_one_is_told_when(clock, written, told):
    assert passed(limits.Rate(written)) == told


def test_after_the_time_told_one_more_passes(clock):
    rate = limits.Rate("10/min")
    passed(rate)
    clock.now += 6
    assert passed(rate) == (1, 6)


def test_each_person_has_a_count_of_their_own(clock):
    rate = limits.Rate("2/min")
    assert (passed(rate, "甲")[0], passed(rate, "乙")[0]) == (2, 2)


def test_a_refusal_costs_nothing(clock):
    rate = limits.Rate("2/min")
    passed(rate)
    assert passed(rate) == passed(rate) == (0, 30)


@pytest.mark.parametrize(("factor", "count"), [(2.0, 20), (0.5, 5), (0.01, 1)])
def test_an_operator_may_let_more_or_fewer_pass(clock, factor, count):
    assert passed(limits.Rate("10/min"), factor=factor)[0] == count


def test_all_windows_of_a_limit_must_pass_and_the_longest_wait_is_told(clock):
    rate = limits.Rate("10/min 15/day")
    assert passed(rate) == (10, 6)
    clock.now += 60
    assert passed(rate) == (5, 86_400 // 15 - 60)
    assert passed(rate, "乙") == (10, 6)


def test_a_refusal_by_one_window_costs_nothing_in_another(clock):
    rate = limits.Rate("1/h 3/day")
    for _ in range(3):
        assert passed(rate)[0] == 1
        assert passed(rate)[0] == 0
        clock.now += 3600
    assert passed(rate) == (0, 86_400 // 3 - 3 * 3600)


def test_no_more_are_remembered_than_there_is_room_for_and_who_asked_most_is(clock, monkeypatch):
    monkeypatch.setattr(gcra, "KEYS", 100)
    rate = limits.Rate("2/day")
    passed(rate, "甲")
    for number in range(1000):
        rate.take(str(number))
        assert len(rate.windows[0][1].empty_at) <= 100
    assert passed(rate, "甲")[0] == 0


def test_nobody_is_remembered_longer_than_needed(clock):
    rate = limits.Rate("10/min")
    for number in range(100):
        rate.take(str(number))
    clock.now += 121
    rate.take("甲")
    assert list(rate.windows[0][1].empty_at) == ["甲"]


@pytest.mark.parametrize(
    ("peer", "forwarded", "proxies", "network"),
    [
        ("192.0.2.7", None, 0, "192.0.2.7"),
        ("192.0.2.7", "203.0.113.9", 0, "192.0.2.7"),
        ("192.0.2.7", "198.51.100.1, 203.0.113.9", 1, "203.0.113.9"),
        ("192.0.2.7", "198.51.100.1, 203.0.113.9", 2, "198.51.100.1"),
        ("192.0.2.7", "203.0.113.9", 5, "192.0.2.7"),
        ("192.0.2.7", "nonsense", 1, "192.0.2.7"),
        ("192.0.2.7", None, 1, "192.0.2.7"),
        ("2001:db8::1:2:3:4", None, 0, "2001:db8::/64"),
    ],
)
def test_a_network_is_what_our_own_outermost_proxy_saw(peer, forwarded, proxies, network):
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = Request(create_environ(headers=headers) | {"REMOTE_ADDR": peer})
    assert limits.network(request, proxies) == network


def test_a_route_may_be_asked_as_often_as_it_says(running, person):
    example = running(ExampleService, RATES=1.0, PROXIES=1)
    assert [example.http.get("/v1/rare").status_code for _ in range(4)] == [204, 204, 204, 429]
    refused = example.http.get("/v1/rare")
    problem(refused, 429, "too_many_requests")
    assert 0 < int(refused.headers["Retry-After"]) <= 1200
    assert example.http.get("/v1/rare", headers={"X-Forwarded-For": "203.0.113.9"}).status_code == 204
    first, second = person(), person()
    sent = [example.http.post("/v1/rare", person=who).status_code for who in (first, first, second)]
    assert sent == [204, 429, 204]
