"""People: who is asking, proven by an access token that identity signed and every service verifies by itself."""

import hashlib
import json
import threading
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from pathlib import Path
from typing import Any, Self

import jwt
import structlog
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from jwt.algorithms import OKPAlgorithm
from nameko.extensions import DependencyProvider, SharedExtension

from chassis.auth import peers, tokens
from chassis.auth.revocations import Revocations
from chassis.core.health import Health
from chassis.core.problems import BEARER, Problem
from chassis.data.mongo import Mongo

ISSUER = "identity"
LIFE = 600
CONFIRMED_SECONDS = 300
FRESH_SECONDS = 600
COOLDOWN_SECONDS = 5
FIRST_SECONDS = 0.5
PATIENCE_SECONDS = 30

log = structlog.get_logger()


@dataclass(frozen=True)
class Person:
    """Somebody signed in: `region` is where they belong, `roles` maps each role to the region ids of its scope.

    `session` is the sign-in that the token came from. `helper` is who acts for her (代办) if it is not herself; then
    only routes for one of `acts` let the helper in. `fresh` is when she last gave a code just sent to her.
    """

    id: str
    region: str | None = None
    roles: dict[str, tuple[str, ...]] = field(default_factory=dict)
    session: str | None = None
    helper: str | None = None
    acts: tuple[str, ...] = ()
    fresh: datetime | None = None

    def holds(self, role: str) -> bool:
        """Whether the person has this role anywhere."""
        return role in self.roles

    def scopes(self, *roles: str) -> tuple[str, ...]:
        """The region ids for which the person has one of these roles."""
        return tuple(region for role in roles for region in self.roles.get(role, ()))

    def confirmed(self, at: datetime) -> bool:
        """Whether a fresh code said a moment ago that it is she."""
        return self.fresh is not None and at < self.fresh + timedelta(seconds=CONFIRMED_SECONDS)


def issue(
    person: Person, key: Ed25519PrivateKey, county: str, at: datetime | None = None, session: str | None = None,
    life: int = LIFE,
) -> str:  # fmt: skip
    """An access token for a Person of a county, signed with identity's private key; `session` becomes its `sid`.

    A helper is its `act` (RFC 8693, actor).
    """
    now = round(at.timestamp() if at else time.time(), 3)
    claims: dict[str, Any] = {
        "iss": ISSUER,
        "aud": county,
        "sub": person.id,
        "sid": session,
        "iat": now,
        "exp": int(now) + life,
    }
    claims |= {"region": person.region, "roles": {role: list(scope) for role, scope in person.roles.items()}}
    if person.helper:
        claims |= {"act": {"sub": person.helper}, "acts": list(person.acts)}
    if person.fresh:
        claims |= {"fresh": person.fresh.timestamp()}
    return jwt.encode(claims, key, tokens.ALGORITHM, headers={"kid": thumbprint(key.public_key())})


def access_keys(directory: str | Path) -> list[Ed25519PrivateKey]:
    """identity's private keys: `access.pem`, which signs, then others, `access*.pem`; no other service has any.

    Files that change are read again.
    """
    paths = sorted(Path(directory).glob("access*.pem"), key=lambda path: len(path.name))
    return [_key(path, path.stat().st_mtime_ns) for path in paths]


@lru_cache(maxsize=16)
def _key(path: Path, changed: int) -> Ed25519PrivateKey:
    return tokens.load_key(path)


@lru_cache(maxsize=16)
def _published(key: Ed25519PrivateKey) -> dict[str, Any]:
    return tokens.public_keys(jwks([key.public_key()]))


def jwks(keys: Iterable[Ed25519PublicKey]) -> dict[str, Any]:
    """The JWKS document of public keys, as identity serves it at GET /internal/v1/jwks."""
    use = {"use": "sig", "alg": tokens.ALGORITHM}
    return {"keys": [OKPAlgorithm.to_jwk(key, as_dict=True) | use | {"kid": thumbprint(key)} for key in keys]}


def thumbprint(key: Ed25519PublicKey) -> str:
    """The RFC 7638 thumbprint of a public key."""
    members = OKPAlgorithm.to_jwk(key, as_dict=True)
    needed = json.dumps({name: members[name] for name in ("crv", "kty", "x")}, separators=(",", ":"))
    return urlsafe_b64encode(hashlib.sha256(needed.encode()).digest()).rstrip(b"=").decode()


