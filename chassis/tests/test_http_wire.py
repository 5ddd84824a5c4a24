"""Bytes on a connection: one reading of each request or none, and never without an end."""

import io
import json
import socket
from contextlib import closing, suppress
from types import SimpleNamespace

import eventlet
import h11
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from werkzeug.wrappers import Response

from chassis.core import problems, protocol, wire
from chassis.core.problems import Problem
from chassis.testing import wait_until
from chassis.tests.example import read_all

GET = b"GET /x HTTP/1.1\r\nHost: x\r\n"
POST = b"POST /x HTTP/1.1\r\nHost: x\r\n"
CHUNKED = POST + b"Transfer-Encoding: chunked\r\n\r\n"
NEXT = b"GET /smuggled HTTP/1.1\r\nHost: x\r\n\r\n"

NO_REQUEST = {
    "two lengths": POST + b"Content-Length: 2\r\nContent-Length: 3\r\n\r\nab",
    "one length twice": POST + b"Content-Length: 2\r\nContent-Length: 2\r\n\r\nab",
    "two lengths in one": POST + b"Content-Length: 2, 2\r\n\r\nab",
    "a length with a sign": POST + b"Content-Length: +2\r\n\r\nab",
    "a negative length": POST + b"Content-Length: -2\r\n\r\nab",
    "a length with an underscore": POST + b"Content-Length: 1_0\r\n\r\n0123456789",
    "a length in other digits": POST + "Content-Length: ２\r\n\r\nab".encode(),
    "an empty length": POST + b"Content-Length:\r\n\r\n",
    "length and chunks": POST + b"Content-Length: 2\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "two codings": POST + b"Transfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
    "a coding twice": POST + b"Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
    "another coding": POST + b"Transfer-Encoding: identity\r\n\r\n",
    "chunks in HTTP/1.0": CHUNKED.replace(b"1.1", b"1.0") + b"0\r\n\r\n",
    "a bare LF after the request": b"GET /x HTTP/1.1\nHost: x\r\n\r\n",
    "a bare LF after a field": b"GET /x HTTP/1.1\r\nHost: x\n\r\n",
    "a bare LF at the end": GET + b"\n",
    "a folded field": GET + b"A: b\r\n c\r\n\r\n",
    "a space before the colon": POST + b"Content-Length : 2\r\n\r\nab",
    "a space before a name": POST + b" Content-Length: 2\r\n\r\nab",
    "no name": GET + b": a\r\n\r\n",
    "no colon": GET + b"A\r\n\r\n",
    "NUL in a field": GET + b"A: b\0c\r\n\r\n",
    "a bare CR in a field": GET + b"A: b\rc\r\n\r\n",
    "a control in a field": GET + b"A: b\x1bc\r\n\r\n",
    "HTTP/0.9": b"GET /x\r\n",
    "HTTP/2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
    "HTTP/1.2": b"GET /x HTTP/1.2\r\nHost: x\r\n\r\n",
    "an empty line first": b"\r\n" + GET + b"\r\n",
    "a method in small letters": b"get /x HTTP/1.1\r\nHost: x\r\n\r\n",
    "an unknown method": b"BREW /x HTTP/1.1\r\nHost: x\r\n\r\n",
    "two spaces": b"GET  /x HTTP/1.1\r\nHost: x\r\n\r\n",
    "a hidden slash": b"GET /v1%2fpolicy HTTP/1.1\r\nHost: x\r\n\r\n",
    "a hidden NUL": b"GET /v1/%00 HTTP/1.1\r\nHost: x\r\n\r\n",
    "half an escape": b"GET /v1/%4 HTTP/1.1\r\nHost: x\r\n\r\n",
    "a backslash": b"GET /v1\\policy HTTP/1.1\r\nHost: x\r\n\r\n",
    "a fragment": b"GET /v1#policy HTTP/1.1\r\nHost: x\r\n\r\n",
    "an absolute address": b"GET http://x/x HTTP/1.1\r\nHost: x\r\n\r\n",
    "an authority": b"CONNECT x:80 HTTP/1.1\r\nHost: x\r\n\r\n",
    "a star": b"OPTIONS * HTTP/1.1\r\nHost: x\r\n\r\n",
    "letters beyond ASCII": "GET /乡 HTTP/1.1\r\nHost: x\r\n\r\n".encode(),
    "no host": b"GET /x HTTP/1.1\r\n\r\n",
    "two hosts": GET + b"Host: x\r\n\r\n",
    "no name of a host": b"GET /x HTTP/1.1\r\nHost: a@b/c\r\n\r\n",
    "another expectation": POST + b"Expect: 200-ok\r\nContent-Length: 2\r\n\r\nab",
    "two tokens": GET + b"Authorization: Bearer a\r\nAuthorization: Bearer b\r\n\r\n",
    "too many fields": GET + b"A: b\r\n" * 100 + b"\r\n",
    "a field without an end": GET + b"A: " + b"b" * 9000 + b"\r\n\r\n",
    "more fields than it may be": GET + (b"A: " + b"b" * 4000 + b"\r\n") * 9 + b"\r\n",
}
BROKEN_BODY = {
    "a size in C": b"0x2\r\nab\r\n0\r\n\r\n",
    "a size with a sign": b"+2\r\nab\r\n0\r\n\r\n",
    "a size with an underscore": b"0_2\r\nab\r\n0\r\n\r\n",
    "a size with a space": b"2 \r\nab\r\n0\r\n\r\n",
    "no size": b"\r\nab\r\n0\r\n\r\n",
    "an extension": b"2;a=b\r\nab\r\n0\r\n\r\n",
    "an extension and a bare LF": b"2;\nab\r\n0\r\n\r\n",
    "a bare LF after a size": b"2\nab\r\n0\r\n\r\n",
    "something after a chunk": b"2\r\nabc\r\n0\r\n\r\n",
    "a bare LF after a chunk": b"2\r\nab\n0\r\n\r\n",
    "a trailer": b"2\r\nab\r\n0\r\nContent-Length: 5\r\n\r\n",
    "a bare LF at the end": b"2\r\nab\r\n0\r\n\n",
    "more chunks than it may be": b"1\r\na\r\n" * wire.CHUNKS + b"0\r\n\r\n",
}


