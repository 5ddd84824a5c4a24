"""The wire under `eventlet.wsgi`: slow, broken and vanishing clients cost little and harm nobody."""

import errno
import socket
from contextlib import suppress

import eventlet
import structlog
from eventlet import Timeout, wsgi
from nameko.web.server import HttpOnlyProtocol, parse_address

from chassis import problems

CONNECTIONS = 1000
IDLE_SECONDS = 75
SOCKET_SECONDS = 30
HEADER_SECONDS = 10
LINGER_SECONDS = 2
PAUSE_SECONDS = 0.1

log = structlog.get_logger()


class Protocol(HttpOnlyProtocol):
    """HTTP/1.1 on one connection. The application finds it in the environ as `chassis.connection`."""

    error_content_type = problems.CONTENT_TYPE
    error_message_format = problems.answer(problems.Problem("bad_request")).get_data(as_text=True)
    hurried = False

    def handle(self):
        with suppress(OSError, Timeout):
            super().handle()

    def parse_request(self):
        with Timeout(HEADER_SECONDS):
            return super().parse_request()

    def get_environ(self):
        return super().get_environ() | {"chassis.connection": self}

    def hang_up(self, unread=False):
        """Close after the answer in hand; `unread` says that a body is still coming, which nobody will read."""
        self.close_connection, self.hurried = 1, unread

    def finish(self):
        if self.hurried:
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

    def log_message(self, *_):
        """Nothing: a request line may hold what does not belong in logs."""


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
                log.warning("accept_failed", error=errno.errorcode.get(error.errno))
                eventlet.sleep(PAUSE_SECONDS)

    def _wrapped(self, connection):
        """The handshake comes with the first read, in the connection's own thread: a slow client delays nobody."""
        if self.tls is None:
            return connection
        return self.tls.wrap_socket(connection, server_side=True, do_handshake_on_connect=False)


def serve(sock, application):
    """Serve until killed; then close idle connections, finish the requests in hand and return."""
    wsgi.server(
        sock,
        application,
        protocol=Protocol,
        custom_pool=eventlet.GreenPool(CONNECTIONS),
        keepalive=IDLE_SECONDS,
        socket_timeout=SOCKET_SECONDS,
        log_output=False,
        debug=False,
    )
