"""A mailbox of somebody else: POP3 over TLS (RFC 1939) on loopback, one session at a time."""

import socketserver
import ssl
import threading
from contextlib import contextmanager

import trustme

HERE, USER, PASSWORD = "127.0.0.1", "office@example.cn", "sample-word"


class Session(socketserver.StreamRequestHandler):
    """One client; deletions count when it says QUIT and hears the answer."""

    def handle(self):
        box = self.server
        self.gone, self.listed = set(), list(box.mails.items())
        self.say("+OK")
        while line := self.rfile.readline().decode():
            word, *rest = line.split()
            if word == "QUIT" and box.hangs_up:
                return
            getattr(self, word.lower())(*rest)
            if word == "QUIT":
                return

    def say(self, *lines):
        self.wfile.write(b"".join(line.encode("latin-1") + b"\r\n" for line in lines))

    def user(self, name):
        self.name = name
        self.say("+OK")

    def pass_(self, word):
        self.say("+OK" if (self.name, word) == (USER, PASSWORD) else "-ERR")

    def uidl(self):
        self.say("+OK", *(f"{number} {uid}" for number, (uid, _) in enumerate(self.listed, 1)), ".")

    def list(self):
        self.say("+OK", *(f"{number} {len(raw)}" for number, (_, raw) in enumerate(self.listed, 1)), ".")

    def retr(self, number):
        lines = self.raw(number).decode("latin-1").split("\r\n")
        self.say("+OK", *(f".{line}" if line.startswith(".") else line for line in lines), ".")

    def dele(self, number):
        self.gone.add(self.listed[int(number) - 1][0])
        self.say("+OK")

    def quit(self):
        for uid in self.gone:
            del self.server.mails[uid]
        self.say("+OK")

    def raw(self, number):
        return self.listed[int(number) - 1][1]

    def __getattr__(self, name):
        if name == "pass":
            return self.pass_
        raise AttributeError(name)


class Server(socketserver.ThreadingTCPServer):
    """`mails` are bytes by their lasting id; it `hangs_up` instead of answering QUIT."""

    daemon_threads = True

    def __init__(self, context):
        super().__init__((HERE, 0), Session)
        self.context, self.mails, self.hangs_up = context, {}, False

    def get_request(self):
        connection, address = super().get_request()
        return self.context.wrap_socket(connection, server_side=True), address

    @property
    def uri(self):
        return f"pops://{USER.replace('@', '%40')}:{PASSWORD}@{HERE}:{self.server_address[1]}/510183"


@contextmanager
def mailbox(folder):
    """A running Server; `ca.crt` in the folder is its authority."""
    authority, context = trustme.CA(), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.cert_pem.write_to_path(folder / "ca.crt")
    authority.issue_cert(HERE).configure_cert(context)
    with Server(context) as server:
        running = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
        running.start()
        try:
            yield server
        finally:
            server.shutdown()
            running.join()