@pytest.fixture
def server():
    """A loopback server that reads each body to its end and says what it saw; `seen` are (path, body)."""
    made = SimpleNamespace(seen=[], threads=[])

    def answer(environ, start_response):
        try:
            made.seen.append((environ["PATH_INFO"], environ["wsgi.input"].read()))
            response = Response(json.dumps(made.seen[-1][0]))
        except Problem as problem:
            response = problems.answer(problem)
        return response(environ, start_response)

    def start(**limits):
        made.socket = protocol.listen("127.0.0.1:0")
        made.threads.append(eventlet.spawn(protocol.serve, made.socket, answer, **limits))
        return made

    made.start = start
    yield made
    for thread in made.threads:
        thread.kill()
    made.socket.close()


def connect(server, host="127.0.0.1", patience=5):
    sock = socket.create_connection(server.socket.getsockname()[:2], source_address=(host, 0))
    sock.settimeout(patience)
    return sock


def told(server, content, patience=5):
    """What it answers to bytes after which nothing comes."""
    with closing(connect(server, patience=patience)) as sock:
        sock.sendall(content)
        sock.shutdown(socket.SHUT_WR)
        return read_all(sock)


def asked(sock, content=GET + b"\r\n"):
    """The first line of the answer, empty when the connection is closed."""
    with suppress(ConnectionError):
        sock.sendall(content)
        return sock.recv(65536).partition(b"\r\n")[0]
    return b""


