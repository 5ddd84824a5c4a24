"""What a service is made of: the base class and the entrypoints and dependencies that service authors use."""

from importlib import import_module
from urllib.parse import urlencode

from marshmallow import fields, validate
from nameko.extensions import DependencyProvider
from werkzeug.wrappers import Response

from chassis.auth.peers import Peer, Peers
from chassis.bus.history import PAGE, feed
from chassis.bus.on import on
from chassis.bus.relay import Relay
from chassis.core.health import Health
from chassis.data.mongo import Mongo
from chassis.data.numbers import Numbers
from chassis.domain import now
from chassis.parts.every import every
from chassis.parts.parked import ParkedRoutes
from chassis.parts.privacy import Private
from chassis.parts.regions import Regional
from chassis.parts.revoked import Revocable
from chassis.privacy.vault import Vault
from chassis.schemas import Body
from chassis.web.http import ANYONE, MB, SIGNED_IN, http, internal
from contracts.sdk.envelope import Envelope, render

__all__ = ["ANYONE", "MB", "SIGNED_IN", "Numbers", "Peer", "Peers", "Regional", "Service", "Vault", "every", "http",
           "internal", "on"]  # fmt: skip


SHARED = {"CORS_ORIGINS": (), "RATES": 1.0}


class Settings(DependencyProvider):
    """A service's own settings: name → type, read from the environment, each must be there; and SHARED ones."""

    def __init__(self, wanted=None):
        super().__init__()
        self.wanted = wanted or {}

    def get_dependency(self, worker_ctx):
        config = self.container.config
        shared = {name: type(default)(config.get(name, default)) for name, default in SHARED.items()}
        return shared | {name: config[name] for name in self.wanted}


class Plumbing(DependencyProvider):
    """What runs in every service without being called: relay, health and metrics."""

    mongo = Mongo()
    relay = Relay()
    health = Health()

    def get_dependency(self, worker_ctx):
        return self.mongo.database

    def stop(self):
        """Everything that records facts has ended; the relay sends the last, before the database is closed."""
        self.relay.stop()


class FactsQuery(Body):
    """Which facts of a producer's history to serve."""

    types = fields.String(required=True, validate=validate.Regexp(r"[a-z0-9_.,]{1,4000}\Z"))
    after = fields.String(load_default="", validate=validate.Length(max=36))
    limit = fields.Integer(load_default=PAGE, validate=validate.Range(1, PAGE))


class Service(Revocable, Private, ParkedRoutes):
    """Base of every service. A subclass has a `name` and may declare `settings = {"POLICY_FILE": str}`."""

    name = ""
    plumbing = Plumbing()
    now = staticmethod(now)

    def __init_subclass__(cls, **kwargs):
        super().__init_subclass__(**kwargs)
        wanted = cls.__dict__.get("settings", {})
        if not isinstance(wanted, Settings):
            cls.wanted_settings, cls.settings = wanted, Settings(wanted)

    @internal("GET", "/v1/facts", query=FactsQuery, media="application/x-ndjson")
    def serve_history(self, call):
        """Facts of this service after an id, NDJSON, in order per subject; a `Link` leads to the next ones."""
        query = call.query
        found, more = feed(self.plumbing, query["types"].split(","), query["after"], query["limit"])
        following = f"?{urlencode(query | {'after': found[-1]['_id']})}" if more else None
        lines = [render(Envelope(id=row.pop("_id"), **row)) + b"\n" for row in found]
        links = {"Link": f'<{following}>; rel="next"'} if following else {}
        return Response(b"".join(lines), mimetype="application/x-ndjson", headers=links)


def service_class(module):
    """The Service subclass that `services.petition` defines in its `service` module."""
    found = vars(import_module(f"{module}.service")).values()
    return next(each for each in found if isinstance(each, type) and issubclass(each, Service) and each.name)
