"""Asking another service: over its internal port, with a service token, never for long, never to change its data."""

from functools import lru_cache
from typing import Any, Self

import requests
import structlog
from nameko.containers import ServiceContainer
from nameko.extensions import DependencyProvider
from requests.adapters import HTTPAdapter
from urllib3.util import Retry

from chassis.auth import tokens
from chassis.core import context, tls
from chassis.core.problems import SOON, Problem, problem

CONNECT_SECONDS, READ_SECONDS = 2, 5

log = structlog.get_logger()


class PeerUnavailable(Problem):
    """The peer cannot be reached, is too slow or is in trouble; left alone, the caller's caller gets 503."""

    def __init__(self, peer: str) -> None:
        super().__init__("unavailable", headers=SOON)
        self.peer = peer


class PeerRefused(Exception):
    """The peer said no: `status` and its stable `code`; left alone, it is logged and the caller's caller gets 503."""

    def __init__(self, peer: str, status: int, code: str) -> None:
        super().__init__(f"{peer}: {status} {code}")
        self.peer, self.status, self.code = peer, status, code


@problem.register
def _(error: PeerRefused) -> Problem:
    log.error("peer_refused", peer=error.peer, status=error.status, code=error.code)
    return Problem("unavailable", headers=SOON)


class Peer(DependencyProvider):
    """Another service, by name: `identity = Peer("identity")`. Both calls raise PeerUnavailable and PeerRefused."""

    def __init__(self, name: str) -> None:
        super().__init__()
        self.name = name

    def get_dependency(self, worker_ctx: object) -> Self:
        return self

    def get(self, path: str, **query: Any) -> Any:
        """The JSON that GET answers with (None for 204)."""
        return _json(call(self.container, self.name, path, query))


class Peers(DependencyProvider):
    """Every service of the county, this one too."""

    def get_dependency(self, worker_ctx: object) -> Self:
        return self

    def get(self, path: str, **query: Any) -> dict[str, Any]:
        """Service → the JSON that it answers with. Raises PeerUnavailable, PeerRefused."""
        return {name: self.ask(name, path, **query) for name in self.names}

    @property
    def names(self) -> list[str]:
        """Names of the services."""
        return list(self.container.config["PEERS"]) if self.container else []

    def ask(self, name: str, path: str, **query: Any) -> Any:
        """The JSON that one of them answers with. Raises PeerUnavailable, PeerRefused."""
        return _json(call(self.container, name, path, query))


def call(container: ServiceContainer, peer: str, path: str, query: Any = None) -> requests.Response:
    """The successful `requests.Response` of a peer to GET; raises PeerUnavailable, PeerRefused."""
    url = f"{_address(container, peer)}{path}"
    headers = {"Authorization": f"Bearer {tokens.of(container).issue(peer)}", **context.outgoing()}
    wait = CONNECT_SECONDS, READ_SECONDS
    try:
        session = _session(container.config.get("TLS_DIR"))
        response = session.get(url, params=query, headers=headers, timeout=wait)
    except requests.RequestException as error:
        raise PeerUnavailable(peer) from error
    if response.status_code >= 500:
        raise PeerUnavailable(peer)
    if not response.ok:
        raise PeerRefused(peer, response.status_code, _code(response))
    return response


def _address(container: ServiceContainer, peer: str) -> str:
    try:
        return container.config["PEERS"][peer].rstrip("/")
    except KeyError:
        raise PeerUnavailable(peer) from None


@lru_cache
def _session(tls_dir: str | None) -> requests.Session:
    """One pool of connections for the process; a GET that met a closed one is sent once more."""
    session = requests.Session()
    session.trust_env = False
    adapter = HTTPAdapter(pool_maxsize=50, max_retries=Retry(1, allowed_methods=["GET"], redirect=0))
    for scheme in ("http://", "https://"):
        session.mount(scheme, adapter)
    if tls_dir:
        session.verify, session.cert = tls.authority(tls_dir), tls.own(tls_dir)
    return session


def _json(response: requests.Response) -> Any:
    return response.json() if response.content else None


def _code(response: requests.Response) -> str:
    try:
        return response.json()["code"]
    except (ValueError, KeyError, TypeError):
        return ""