@pytest.mark.parametrize("content", NO_REQUEST.values(), ids=NO_REQUEST.keys())
def test_what_could_be_read_in_two_ways_is_refused_and_the_connection_closed(server, content):
    answer = told(server.start(), content + NEXT)
    assert answer.startswith(b"HTTP/1.1 400 ") and answer.count(b"HTTP/1.1 ") == 1
    assert b"Content-Type: application/problem+json" in answer and b"Connection: close" in answer
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "bad_request"
    assert server.seen == []


@pytest.mark.parametrize("content", BROKEN_BODY.values(), ids=BROKEN_BODY.keys())
def test_a_body_that_could_end_in_two_places_is_refused_and_the_connection_closed(server, content):
    answer = told(server.start(), CHUNKED + content + NEXT)
    assert answer.startswith(b"HTTP/1.1 400 ") and answer.count(b"HTTP/1.1 ") == 1
    assert json.loads(answer.partition(b"\r\n\r\n")[2])["code"] == "broken_body"
    assert b"Connection: close" in answer and server.seen == []


def test_an_address_without_an_end_is_a_problem_too(server):
    answer = told(server.start(), b"GET /" + b"a" * 9000 + b" HTTP/1.1\r\nHost: x\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 414 ") and b"address_too_long" in answer


def test_requests_that_follow_each_other_at_once_are_answered_in_order(server):
    first = POST + b"Content-Length: 2\r\n\r\nab"
    second = CHUNKED.replace(b"/x", b"/y") + b"2\r\ncd\r\n00A\r\nten bytes!\r\n0\r\n\r\n"
    last = b"GET /z?q=%2F HTTP/1.1\r\nhost: x\r\nConnection: close\r\n\r\n"
    answers = told(server.start(), first + second + last)
    assert answers.count(b"HTTP/1.1 200 ") == 3
    assert server.seen == [("/x", b"ab"), ("/y", b"cdten bytes!"), ("/z", b"")]


def test_an_old_client_gets_its_answer_and_the_end(server):
    with closing(connect(server.start())) as sock:
        sock.sendall(b"GET /x HTTP/1.0\r\n\r\n")
        answer = read_all(sock)
    assert answer.startswith(b"HTTP/1.1 200 ") and b"Transfer-Encoding" not in answer and b"still open" not in answer


def test_an_upgrade_is_not_heard(server):
    answer = told(server.start(), GET + b"Connection: Upgrade\r\nUpgrade: h2c\r\n\r\n")
    assert answer.startswith(b"HTTP/1.1 200 ")


def test_a_field_with_an_underscore_passes_for_no_other(server):
    seen = []
    server.start()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(protocol.Protocol, "_answer", lambda self, environ, start: seen.append(environ) or [])
        told(server, GET + b"X_Forwarded_For: 1.2.3.4\r\nX-Other: a\r\nX-Other: b\r\n\r\n")
    assert "HTTP_X_FORWARDED_FOR" not in seen[0] and seen[0]["HTTP_X_OTHER"] == "a,b"


@pytest.mark.parametrize("begun", [CHUNKED, CHUNKED + b"2;", CHUNKED + b"2\r\nab", CHUNKED + b"0\r\n", b"GET /", GET])
def test_a_line_without_an_end_takes_no_memory(server, begun):
    zeros, most = b"0" * 1_000_000, resident() + 20_000_000
    with closing(connect(server.start())) as sock, suppress(ConnectionError):
        sock.sendall(begun)
        for _ in range(60):
            sock.sendall(zeros)
            assert resident() < most
        sock.shutdown(socket.SHUT_WR)
        assert read_all(sock).startswith(b"HTTP/1.1 4")


def resident():
    """Bytes of memory that this process has."""
    with open("/proc/self/statm") as file:
        return int(file.read().split()[1]) * 4096


@pytest.mark.parametrize("drop", [b"G", b"a", b"A: b\r\n"], ids=["in the request", "in a field", "field by field"])
def test_who_sends_a_request_drop_by_drop_is_cut_off_in_time(server, monkeypatch, drop):
    monkeypatch.setattr(protocol, "HEADER_SECONDS", 0.3)
    with closing(connect(server.start())) as sock, eventlet.Timeout(5):
        sock.sendall(GET if drop != b"G" else b"G")
        with pytest.raises(ConnectionError):
            while True:
                eventlet.sleep(0.05)
                sock.sendall(drop)


