"""Connections under `eventlet.wsgi`: slow, broken and vanishing clients cost little and harm nobody.

Requests are read by `chassis.core.wire`; eventlet accepts connections and writes answers, and parses nothing.
"""

import errno
import socket
import time
from contextlib import suppress
from urllib.parse import unquote_to_bytes

import eventlet
import structlog
from eventlet import Timeout, greenio, wsgi
from nameko.web.server import HttpOnlyProtocol, parse_address

from chassis.core import problems, wire

CONNECTIONS, OF_ONE_ADDRESS = 1000, 100
IDLE_SECONDS = 75
SOCKET_SECONDS = 30
HEADER_SECONDS = 10
LINGER_SECONDS = 2
PAUSE_SECONDS = 0.1
CONTINUE = b"HTTP/1.1 100 Continue\r\n\r\n"
REFUSED = {"Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Connection": "close"}
PEER, SOCKET, STATE, SINCE = range(4)  # of a connection as eventlet keeps it, and since when it waits for a request
OF_CONTENT = {"content-type": "CONTENT_TYPE", "content-length": "CONTENT_LENGTH"}

log = structlog.get_logger()


class Protocol(HttpOnlyProtocol):
    """HTTP/1.1 on one connection. The application finds it in the environ as `chassis.connection`."""

    lingers = False

    def handle(self):
        with suppress(OSError, Timeout, ValueError):  # the last: TLS on a connection that had to make room
            super().handle()

    def handle_one_request(self):
        """Answer the next request, if one comes; the connection goes on only once its body was read to the end."""
        self.close_connection, self.conn_state[SINCE] = True, time.monotonic()
        if self._comes():
            try:
                with Timeout(HEADER_SECONDS):
                    self._take(wire.head_of(self.rfile.readline))
            except problems.Problem as problem:
                return self._refuse(problem)
            self.handle_one_response()

    def _comes(self):
        """Wait for the first byte, the handshake of TLS included."""
        self.connection.settimeout(None)
        with Timeout(IDLE_SECONDS):
            comes = self.rfile.peek(1)
        self.connection.settimeout(SOCKET_SECONDS)
        self.conn_state[STATE] = wsgi.STATE_REQUEST
        return comes

    def _take(self, head):
        """Lay a request out as `handle_one_response` wants it."""
        self.conn_state[SINCE] = None
        self.command, self.request_version, self.headers = head.method, f"HTTP/1.{head.minor}", {}
        self.close_connection = head.last
        self.body = wire.Body(self.rfile, head.length, self._invite if head.expects else None)
        self.environ, self.application = self._environ(head), self._answer

    def _environ(self, head):
        host, port, *_ = self.server.address
        fields = {OF_CONTENT.get(name, _of_field(name)): value for name, value in head.fields.items()}
        return {
            **self.server.get_environ(),
            **{name: value for name, value in fields.items() if name},
            "REQUEST_METHOD": head.method,
            "SCRIPT_NAME": "",
            "PATH_INFO": unquote_to_bytes(head.path).decode("latin-1"),
            "QUERY_STRING": head.query,
            "SERVER_PROTOCOL": self.request_version,
            "SERVER_NAME": host,
            "SERVER_PORT": str(port),
            "REMOTE_ADDR": self.conn_state[PEER][0],
            "wsgi.input": self.body,
            "eventlet.input": Taken(),
            "eventlet.posthooks": [],
            "chassis.connection": self,
        }

    def _invite(self):
        self.wfile.write(CONTINUE)
        self.wfile.flush()

    def _answer(self, environ, start_response):
        answer = self.server.app(environ, start_response)
        if not self.body.done:
            self.close_after()
            self.lingers = True
        return answer

    def _refuse(self, problem):
        answer = problems.answer(problem)
        answer.headers.update(REFUSED)
        self.wfile.write(f"HTTP/1.1 {answer.status}\r\n{answer.headers}".encode() + answer.get_data())
        self.wfile.flush()
        self.lingers = True

    def close_after(self):
        """Close after the answer in hand."""
        self.close_connection = True

    def finish(self):
        if self.lingers:
            self._linger()
        with suppress(OSError):
            super().finish()
        self.rfile.close()

    def _linger(self):
        """Let the client finish sending for a moment, so that it reads the answer and not a reset."""
        with suppress(OSError), Timeout(LINGER_SECONDS, False):
            self.connection.shutdown(socket.SHUT_WR)
            while self.connection.recv(65536):
                eventlet.sleep()


class Taken:
    """What eventlet sees of a body: nothing, so that it neither asks for it nor reads it."""

    headers_sent = None
    should_send_hundred_continue = chunked_input = False
    position = content_length = 0


def _of_field(name):
    """The WSGI name of a header field; none with an underscore, which would pass for another one's hyphen."""
    return None if "_" in name else f"HTTP_{name.upper().replace('-', '_')}"


def listen(address, tls=None):
    """A listening socket on `host:port`, its connections in an SSLContext; raises OSError when the port is taken."""
    return Listener(eventlet.listen(parse_address(address), backlog=512, reuse_port=False), tls)


class Listener:
    """A listening socket that goes on after a connection that broke at once, or while no file is left for a new one."""

    def __init__(self, sock, tls=None):
        self.sock, self.tls = sock, tls

    def __getattr__(self, name):
        return getattr(self.sock, name)

    def accept(self):
        while True:
            try:
                connection, address = self.sock.accept()
                return self._wrapped(connection), address
            except OSError as error:
                log.warning("accept_failed", error=errno.errorcode.get(error.errno or 0))
                eventlet.sleep(PAUSE_SECONDS)

    def _wrapped(self, connection):
        """The handshake comes with the first read, in the connection's own thread: a slow client delays nobody."""
        if self.tls is None:
            return connection
        return self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)


class Connections(eventlet.GreenPool):
    """At most CONNECTIONS at once, and so many `of_one` address.

    When there are more, whoever has waited longest without a whole request makes room: of the same address, or of all.
    """

    def __init__(self, of_one):
        super().__init__(CONNECTIONS)
        self.of_one, self.open = of_one, {}

    def spawn(self, serve, connection):
        """Serve a connection in a thread of its own; eventlet closes the socket when the thread ends."""
        connection.append(time.monotonic())
        of_one = [other for other in self.open.values() if other[PEER][0] == connection[PEER][0]]
        if len(of_one) >= self.of_one and not self._make_room(of_one):
            return eventlet.spawn(lambda: None)
        if len(self.open) >= CONNECTIONS:
            self._make_room(self.open.values())
        self.open[id(connection)] = connection
        return super().spawn(self._served, serve, connection)

    def _served(self, serve, connection):
        try:
            serve(connection)
        finally:
            self.open.pop(id(connection), None)

    def _make_room(self, crowd):
        """Close the longest waiting one; False when none waits."""
        if waiting := [one for one in crowd if one[SINCE]]:
            longest = min(waiting, key=lambda one: one[SINCE])
            del self.open[id(longest)]
            greenio.shutdown_safe(longest[SOCKET])
        return bool(waiting)


def serve(sock, application, of_one=CONNECTIONS):
    """Serve until killed, so many connections `of_one` address; then close idle ones, finish requests and return."""
    wsgi.server(
        sock,
        application,
        protocol=Protocol,
        custom_pool=Connections(of_one),
        socket_timeout=SOCKET_SECONDS,
        log_output=False,
        debug=False,
    )
