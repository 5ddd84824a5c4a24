"""`@http` and `@internal`: how people and other services ask.

Each request goes the same way: who asks → size and type → parse → the body, in the worker pool → dump.
"""

import json
import re
from collections.abc import Callable, Collection
from contextvars import copy_context
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from typing import Any, overload

from eventlet import Timeout
from marshmallow import Schema
from nameko.web.handlers import HttpRequestHandler
from werkzeug.wrappers import Response

from chassis.auth import tokens
from chassis.auth.people import People, Person
from chassis.core import problems
from chassis.core.glue import Rule, instance, worker
from chassis.core.group import holder
from chassis.core.problems import Problem
from chassis.domain import now
from chassis.schemas import Body
from chassis.web import limits, parsing
from chassis.web.decoding import Decoding
from chassis.web.idempotency import Idempotency, key_of
from chassis.web.server import InternalServer, PublicServer, Request

ANYONE, SIGNED_IN = "anyone", "signed in"
MB = 1024 * 1024
JSON_LIMIT = 64 * 1024
Described = Schema | type[Schema] | None


@dataclass
class Call:
    """One request, as a handler sees it: `body` and `query` as loaded by their schemas, `raw` an upload's bytes.

    `person` is who asks, None for ANYONE; `caller` is the service that asks, None for people; `key` is the
    Idempotency-Key of a POST that has one; `decoded` is what a route's `decode` made of `raw`.
    """

    at: datetime
    body: dict[str, Any]
    query: dict[str, Any]
    raw: bytes = field(repr=False)
    request: Request = field(repr=False)
    person: Person | None = None
    caller: str | None = None
    decoded: Any = field(default=None, repr=False)
    key: str | None = field(default=None, repr=False)
    derive: Callable[[str, int], str] | None = field(default=None, repr=False)
    secrets: dict[str, int] = field(default_factory=dict, repr=False)

    def secret(self, name: str, digits: int) -> str | None:
        """So many digits for the answer's field of this name (a schemas.Secret); None without a key.

        They are kept nowhere; whoever repeats the command with its key is given the same.
        """
        if self.derive is None:
            return None
        self.secrets[name] = digits
        return self.derive(name, digits)