def test_time_for_a_request_runs_from_its_first_byte(server, monkeypatch):
    monkeypatch.setattr(protocol, "HEADER_SECONDS", 0.2)
    with closing(connect(server.start())) as sock:
        for _ in range(2):
            eventlet.sleep(0.4)
            assert asked(sock).startswith(b"HTTP/1.1 200 ")


def test_a_connection_on_which_nothing_comes_is_closed(server, monkeypatch):
    monkeypatch.setattr(protocol, "IDLE_SECONDS", 0.2)
    with closing(connect(server.start())) as sock:
        assert read_all(sock) == b""


def test_slow_connections_from_one_address_keep_nobody_else_out(server, monkeypatch):
    monkeypatch.setattr(protocol, "CONNECTIONS", 40)
    server.start(of_one=30)
    with closing(connect(server, "127.0.0.1")) as other:
        assert asked(other).startswith(b"HTTP/1.1 200 ")
        slow = [connect(server, "127.0.0.2") for _ in range(60)]
        for sock in slow:
            asked_nothing(sock)
        assert asked(other).startswith(b"HTTP/1.1 200 ")
        for _ in range(3):
            with closing(connect(server, "127.0.0.3")) as newcomer:
                assert asked(newcomer).startswith(b"HTTP/1.1 200 ")
        wait_until(lambda: sum(map(is_open, slow)) == 30, "the longest waiting ones to be closed")
        assert not any(map(is_open, slow[:30]))
        for sock in slow:
            sock.close()


def asked_nothing(sock):
    """Half a request."""
    with suppress(ConnectionError):
        sock.sendall(b"GET /x HT")


def is_open(sock):
    """Whether the other side has not closed it."""
    sock.settimeout(0.01)
    try:
        return sock.recv(1) != b""
    except TimeoutError:
        return True
    except ConnectionError:
        return False


def test_when_all_places_are_taken_whoever_waits_longest_makes_room(server, monkeypatch):
    monkeypatch.setattr(protocol, "CONNECTIONS", 5)
    server.start()
    kept = [connect(server, f"127.0.0.{number}") for number in range(2, 7)]
    for sock in kept:
        assert asked(sock).startswith(b"HTTP/1.1 200 ")
    assert asked(kept[0]).startswith(b"HTTP/1.1 200 ")
    with closing(connect(server)) as newcomer:
        assert asked(newcomer).startswith(b"HTTP/1.1 200 ")
        assert [is_open(sock) for sock in kept] == [True, False, True, True, True]
    for sock in kept:
        sock.close()


def test_nobody_whose_request_is_in_hand_makes_room(server, monkeypatch):
    monkeypatch.setattr(protocol, "CONNECTIONS", 2)
    server.start(of_one=2)
    with closing(connect(server)) as first, closing(connect(server)) as second:
        for sock in (first, second):
            sock.sendall(POST + b"Content-Length: 2\r\n\r\n")
        eventlet.sleep(0.1)
        with closing(connect(server)) as third:
            assert asked(third) == b""
        for sock in (first, second):
            assert asked(sock, b"ab").startswith(b"HTTP/1.1 200 ")


# the reader by itself


class Source(io.RawIOBase):
    """A stream that gives bytes as slowly as `sizes` say, and counts those it gave."""

    def __init__(self, content, sizes=(8192,), endless=b""):
        self.content, self.sizes, self.endless, self.given = content, list(sizes), endless, 0

    def readable(self):
        return True

    def readinto(self, buffer):
        size = min(len(buffer), self.sizes[self.given % len(self.sizes)])
        piece = (self.content[self.given :] + self.endless * size)[:size]
        buffer[: len(piece)] = piece
        self.given += len(piece)
        return len(piece)


