"""The keys a service is given: made once per deployment, files of mode 600, one folder per service.

| file | is |
|---|---|
| `vault.key` | 96 random bytes: master key of the field encryption; the next and the old one beside it |
| `service.pem` | Ed25519 private key that signs its service tokens |
| `key_files` of its class | `NAME.pem`: one more Ed25519 private key, older and newer beside it; `NAME.key`: 32 bytes |
| `services.json` | public JWKS of all services, `kid` = service name; in a rotation `NAME.next`, `NAME.old` too |

`python -m chassis.auth.keys HOME announce|use|retire SERVICE` rotates a service's `service.pem`, `… identity access`
the `access.pem`; a `vault.key` turns by `xiangyin masters`, which looks first what it wraps (docs/operate.md).
"""

import json
import os
import secrets
import sys
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from jwt.algorithms import OKPAlgorithm

from chassis.auth import tokens

RANDOM = {"vault": 96}


def make_keys(home, services):
    """Make what is missing under `home`/SERVICE for each service (name → its own `key_files`); what exists is kept."""
    for service, own in services.items():
        for name in ("vault.key", "service.pem", *own):
            _once(Path(home, service, name))
    publish(home, services)


def publish(home, services):
    """Tell all services the public keys of all: each one's own, and those on their way in or out."""
    public = {"keys": [public_jwk(path.read_bytes(), kid) for kid, path in _signing(home, services)]}
    for service in services:
        keep(Path(home, service, "services.json"), json.dumps(public).encode())


def rotate(home, step, service, key="service"):
    """One step for a service's signing key: `announce` the next one, `use` it, `retire` the old one."""
    turn(home, step, service, key, "pem")
    publish(home, sorted(path.parent.name for path in Path(home).glob("*/service.pem")))


def turn(home, step, service, key, kind):
    """One step for any key that is known to others before it is used and after."""
    own, following, old = (Path(home, service, f"{key}{word}.{kind}") for word in ("", ".next", ".old"))
    if step == "announce":
        _once(following)
    elif step == "use":
        keep(old, own.read_bytes())
        following.rename(own)
    else:
        old.unlink()


def _signing(home, services):
    for service in services:
        for path in sorted(Path(home, service).glob("service*.pem")):
            yield path.name.removesuffix(".pem").replace("service", service), path


def public_jwk(pem: bytes, kid: str) -> dict[str, Any]:
    """The public half of an Ed25519 private key as a JWK."""
    key = tokens.private_key(pem).public_key()
    return {**OKPAlgorithm.to_jwk(key, as_dict=True), "kid": kid, "alg": "EdDSA", "use": "sig"}


def keep(path, content):
    """Write a secret file of mode 600 in a folder of mode 700, in one step."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    draft.rename(path)


def _once(path):
    if not path.exists():
        keep(path, _private_key() if path.suffix == ".pem" else _random(path.name.partition(".")[0]))


def _random(name):
    return secrets.token_bytes(RANDOM.get(name, 32))


def _private_key():
    return Ed25519PrivateKey.generate().private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


if __name__ == "__main__":
    rotate(*sys.argv[1:])
