"""Passwords of a local installation: made at the first start, files of mode 600, never printed."""

import secrets
from pathlib import Path

from chassis.keys import keep


def secret(home, name):
    """The password in `secrets/NAME`, made when it is not there."""
    path = Path(home, "secrets", name)
    if not path.exists():
        keep(path, secrets.token_urlsafe(24).encode())
    return path.read_text()
