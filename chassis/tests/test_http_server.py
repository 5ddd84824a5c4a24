"""The servers under bad clients, while stopping, and without their database."""

import errno
import json
import socket
from contextlib import closing

import eventlet
import pytest
from pymongo.errors import OperationFailure, ServerSelectionTimeoutError

from chassis.core import protocol
from chassis.core.glue import has_died
from chassis.core.health import Health
from chassis.testing import wait_until
from chassis.tests.example import SECRET, ExampleService, Notes, SlowService, health, port_of, problem, read_all
from chassis.web.server import PublicServer

HEAD = b"POST /v1/notes HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\n"


@pytest.fixture
def example(running):
    return running(ExampleService)


@pytest.fixture
def wire(example):
    """`wire(bytes)`: what a raw connection to the public port answers until it is closed or silent for a second."""

    def send(content, patience=1):
        with closing(socket.create_connection(("127.0.0.1", port_of(example.http)))) as sock:
            sock.sendall(content)
            sock.settimeout(patience)
            return read_all(sock)

    return send


def test_what_is_no_request_is_a_problem_too(wire):
    for nonsense in (b"NONSENSE\r\n\r\n", b"GET / HTTP/1.1\r\n" + b"X: y\r\n" * 200 + b"\r\n"):
        answer = wire(nonsense)
        assert json.loads(answer.rpartition(b"\n")[2])["code"] == "bad_request"
    assert b"application/problem+json" in answer


def test_an_unknown_transfer_encoding_is_refused_and_the_connection_closed(wire, person, example):
    token = example.county.token(person()).encode()
    smuggled = b"GET /livez HTTP/1.1\r\nHost: x\r\n\r\n"
    sent = HEAD + b"Authorization: Bearer " + token + b"\r\nTransfer-Encoding: gzip\r\n\r\n" + smuggled
    answer = wire(sent, patience=5)
    assert answer.startswith(b"HTTP/1.1 400") and b"bad_request" in answer
    assert answer.count(b"HTTP/1.1") == 1 and b"still open" not in answer


@pytest.mark.parametrize("rest", [b"Content-Length: 50\r\n\r\n{", b"Transfer-Encoding: chunked\r\n\r\n5\r\n{",
                                  b"Transfer-Encoding: chunked\r\n\r\nzz\r\n"])  # fmt: skip
def test_a_client_that_leaves_in_the_middle_harms_nobody(example, person, rest):
    token = example.county.token(person()).encode()
    sock = socket.create_connection(("127.0.0.1", port_of(example.http)))
    sock.sendall(HEAD + b"Authorization: Bearer " + token + b"\r\n" + rest)
    sock.shutdown(socket.SHUT_WR)
    assert b"broken_body" in read_all(sock)
    sock.close()
    assert example.http.get("/v1/notes/1").status_code == 200


def test_a_client_that_is_gone_before_the_answer_harms_nobody(running):
    slow = running(SlowService)
    for _ in range(3):
        sock = socket.create_connection(("127.0.0.1", port_of(slow.http)))
        sock.sendall(b"GET /v1/slow HTTP/1.1\r\nHost: x\r\n\r\n")
        eventlet.sleep(0.05)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
        sock.close()
    eventlet.sleep(0.8)
    assert slow.http.get("/v1/slow").status_code == 204
    assert not has_died(slow.container)


def test_who_sends_a_body_too_slowly_is_told_so(wire, example, person, monkeypatch):
    monkeypatch.setattr("chassis.web.parsing.BODY_SECONDS", 0.2)
    token = example.county.token(person()).encode()
    answer = wire(HEAD + b"Authorization: Bearer " + token + b"\r\nContent-Length: 50\r\n\r\n{", patience=5)
    assert answer.startswith(b"HTTP/1.1 408") and b"too_slow" in answer


def test_who_falls_silent_in_a_body_is_told_so(running, person, monkeypatch):
    monkeypatch.setattr(protocol, "SOCKET_SECONDS", 0.2)
    example = running(ExampleService)
    token = example.county.token(person()).encode()
    with closing(socket.create_connection(("127.0.0.1", port_of(example.http)))) as sock:
        sock.sendall(HEAD + b"Authorization: Bearer " + token + b"\r\nContent-Length: 50\r\n\r\n{")
        sock.settimeout(5)
        assert b"too_slow" in read_all(sock)


