"""What a service is made of: the base class and the entrypoints and dependencies that service authors use."""

from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlencode

from marshmallow import fields, validate
from nameko.extensions import DependencyProvider
from werkzeug.wrappers import Response

from chassis.auth.peers import Peer, PeerRefused, Peers, PeerUnavailable
from chassis.auth.people import AccessTokens
from chassis.auth.revocations import Revocations
from chassis.bus.history import PAGE, feed
from chassis.bus.on import on
from chassis.bus.relay import Relay
from chassis.core.group import G, Group, Uses, composed, hoist
from chassis.core.health import Health
from chassis.core.problems import answer
from chassis.core.settings import Setting
from chassis.core.threads import run_in_thread
from chassis.data.database import Database
from chassis.data.numbers import Numbers
from chassis.domain import now
from chassis.parts.every import every
from chassis.parts.parked import ParkedFacts
from chassis.parts.privacy import PersonalData
from chassis.parts.regions import Regions, RegionTree, UnknownRegion, path_at
from chassis.parts.revoked import RevokedTokens
from chassis.privacy.vault import Vault
from chassis.schemas import Body
from chassis.web.http import ANYONE, MB, SIGNED_IN, Call, http, internal
from chassis.web.limits import network
from contracts.sdk.envelope import Envelope, render

__all__ = [
    "ANYONE", "Call", "MB", "SIGNED_IN", "AccessTokens", "Database", "Group", "Numbers", "Peer", "PeerRefused",
    "PeerUnavailable", "Peers", "RegionTree", "Regions", "Revocations", "Service", "Setting", "UnknownRegion", "Uses",
    "Vault", "answer", "every", "http", "internal", "run_in_thread", "network", "on", "path_at",
]  # fmt: skip


SHARED = ("COUNTY", "SECRETS_DIR", "CORS_ORIGINS", "PROXIES", "RATES")


class Settings(DependencyProvider):
    """The settings that a service and its groups want, and those of every service that are SHARED: values by name."""

    def __init__(self, wanted: dict[str, Any] | None = None) -> None:
        super().__init__()
        self.wanted = wanted or {}

    def get_dependency(self, worker_ctx: object) -> dict[str, Any]:
        found = {name: self.container.config[name] for name in (*SHARED, *self.wanted)}
        return {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()}


class Plumbing(DependencyProvider):
    """What runs in every service without being called: relay, health and metrics."""

    relay = Relay()
    health = Health()

    def stop(self) -> None:
        """Everything that records facts has ended; the relay sends the last, before the database is closed."""
        self.relay.stop()


class FactsQuery(Body):
    """Which facts of a producer's history to serve."""

    types = fields.String(required=True, validate=validate.Regexp(r"[a-z0-9_.,]{1,4000}\Z"))
    after = fields.String(load_default="", validate=validate.Length(max=36))
    limit = fields.Integer(load_default=PAGE, validate=validate.Range(1, PAGE))


class History(Group):
    """Serving the facts that this service has recorded."""

    database = Database()

    @internal("GET", "/v1/facts", query=FactsQuery, media="application/x-ndjson")
    def serve_history(self, call: Call) -> Response:
        """Facts of this service after an id, NDJSON, in order per subject; a `Link` leads to the next ones."""
        query = call.query
        found, more = feed(self.database, query["types"].split(","), query["after"], query["limit"])
        following = f"?{urlencode(query | {'after': found[-1]['_id']})}" if more else None
        lines = [render(Envelope(id=row.pop("_id"), **row)) + b"\n" for row in found]
        links = {"Link": f'<{following}>; rel="next"'} if following else {}
        return Response(b"".join(lines), mimetype="application/x-ndjson", headers=links)


class Service:
    """Base of every service. A subclass has a `name` and is made of `groups`.

    What a small service does may stand in the subclass itself. `settings` maps names to Settings, with the defaults
    of all its groups'; `key_files` are made for it beside the keys of every service (`chassis.auth.keys`);
    `retention` is the file that says what is forgotten when.
    """

    name = ""
    key_files: tuple[str, ...] = ()
    groups: tuple[type[Group], ...] = (History, PersonalData, RevokedTokens, ParkedFacts)
    settings: Any = {}
    retention: Path | None = None
    composition: ClassVar[list[type[Group]]]
    wanted_settings: ClassVar[dict[str, Any]]
    plumbing = Plumbing()
    now = staticmethod(now)

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        _compose(cls)

    def part(self, group: type[G]) -> G:
        """The object of one of the groups."""
        parts = self.__dict__.setdefault("_parts", {})
        return parts.get(group) or parts.setdefault(group, group(self))


def _compose(cls: type[Service]) -> None:
    """Hoist the groups that a class adds to those of its base, and gather the settings of all."""
    base = super(cls, cls)
    inherited = getattr(base, "composition", [])
    added = [group for group in composed(cls.__dict__.get("groups", ())) if group not in inherited]
    cls.composition = [*inherited, *added]
    for group in added:
        hoist(group, cls)
    own = [*(group.settings for group in added), cls.__dict__.get("settings", {})]
    wanted = {name: Setting.of(kind) for each in own for name, kind in each.items() if name not in SHARED}
    cls.wanted_settings = getattr(base, "wanted_settings", {}) | wanted
    cls.settings = Settings(cls.wanted_settings)


_compose(Service)
