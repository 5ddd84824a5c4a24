"""A peer: somebody else's system as a small real HTTP server in a process of its own, told by HTTP how to behave."""

import json
import subprocess
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import requests


class Peer:
    """Runs `python -m MODULE ARGS` for a block; `url` is where it listens."""

    module = ""

    def __init__(self, *args):
        self.args = [str(arg) for arg in args]

    def __enter__(self):
        command = [sys.executable, "-m", self.module, *self.args]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.url = self.process.stdout.readline().strip()
        return self

    def __exit__(self, *_):
        self.process.kill()
        self.process.wait()
        self.process.stdout.close()

    def control(self, **settings):
        """Change how it behaves; returns all that it knows."""
        return requests.put(f"{self.url}/control", json=settings, timeout=5).json()


class Handler(BaseHTTPRequestHandler):
    """JSON in and out; keep-alive."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log_message(self, *_):
        """Say nothing."""

    def body(self):
        """The bytes of the request."""
        return self.rfile.read(int(self.headers.get("Content-Length", 0)))

    def answer(self, status, content=None):
        """Send a JSON answer, or an empty one."""
        data = b"" if content is None else json.dumps(content, ensure_ascii=False).encode()
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)


def serve(handler):
    """Listen on a free port of the loopback, print the URL, never return."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    sys.stdout.write(f"http://127.0.0.1:{server.server_port}\n")
    sys.stdout.flush()
    server.serve_forever()
