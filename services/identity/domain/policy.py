"""The rules of sign-in that a county may change: `sign_in.json`."""

import json
from datetime import timedelta
from pathlib import Path

_RULES = json.loads(Path(__file__).parent.with_name("sign_in.json").read_text("utf-8"))

CODES = {kind: [(count, timedelta(seconds=span)) for count, span in limits] for kind, limits in _RULES["codes"].items()}
"""What codes are counted by (phone, device, network) → how many within which spans."""

WRONG = _RULES["wrong"]
"""What wrong codes are counted by, per day (phone, network) → how many until codes are LONG."""

LONG_DIGITS = _RULES["long_digits"]

FREE_TRIES = _RULES["lockout"]["free"]
FIRST_PAUSE = timedelta(seconds=_RULES["lockout"]["first_seconds"])
LONGEST_PAUSE = timedelta(seconds=_RULES["lockout"]["longest_seconds"])
