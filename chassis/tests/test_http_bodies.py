"""What a body may cost before anybody has looked at it: bytes in memory, time, values, and words of refusal."""

import socket
from contextlib import closing, suppress

import eventlet
import pytest

from chassis.core.problems import Problem
from chassis.service import MB
from chassis.testing import wait_until
from chassis.tests.example import ExampleService, port_of, problem, read_all
from chassis.web import parsing
from chassis.web.budget import Budget

PIECE = b"x" * (64 * 1024)


@pytest.fixture
def little(monkeypatch):
    """A budget of 4 MB; asked for first, so that it outlives the requests."""
    monkeypatch.setattr(parsing, "BODIES", Budget(4 * MB, 4 * MB))


@pytest.fixture
def example(running):
    ExampleService.runs.clear()
    return running(ExampleService)


@pytest.fixture
def begin(example):
    """`begin(path, person, size)`: a connection on which a body of so many bytes, None for chunks, is announced."""
    begun = []

    def start(path, person=None, size=None, kind="image/jpeg", more=""):
        sock = socket.create_connection(("127.0.0.1", port_of(example.http)))
        sock.settimeout(5)
        token = f"Authorization: Bearer {example.county.token(person)}\r\n" if person else ""
        framing = "Transfer-Encoding: chunked" if size is None else f"Content-Length: {size}"
        head = f"POST {path} HTTP/1.1\r\nHost: x\r\nContent-Type: {kind}\r\n{token}{more}{framing}\r\n\r\n"
        sock.sendall(head.encode())
        begun.append(sock)
        return sock

    yield start
    for sock in begun:
        sock.close()


def resident():
    """Bytes of memory that this process has."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


def pour(sock, size, chunked=False):
    """Send so many bytes; False when the other side hangs up before."""
    piece = b"10000\r\n" + PIECE + b"\r\n" if chunked else PIECE
    with suppress(ConnectionError, TimeoutError):
        for _ in range(size // len(PIECE)):
            sock.sendall(piece)
        return True
    return False


def upload(example, person, size=MB):
    headers = {"Content-Type": "image/jpeg"}
    return example.http.post("/v1/albums", data=b"x" * size, headers=headers, person=person)


@pytest.mark.parametrize("chunked", [False, True], ids=["announced", "in chunks"])
def test_twenty_large_bodies_of_one_person_hold_no_more_than_her_share(example, begin, person, chunked):
    her, before = person(), resident()
    sockets = [begin("/v1/albums", her, None if chunked else 16 * MB) for _ in range(20)]
    pouring = [eventlet.spawn(pour, sock, 15 * MB, chunked) for sock in sockets]
    for thread in pouring:
        thread.wait()
    assert 8 * MB < parsing.BODIES.held[her.id] <= 24 * MB
    assert resident() - before < 64 * MB
    problem(upload(example, her, 20 * MB), 503, "crowded")
    assert upload(example, person()).status_code == 201
    for sock in sockets:
        sock.close()
    wait_until(lambda: her.id not in parsing.BODIES.held, "her share to be free")
    assert upload(example, her, 20 * MB).json() == {"size": 20 * MB}
    assert her.id not in parsing.BODIES.held


def test_who_comes_when_all_is_held_is_told_to_come_later_but_may_write(little, example, begin, person):
    first, second = person(), person()
    holding = begin("/v1/albums", first, 4 * MB)
    pour(holding, 4 * MB - len(PIECE))
    wait_until(lambda: parsing.BODIES.held[first.id] > 3 * MB, "the first to hold much")
    refused = upload(example, second, 3 * MB)
    problem(refused, 503, "crowded")
    assert int(refused.headers["Retry-After"]) > 0
    assert example.http.post("/v1/notes", json={"text": "好"}, person=second).status_code == 201
    assert upload(example, second, 60_000).status_code == 201


def test_what_is_only_announced_takes_nothing_from_anybody(little, example, begin, person):
    for _ in range(5):
        begin("/v1/albums", person(), 4 * MB)
    assert upload(example, person(), 4 * MB).status_code == 201


def test_nothing_is_held_after_an_answer_of_any_kind(example, begin, person):
    her = person()
    assert upload(example, her, 3 * MB).status_code == 201
    headers = {"Content-Type": "image/jpeg"}
    problem(example.http.post("/v1/pictures", data=b"x" * 3 * MB, headers=headers, person=her), 413, "body_too_large")
    with closing(begin("/v1/albums", her, 3 * MB)) as sock:
        pour(sock, MB)
        sock.shutdown(socket.SHUT_WR)
        assert b"broken_body" in read_all(sock)
    assert parsing.BODIES.held == {}


def test_a_budget_counts_all_and_each():
    budget = Budget(10, 6)
    budget.take("甲", 6)
    for who, size in (("甲", 1), ("乙", 5)):
        with pytest.raises(Problem, match="crowded"):
            budget.take(who, size)
    budget.take("乙", 4)
    budget.give_back("甲", 6)
    budget.take("丙", 6)


def test_who_sends_a_body_drop_by_drop_is_told_so(begin, person, monkeypatch):
    monkeypatch.setattr(parsing, "GRACE_SECONDS", 0.2)
    with closing(begin("/v1/albums", person(), MB)) as sock, suppress(ConnectionError):
        for _ in range(100):
            sock.sendall(b"x")
            eventlet.sleep(0.01)
            if answered(sock):
                break
        assert b"too_slow" in read_all(sock)


def answered(sock):
    """Whether an answer has come."""
    sock.settimeout(0.001)
    with suppress(TimeoutError):
        return sock.recv(1, socket.MSG_PEEK)
    sock.settimeout(5)


def test_a_route_says_no_before_a_byte_of_the_body_is_read(example, begin):
    expecting = {"kind": "application/json", "size": 20, "more": "Expect: 100-continue\r\n"}
    with closing(begin("/v1/whispers", **expecting)) as sock:
        answer = read_all(sock)
    assert answer.startswith(b"HTTP/1.1 422") and b"nonsense" in answer and b"100 Continue" not in answer
    assert ExampleService.runs == [({}, b"")]


def test_who_is_let_in_before_is_asked_for_the_body(example, begin):
    expecting = {"kind": "application/json", "size": 12, "more": "Expect: 100-continue\r\nProof: sound\r\n"}
    with closing(begin("/v1/whispers", **expecting)) as sock:
        assert sock.recv(100).startswith(b"HTTP/1.1 100")
        sock.sendall(b'{"text":"a"}')
        assert sock.recv(1000).startswith(b"HTTP/1.1 204")


@pytest.mark.parametrize(
    "body",
    [{f"unknown{number}": 1 for number in range(3500)}, {"text": "好", "tags": ["蓝"] * 5000}, {"x" * 60_000: 1}],
    ids=["unknown fields", "wrong values", "a long name"],
)
def test_a_wrong_body_costs_no_large_answer(example, person, body):
    response = example.http.post("/v1/notes", json=body, person=person())
    assert 1 <= len(problem(response, 422, "invalid_body")["errors"]) <= 20
    assert len(response.content) < 4000


@pytest.mark.parametrize(
    "raw",
    [b"[" + b"0," * 30_000 + b"0]", b'{"tags":' + b"[" * 40 + b"]" * 40 + b"}", b'{"a":[' + b"[]," * 20_000 + b"[]]}"],
    ids=["values", "levels", "lists"],
)
def test_json_has_no_more_values_and_levels_than_a_form_needs(example, person, raw):
    headers = {"Content-Type": "application/json"}
    problem(example.http.post("/v1/notes", data=raw, headers=headers, person=person()), 400, "broken_json")