def read_once(content, **how):
    """(Head, body) of the first request in some bytes and what is left after it; raises Problem."""
    stream = io.BufferedReader(Source(content, **how))
    head = wire.head_of(stream.readline)
    return head, wire.Body(stream, head.length).read(), stream.read()


def outcome(content, **how):
    """What is read once, or the code of the Problem."""
    try:
        return read_once(content, **how)
    except Problem as problem:
        return problem.code


def by_h11(content):
    """The same as h11 reads it."""
    theirs, body = h11.Connection(h11.SERVER), b""
    theirs.receive_data(content)
    request = theirs.next_event()
    while isinstance(event := theirs.next_event(), h11.Data):
        body += bytes(event.data)
    assert isinstance(event, h11.EndOfMessage) and not event.headers
    return request, body, theirs.trailing_data[0]


starts = st.sampled_from([b"GET / HTTP/1.1\r\n", b"POST /x?y=%20 HTTP/1.1\r\n", b"HEAD /x HTTP/1.0\r\n"])
fields = st.sampled_from(
    [b"Accept: */*\r\n", b"X-A:\r\n", b"x-a:\tb \r\n", b"Expect: 100-continue\r\n", b"Cookie: \xe4\r\n"]
)
framed = st.sampled_from(
    [
        (b"", b""),
        (b"Content-Length: 2\r\n", b"ab"),
        (b"Content-Length: 0\r\n", b""),
        (b"Transfer-Encoding: chunked\r\n", b"2\r\nab\r\n00A\r\nten bytes!\r\n0\r\n\r\n"),
        (b"Transfer-Encoding: chunked\r\n", b"0\r\n\r\n"),
    ]
)
slips = st.sampled_from(
    [
        b"\n",
        b"\r",
        b"\r\n",
        b" ",
        b"\t",
        b"\0",
        b":",
        b"+",
        b"_",
        b"0",
        b"0x",
        b";",
        b",",
        b"%2f",
        b"\xff",
        b"a",
        b"\r\n ",
    ]
)


@st.composite
def almost_requests(draw):
    """A request and what follows it, often with a slip or two."""
    framing, body = draw(framed)
    sent = draw(starts) + b"Host: x\r\n" + b"".join(draw(st.lists(fields, max_size=3, unique=True))) + framing
    sent += b"\r\n" + body + draw(st.sampled_from([b"", NEXT, b"0"]))
    for slip in draw(st.lists(slips, max_size=2)):
        place = draw(st.integers(0, len(sent)))
        sent = sent[:place] + slip + sent[place + draw(st.integers(0, 3)) :]
    return sent


anything = st.one_of(st.binary(max_size=300), almost_requests())


@pytest.mark.costly
@settings(max_examples=1500, deadline=None)
@given(anything)
def test_whatever_comes_is_refused_or_is_what_h11_reads(content):
    if (once := outcome(content)) in ("bad_request", "broken_body"):
        return
    head, body, rest = once
    request, theirs, left = by_h11(content)
    assert request.method.decode() == head.method
    assert request.target.decode().partition("?")[::2] == (head.path, head.query)
    assert {name.decode() for name, _ in request.headers} == head.fields.keys()
    assert (body, rest) == (theirs, left)
    assert head.length in (None, len(body))


@settings(max_examples=500, deadline=None)
@given(anything, st.lists(st.integers(1, 9), min_size=1, max_size=5))
def test_it_makes_no_difference_in_which_pieces_it_comes(content, sizes):
    assert outcome(content) == outcome(content, sizes=sizes)


@settings(max_examples=500, deadline=None)
@given(anything, st.sampled_from([b"0", b"a", b" ", b"\r\n", b"A: b\r\n", b";"]))
def test_however_much_comes_the_reading_of_a_head_ends(content, endless):
    source = Source(content, endless=endless)
    with suppress(Problem):
        wire.head_of(io.BufferedReader(source).readline)
    assert source.given <= wire.LINE_BYTES + wire.HEAD_BYTES + 2 * io.DEFAULT_BUFFER_SIZE
