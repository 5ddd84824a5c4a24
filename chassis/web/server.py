"""The two HTTP servers of a service: for people, and for other services on a port of its own."""

import time
from collections.abc import Mapping
from contextlib import suppress
from functools import partial
from typing import Any

import structlog
from eventlet import Timeout
from greenlet import GreenletExit
from nameko.web.server import WebServer
from werkzeug import wrappers
from werkzeug.exceptions import HTTPException
from werkzeug.routing import Map

from chassis.auth import tokens
from chassis.core import context, cors, metrics, problems, protocol, tls
from chassis.core.glue import Rule
from chassis.core.health import Health
from chassis.privacy.denials import Refusals
from chassis.web import openapi, parsing

DRAIN_SECONDS = 25
SAFE = {
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
HSTS = {"Strict-Transport-Security": "max-age=31536000; includeSubDomains"}

log = structlog.get_logger()


class Request(wrappers.Request):
    """A request, with what is found out about it on its way.

    `template` is its route, `person` and `network` who is known to ask and from where, `asker` whom its body counts
    for, `held` how many bytes of that are in memory; one that is not `named` leaves no trace.
    """

    template: str | None = None
    person: str | None = None
    network: str | None = None
    asker: str | None = None
    held: int = 0
    named: bool = True
    path_values: Mapping[str, str]


class PublicServer(WebServer):
    """Serves the `@http` routes on HTTP_ADDRESS, and their description at /openapi.json."""

    health = Health()
    refusals = Refusals()
    setting = "HTTP_ADDRESS"
    clients_only = False

    def __init__(self):
        super().__init__()
        self.port, self.tls = 0, None
        self.thread: Any = None  # eventlet's
        self.listener: Any = None
        self.draining = False

    @property
    def origins(self):
        """Origins whose pages may ask."""
        return self.container.config.get("CORS_ORIGINS", [])

    @property
    def of_one_address(self):
        """Connections that one address may have; behind a proxy of our own all come from the proxy."""
        return protocol.CONNECTIONS if self.container.config.get("PROXIES") else protocol.OF_ONE_ADDRESS

    def setup(self):
        self.health.needs(self.setting, lambda: self.port)

    def start(self):
        if self.thread is None:
            self.tls = tls.server_context(self.container.config, self.clients_only)
            self.listener = protocol.listen(self.container.config[self.setting], self.tls)
            serve = partial(protocol.serve, self.listener, Application(self), self.of_one_address)
            self.thread = self.container.spawn_managed_thread(serve, self.setting)
            self.port = self.listener.getsockname()[1]

    def admit(self, request):
        """Anybody may read the description."""

    def refused(self, request, status):
        """Keep a trace of who was told no."""
        self.refusals.note(request.person, request.network, status)

    def drain(self):
        """Say that we are not ready, take no new connection, close the idle ones, finish the requests in hand."""
        self.health.stopping = True
        if self.thread is None:
            return
        if not self.draining:
            self.draining = True
            self.thread.kill()
            self.listener.close()
        with suppress(GreenletExit), Timeout(DRAIN_SECONDS, False):
            self.thread.wait()

    def stop(self):
        """Nothing left to do: its routes have drained it."""

    def make_url_map(self):
        description = openapi.Description(self.container, self._providers, self.admit)
        described = Rule(description.url, methods=["GET"], endpoint=description)
        return Map([described, *(route.get_url_rule() for route in self._providers)], merge_slashes=False)


class InternalServer(PublicServer):
    """Serves the `@internal` routes on INTERNAL_ADDRESS."""

    setting = "INTERNAL_ADDRESS"
    clients_only = True
    of_one_address = protocol.CONNECTIONS

    @property
    def origins(self):
        """No page of any origin."""
        return []

    def admit(self, request):
        """The service that asks; raises Problem."""
        return tokens.of(self.container).verify(tokens.bearer(request.headers.get("Authorization")))

    def refused(self, request, status):
        """Services are not watched."""


class Application:
    """The WSGI application of a server: finds the route, and answers whatever happens."""

    def __init__(self, server):
        self.server, self.routes = server, server.make_url_map().bind("")

    def __call__(self, environ, start_response):
        started = time.perf_counter()
        request = Request(environ)
        handle = self._found(request)
        with context.following(context.begin(request.named and request.headers.get("traceparent"))) as trail:
            response = self._answer(request, handle)
            if request.named:
                self._note(request, response.status_code, time.perf_counter() - started)
        self.server.refused(request, response.status_code)
        response.headers.setdefault("Cache-Control", "no-store")
        response.headers.update(SAFE | (HSTS if self.server.tls else {}) | cors.headers(request, self.server.origins))
        response.headers["X-Request-Id"] = trail.correlationid
        response.headers["traceparent"] = trail.traceparent
        if self.server.draining:
            environ["chassis.connection"].close_after()
        return response(environ, start_response)

    def _found(self, request):
        """What answers a request. A browser's question before one is not `named`, as it would tell of what follows."""
        if answer := cors.preflight(request, self.server.origins):
            request.named = False
            return lambda _: answer
        try:
            route, request.path_values = self.routes.match(request.path, request.method)
        except HTTPException as error:
            return partial(_raised, error)
        request.template, request.named = route.url, route.named
        return route.handle_request

    def _answer(self, request, handle):
        try:
            return handle(request)
        except Exception as error:
            return problems.answer(error)
        finally:
            parsing.give_back(request)

    def _note(self, request, status, seconds):
        method, route = (request.method, request.template) if request.template else ("", "")
        metrics.request(self.server.container.service_name, method, route, status, seconds)
        about = {"method": method, "route": route, "status": status, "ms": round(seconds * 1000)}
        log.info("request", **about)


def _raised(error, request):
    raise error
