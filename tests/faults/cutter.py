"""A TCP proxy on loopback that cuts connections in the middle of a frame."""

import socket
from contextlib import suppress
from itertools import cycle

import eventlet

SHORT = 40  # bytes: heartbeats and acknowledgements pass


class Cutter:
    """Listens on `address` for connections to one of the `targets` (`host:port`), each in its turn."""

    def __init__(self, *targets):
        self.targets, self.cuts, self.due, self.open = cycle(targets), 0, 0, []
        self.address = "127.0.0.1:0"
        self.mend()

    def cut(self):
        """Pass on only half of the next piece that anybody sends, and cut that connection."""
        self.due += 1

    def close(self):
        """Stop listening."""
        self.server.kill()
        self.listener.close()

    def down(self):
        """Nobody connects, and who was connected is cut off, until `mend`."""
        self.close()
        while self.open:
            with suppress(OSError):
                self.open.pop().shutdown(socket.SHUT_RDWR)

    def mend(self):
        """Listen, again on the same address."""
        self.listener = eventlet.listen(("127.0.0.1", int(self.address.rpartition(":")[2])))
        self.address = f"127.0.0.1:{self.listener.getsockname()[1]}"
        self.server = eventlet.spawn(self._serve)

    def _serve(self):
        while True:
            client, _ = self.listener.accept()
            eventlet.spawn(self._connect, client)

    def _connect(self, client):
        host, _, port = next(self.targets).rpartition(":")
        try:
            server = eventlet.connect((host, int(port)))
        except OSError:
            client.close()
            return
        self.open += [client, server]
        for one, other in ((client, server), (server, client)):
            eventlet.spawn(self._pass_on, one, other)

    def _pass_on(self, source, sink):
        with suppress(OSError):
            while piece := source.recv(65536):
                if self.due and len(piece) > SHORT:
                    sink.sendall(piece[: len(piece) // 2])
                    self.due, self.cuts = self.due - 1, self.cuts + 1
                    break
                sink.sendall(piece)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
        source.close()