class Http(HttpRequestHandler):
    """A route for people.

    `body`, `query` and `returns` are marshmallow schemas; `returns=None` answers 204, and with
    `media="image/jpeg"` the handler's own Response is of that type. `roles` is ANYONE, SIGNED_IN or
    the roles of which one is needed. `upload="image/*"` takes such bytes instead of JSON. `limit` is in bytes.
    `decode(raw, mimetype)` makes `call.decoded` of an upload before a worker is taken, in turn (`web.decoding`).
    `named=False` is for routes where somebody may ask to stay unknown: no line in the log, no metric, no trace of a
    refusal, and no trail that the client brings; `watched=True` keeps strangers' refusals there all the same.
    `acting` is the act for which somebody else may ask in the person's place (代办); by default nobody may.
    `fresh=True` wants a token that a code sent a moment ago was given for: what it does outlives the session.
    `rate` is how often one person, or for ANYONE one network, may ask: "10/min", or "10/min 40/day" for both at once.
    `before` names a method that is asked before a byte of the body is read: it gets the Call, without body and raw, and
    raises Problem or Refusal. It runs in the connection's thread and does no work in the database.
    A method other than GET runs as one command: one unit of work, again on a clash, once per Idempotency-Key.
    A repeat is answered by the route that shows the same (`again`, the name of its method), asked as of now; without
    one by the ids that were kept of the answer. `kept=False` keeps nothing: a repeat runs again.
    """

    server = PublicServer()
    people = People()
    decoding = Decoding()
    idempotency = Idempotency()
    about = ""  # what it does in a sentence, where routes are listed

    def __init__(
        self,
        method: str,
        url: str,
        body: Described = None,
        query: Described = None,
        returns: Described = None,
        media: str | None = None,
        status: int | None = None,
        upload: str | None = None,
        decode: Callable[[bytes, str], Any] | None = None,
        limit: int = JSON_LIMIT,
        again: str | None = None,
        kept: bool = True,
        **who: Any,
    ) -> None:
        super().__init__(method, url)
        self.body, self.query, self.returns = _schema(body or Body), _schema(query or Body), _schema(returns)
        self.media, self.status = media, status or (200 if returns or media else 204)
        self.upload, self.decode, self.limit = upload, decode, limit
        self.again, self.kept = again, kept
        self.admits(**who)

    def admits(
        self, roles: str | Collection[str] = SIGNED_IN, named: bool = True, watched: bool | None = None,
        rate: str | None = None, acting: str | None = None, before: str | None = None, fresh: bool = False,
    ) -> None:  # fmt: skip
        """Keep who may ask, and how often."""
        self.watched = named if watched is None else watched
        self.roles, self.needs_token, self.named, self.acting = roles, roles != ANYONE, named, acting
        self.before, self.fresh = before, fresh
        self.rate = limits.Rate(rate or (limits.EACH_PERSON if self.needs_token else limits.EACH_NETWORK))

    def admit(self, request: Request) -> dict[str, Any]:
        """Who asks, as arguments for Call; raises Problem when they may not."""
        config = self.container.config
        if not self.needs_token:
            request.asker = network = limits.network(request, config.get("PROXIES", 0))
            self.rate.take(network, config.get("RATES", 1.0))
            request.network = network if self.watched else None
            return {}
        person = self.people.holding(tokens.bearer(request.headers.get("Authorization")))
        self.rate.take(person.id, config.get("RATES", 1.0))
        request.asker, request.person = person.id, person.id if self.named else None
        self.permit(person)
        return {"person": person}

    def permit(self, person: Person | None) -> None:
        """Raises Problem unless a Person may ask here; None: somebody who has not signed in."""
        if not self.needs_token:
            return
        if person is None:
            raise Problem("not_signed_in", headers=problems.BEARER)
        if self.roles != SIGNED_IN and not any(map(person.holds, self.roles)):
            raise Problem("not_allowed")
        if person.helper and self.acting not in person.acts:
            raise Problem("not_allowed")
        if self.fresh and not person.confirmed(now()):
            raise Problem("fresh_code_needed", headers=problems.STEP_UP)

    def get_url_rule(self) -> Rule:
        return Rule(self.url.replace("{", "<").replace("}", ">"), methods=[self.method], endpoint=self)

    def stop(self) -> None:
        self.server.drain()
        super().stop()

    def handle_request(self, request: Request) -> Response:
        """Take the request in here, do the work in the worker pool."""
        call = self._received(request)
        return worker(self.container, copy_context().run, self._worked, call).wait()

    def _received(self, request: Request) -> Call:
        who = self.admit(request)
        query = parsing.loaded(self.query, parsing.query_of(request, self.query), "invalid_query")
        call = Call(now(), {}, query, b"", request, key=key_of(request), **who)
        if self.before:
            getattr(holder(instance(self.container, self), self.method_name), self.before)(call)
        call.raw = parsing.body_of(request, self.upload or parsing.JSON, self.limit)
        call.body = {} if self.upload else parsing.loaded(self.body, parsing.parsed(call.raw), "invalid_body")
        if self.decode:
            call.decoded = self._decoded(call)
        call.at = now()
        return call

    def _decoded(self, call: Call) -> Any:
        who = call.person
        payers = [("person", who.helper or who.id)] if who else []
        payers.append(("network", limits.network(call.request, self.container.config.get("PROXIES", 0))))
        return self.decoding.run(self.decode, call.raw, call.request.mimetype, payers)

    def _worked(self, call: Call) -> Response:
        try:
            method = getattr(instance(self.container, self), self.method_name)
            body = partial(self._done, method, call)
            return body() if self.method == "GET" else self.idempotency.run(call, body, self)
        except (Exception, Timeout) as error:
            return problems.answer(error)

    def _done(self, method: Callable[..., Any], call: Call) -> Response:
        result = method(call, **call.request.path_values)
        return result if isinstance(result, Response) else self._dumped(result)

    def _dumped(self, result: Any) -> Response:
        text = json.dumps(self.returns.dump(result), ensure_ascii=False) if self.returns else None
        return Response(text, self.status, mimetype="application/json" if self.returns else None)

    # a repeat by Idempotency-Key

    def parameters(self) -> list[str]:
        """Names of the values in the path."""
        return re.findall(r"{(\w+)}", self.url)

    def shows(self) -> "Http | None":
        """The route that shows what this one has done (`again`), None without."""
        routes = {each.method_name: each for each in self.container.entrypoints if isinstance(each, Http)}
        return routes[self.again] if self.again else None

    def shown_again(self, call: Call, kept: dict[str, Any]) -> Response:
        """The answer as it is shown now; raises what the route that shows it raises."""
        route, values = self.shows() or self, {**call.request.path_values, **kept}
        route.permit(call.person)
        asked = replace(call, query=parsing.loaded(route.query, {}, "invalid_query"))
        method = getattr(instance(self.container, route), route.method_name)
        return self._dumped(method(asked, **{name: values[name] for name in route.parameters()}))


class Internal(Http):
    """A route for other services on the internal port; `callers` names those that may ask (None: every service)."""

    server = InternalServer()

    def __init__(self, method: str, url: str, callers: Collection[str] | None = None, **what: Any) -> None:
        super().__init__(method, url, **what)
        self.callers = callers

    def admit(self, request: Request) -> dict[str, Any]:
        request.asker = caller = self.server.admit(request)
        if self.callers is not None and caller not in self.callers:
            raise Problem("not_allowed")
        return {"caller": caller}


@overload
def _schema(given: Schema | type[Schema]) -> Schema: ...
@overload
def _schema(given: None) -> None: ...
def _schema(given: Described) -> Schema | None:
    return given() if isinstance(given, type) else given


http, internal = Http.decorator, Internal.decorator
