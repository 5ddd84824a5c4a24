"""/livez, /readyz and /metrics on a server of its own, which no busy worker can starve."""

import json
import time

import eventlet
from nameko.extensions import SharedExtension
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from werkzeug.wrappers import Request, Response

from chassis.core import metrics, protocol

BEAT_SECONDS = 0.5


class Health(SharedExtension):
    """What the cluster asks about this process.

    An extension that can be unready says so once, in `setup`: `self.health.needs("inbox", lambda: self.ready)`.
    Whoever begins to stop sets `stopping`, before anything else happens.
    """

    def __init__(self):
        self.conditions = {}
        self.stopping = False
        self.port = None
        self._threads = []

    def needs(self, name, condition):
        """Be ready only while `condition()` is true."""
        self.conditions[name] = condition

    def start(self):
        if not self._threads:
            sock = protocol.listen(self.container.config["HEALTH_ADDRESS"])
            self.port = sock.getsockname()[1]
            self._threads = [
                self.container.spawn_managed_thread(lambda: protocol.serve(sock, self.answer), "health"),
                self.container.spawn_managed_thread(self._listen_to_the_hub, "hub lag"),
            ]

    def stop(self):
        for thread in self._threads:
            thread.kill()

    def answer(self, environ, start_response):
        """The WSGI application."""
        pages = {"/livez": self._live, "/readyz": self._ready, "/metrics": self._metrics}
        page = pages.get(Request(environ).path, lambda: Response(status=404))
        return page()(environ, start_response)

    def _live(self):
        return Response("ok\n")

    def _ready(self):
        state = {name: bool(condition()) for name, condition in self.conditions.items()}
        state["running"] = not self.stopping
        return Response(json.dumps(state), 200 if all(state.values()) else 503, mimetype="application/json")

    def _metrics(self):
        return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)

    def _listen_to_the_hub(self):
        while True:
            asleep = time.monotonic()
            eventlet.sleep(BEAT_SECONDS)
            metrics.hub_lag(self.container.service_name, time.monotonic() - asleep - BEAT_SECONDS)
