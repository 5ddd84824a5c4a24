"""How the county's rules for letters are read."""

import json
from functools import cache
from pathlib import Path

from services.petition.domain.policy import Policy


@cache
def read_policy(path: str) -> Policy:
    """The Policy in a JSON file; read once."""
    return Policy(**json.loads(Path(path).read_text(encoding="utf-8")))