def test_who_never_finishes_the_headers_is_cut_off(wire, monkeypatch):
    monkeypatch.setattr(protocol, "HEADER_SECONDS", 0.2)
    assert b"still open" not in wire(HEAD, patience=3)


def test_a_service_gives_one_address_so_many_places_unless_its_own_proxy_stands_before_it(running, monkeypatch):
    monkeypatch.setattr(protocol, "OF_ONE_ADDRESS", 5)
    for proxies, left in ((0, 5), (1, 8)):
        example = running(ExampleService, PROXIES=proxies)
        slow = [socket.create_connection(("127.0.0.1", port_of(example.http))) for _ in range(8)]
        for sock in slow:
            sock.settimeout(0.2)
        wait_until(
            lambda slow=slow, left=left: [read_all(sock) for sock in slow].count(b"(still open)") == left, "room"
        )
        for sock in slow:
            sock.close()


def test_a_body_nobody_reads_ends_the_connection(wire):
    answer = wire(HEAD + b"Content-Length: 5000000\r\n\r\n{", patience=protocol.LINGER_SECONDS + 2)
    assert answer.startswith(b"HTTP/1.1 401")
    assert b"Connection: close" in answer and b"still open" not in answer


def test_who_waits_for_100_continue_gets_it_or_the_refusal(wire, example, person):
    token = example.county.token(person()).encode()
    expecting = HEAD + b"Expect: 100-continue\r\nContent-Length: 12\r\n"
    assert wire(expecting + b"\r\n", patience=5).startswith(b"HTTP/1.1 401")
    answer = wire(expecting + b"Authorization: Bearer " + token + b'\r\n\r\n{"text":"a"}')
    assert answer.startswith(b"HTTP/1.1 100") and b"HTTP/1.1 201" in answer


def test_a_stop_finishes_requests_in_hand_and_takes_no_new_ones(running):
    slow = running(SlowService)
    wait_until(lambda: health(slow.container, "/readyz").status_code == 200, "readiness")
    idle = socket.create_connection(("127.0.0.1", port_of(slow.http)))
    idle.sendall(b"GET /openapi.json HTTP/1.1\r\nHost: x\r\n\r\n")
    idle.recv(100)
    busy = eventlet.spawn(slow.http.get, "/v1/slow")
    eventlet.sleep(0.1)
    stopping = eventlet.spawn(slow.stop)
    eventlet.sleep(0.1)
    unready = health(slow.container, "/readyz")
    assert unready.status_code == 503 and unready.json()["running"] is False
    assert health(slow.container, "/livez").status_code == 200
    idle.settimeout(1)
    assert b"still open" not in read_all(idle)
    idle.close()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", port_of(slow.http)))
    answer = busy.wait()
    assert (answer.status_code, answer.headers["Connection"]) == (204, "close")
    stopping.wait()


def test_a_stop_before_the_start_is_no_error():
    server = PublicServer()
    server.health = Health()
    server.drain()
    assert server.health.stopping


def test_a_connection_that_cannot_be_accepted_does_not_end_the_server(lines):
    class Full:
        failures = [OSError(errno.EMFILE, "x"), OSError(errno.ECONNABORTED, "x")]

        def accept(self):
            if self.failures:
                raise self.failures.pop(0)
            return "a connection", "an address"

    assert protocol.Listener(Full()).accept() == ("a connection", "an address")
    assert [line["error"] for line in lines()] == ["EMFILE", "ECONNABORTED"]


def test_a_taken_port_fails_the_start(running, county):
    example = running(ExampleService)
    address = f"127.0.0.1:{port_of(example.http)}"
    with pytest.raises(OSError, match="in use"):
        protocol.listen(address)


def test_the_database_away_is_503_and_no_secret(example, monkeypatch):
    def fail(error):
        monkeypatch.setattr(Notes, "row", lambda self, key: (_ for _ in ()).throw(error))
        return example.http.get("/v1/notes/1")

    problem(fail(ServerSelectionTimeoutError(SECRET)), 503, "unavailable")
    problem(fail(OperationFailure(SECRET)), 500, "internal_error")
