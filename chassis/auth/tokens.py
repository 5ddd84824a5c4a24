"""Service tokens: how services know each other. Five minutes, signed with the caller's own Ed25519 key."""

import json
import time
from contextlib import suppress
from functools import lru_cache
from pathlib import Path

import jwt
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key
from jwt.types import Options

from chassis.core.problems import BEARER, Problem

ALGORITHM = "EdDSA"
LIFE = 300
LEEWAY = 5  # seconds that two machines' clocks may differ


class Tokens:
    """Issues the tokens of one service and verifies those of others, from the files of SECRETS_DIR."""

    def __init__(self, directory, service):
        self.service = service
        self.key = load_key(Path(directory, "service.pem"))
        self.services = Path(directory, "services.json")

    @property
    def known(self):
        """Service → its public keys; a file that has changed is read again, so a new service is believed at once."""
        file = self.services.stat()
        return _known(self.services, file.st_mtime_ns, file.st_ino, file.st_size)

    def issue(self, audience):
        """A token that the service `audience` accepts from us."""
        now = int(time.time())
        content = {"iss": self.service, "aud": audience, "iat": now, "exp": now + LIFE}
        return jwt.encode(content, self.key, ALGORITHM, headers={"kid": self.service})

    def verify(self, token):
        """The name of the service that a token meant for us is from; raises Problem."""
        caller = signer(token)
        *others, own = self.known.get(caller) or [None]
        for key in others:
            with suppress(Problem):
                claims(token, key, issuer=caller, audience=self.service)
                return caller
        claims(token, own, issuer=caller, audience=self.service)
        return caller


@lru_cache(maxsize=16)
def _known(path, *version):
    published = public_keys(json.loads(path.read_bytes()))
    return {name: _keys_of(name, published) for name in published}


def _keys_of(service, published):
    """Keys that may sign for a service: those on their way in or out first, its own last."""
    own = {kid: key for kid, key in published.items() if kid.partition(".")[0] == service}
    return [own[kid] for kid in sorted(own, key=len, reverse=True)]


def of(container):
    """The Tokens of the service that runs in a container."""
    return _tokens(container.config["SECRETS_DIR"], container.service_name)


_tokens = lru_cache(Tokens)


def load_key(path: Path) -> Ed25519PrivateKey:
    """The private key in a PEM file."""
    return private_key(path.read_bytes())


def private_key(pem: bytes) -> Ed25519PrivateKey:
    """The Ed25519 private key that is written there; raises ValueError for any other."""
    key = load_pem_private_key(pem, password=None)
    if not isinstance(key, Ed25519PrivateKey):
        raise ValueError("no Ed25519 key")
    return key


def public_keys(jwks):
    """Key id → public key, from a JWKS document."""
    return {key.key_id: key for key in jwt.PyJWKSet.from_dict(jwks).keys}


def bearer(header):
    """The token of an Authorization header; raises Problem when there is none."""
    scheme, _, token = (header or "").partition(" ")
    if scheme.lower() != "bearer" or not token:
        raise Problem("not_signed_in", headers=BEARER)
    return token.strip()


def signer(token):
    """The id of the key that a token says it was signed with; raises Problem."""
    try:
        return jwt.get_unverified_header(token).get("kid")
    except jwt.PyJWTError:
        raise forged() from None


def claims(token, key, issuer, audience, life=LIFE):
    """The claims of a valid token that lives for so many seconds at most; `key` is the signer's, None when unknown.

    Raises Problem.
    """
    if key is None:
        raise forged()
    try:
        proven = _proven(token, key, issuer, audience)
    except jwt.ExpiredSignatureError:
        raise expired() from None
    except jwt.PyJWTError:
        raise forged() from None
    if proven["exp"] - proven["iat"] > life + LEEWAY:
        raise forged()
    if proven["exp"] <= time.time() - LEEWAY:
        raise expired()
    return proven


@lru_cache(maxsize=1000)
def _proven(token, key, issuer, audience):
    required: Options = {"require": ["iss", "aud", "iat", "exp"]}
    return jwt.decode(token, key, [ALGORITHM], required, audience=audience, issuer=issuer, leeway=LEEWAY)


def expired():
    """The Problem of a token that was good once."""
    return Problem("token_expired", headers=BEARER)


def forged():
    """The Problem of a token that proves nothing."""
    return Problem("token_invalid", headers=BEARER)
