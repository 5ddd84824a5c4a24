"""Passwords of a local installation: made at the first start, files of mode 600, never printed."""

import secrets
from pathlib import Path

from chassis.auth.keys import keep


def password():
    """A password nobody types."""
    return secrets.token_urlsafe(24)


def digits():
    """Six digits, as a sign-in code has."""
    return f"{secrets.randbelow(10**6):06d}"


def secret(home, name, make=password):
    """What is kept in `secrets/NAME`, made when it is not there."""
    path = Path(home, "secrets", name)
    if not path.exists():
        keep(path, make().encode())
    return path.read_text()
