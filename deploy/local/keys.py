"""Secrets of a local installation: made at the first start, files of mode 600, never printed."""

import os
import secrets
from pathlib import Path


def secret(home, name):
    """A password made at the first start, kept in `secrets/NAME` for the owner's eyes only."""
    path = Path(home, "secrets", name)
    if not path.exists():
        keep(path, secrets.token_urlsafe(24).encode())
    return path.read_text()


def keep(path, content):
    """Write a secret file of mode 600 (directory 700) in one step."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(content)
    draft.rename(path)