class AccessTokens(DependencyProvider):
    """Issues people's access tokens, signed with identity's own keys; no other service has any."""

    def get_dependency(self, worker_ctx: object) -> Self:
        return self

    def issue(self, at: datetime, session: str, until: datetime | None = None, **person: Any) -> tuple[str, int]:
        """An access token for a Person (by its fields) and its life in seconds, which ends with `until`."""
        bearer = Person(**person)
        life = CONFIRMED_SECONDS if bearer.fresh else LIFE
        life = min(life, int((until - at).total_seconds())) if until else life
        return issue(bearer, self._keys()[0], self.container.config["COUNTY"], at, session, life), life

    def jwks(self) -> dict[str, Any]:
        """The public keys, as a JWKS document."""
        return jwks(key.public_key() for key in self._keys())

    def _keys(self) -> list[Ed25519PrivateKey]:
        return access_keys(self.container.config["SECRETS_DIR"])


class People(SharedExtension):
    """Turns access tokens into Persons."""

    mongo = Mongo()
    health = Health()

    def setup(self) -> None:
        self.keys = KeySet(self._fetch, self._own)
        self.health.needs("keys", self.keys.ready)
        self.revocations = Revocations.on(self.mongo.database)

    def holding(self, token: str) -> Person:
        """The Person an access token stands for; raises Problem, also when it was revoked."""
        county = self.container.config["COUNTY"]
        claims = tokens.claims(token, self.keys.find(tokens.signer(token)), ISSUER, county, LIFE)
        issued_at = datetime.fromtimestamp(claims["iat"], UTC)
        helper = claims.get("act", {}).get("sub")
        if self.revocations.void([claims["sub"], claims.get("sid"), helper], issued_at):
            raise Problem("token_expired", headers=BEARER)
        roles = {role: tuple(scope) for role, scope in claims["roles"].items()}
        acts, fresh = tuple(claims.get("acts", ())), claims.get("fresh")
        fresh = fresh and datetime.fromtimestamp(fresh, UTC)
        return Person(claims["sub"], claims["region"], roles, claims.get("sid"), helper, acts, fresh)

    def _own(self) -> dict[str, Any]:
        own = map(_published, access_keys(self.container.config["SECRETS_DIR"]))
        return {kid: key for published in own for kid, key in published.items()}

    def _fetch(self) -> dict[str, Any]:
        return tokens.public_keys(peers.call(self.container, ISSUER, "/internal/v1/jwks").json())


class KeySet:
    """identity's public keys: fetched when one is unknown or ten minutes have passed, at most every five seconds.

    While identity is away the keys at hand go on working.
    """

    def __init__(self, fetch: Callable[[], dict[str, Any]], own: Callable[[], dict[str, Any]]) -> None:
        self.fetch, self.own = fetch, own
        self.keys: dict[str, Any] = {}
        self.away, self.since = False, time.monotonic()
        self.tried = self.fetched = float("-inf")
        self.lock = threading.Lock()

    def find(self, kid: str) -> Any:
        """The public key with this id or None; raises PeerUnavailable when only identity could tell."""
        if kid in self.keys and time.monotonic() - self.fetched <= FRESH_SECONDS:
            return self.keys[kid]
        if own := self.own().get(kid):
            return own
        self._refresh()
        if kid not in self.keys and self.away:
            raise peers.PeerUnavailable(ISSUER)
        return self.keys.get(kid)

    def ready(self) -> bool:
        """Whether tokens can be judged; after half a minute without identity what needs no token has to do."""
        if not (self.keys or self.own()):
            self._refresh()
        return bool(self.keys or self.own()) or time.monotonic() - self.since > PATIENCE_SECONDS

    def _refresh(self) -> None:
        with self.lock:
            if time.monotonic() - self.tried < (COOLDOWN_SECONDS if self.keys else FIRST_SECONDS):
                return
            try:
                self.keys, self.away = self.fetch(), False
                self.fetched = time.monotonic()
            except peers.PeerUnavailable:
                self.away = True
                log.warning("jwks_away")
            self.tried = time.monotonic()
