"""Leaky buckets (GCRA, ITU-T I.371), counted in memory: one number per key, the moment its bucket is empty again."""

import time

SWEEP_SECONDS = 60
KEYS = 50_000


class Buckets:
    """One bucket per key, empty `seconds` after it was full; costs are in seconds of leaking."""

    def __init__(self, seconds):
        self.seconds, self.empty_at, self.swept = seconds, {}, 0.0

    def wait(self, key, cost=0.0):
        """Seconds until a cost fits in, 0 or less when it does now; one beyond the whole fits into an empty bucket."""
        now = time.monotonic()
        return max(self.empty_at.get(key, now), now) + cost - now - max(self.seconds, cost)

    def pour(self, key, cost):
        """A cost is in, whether it fits or not."""
        now = time.monotonic()
        full = max(self.empty_at.get(key, now), now) + cost
        self._sweep(now)
        self.empty_at[key] = full

    def _sweep(self, now):
        """Forget keys whose buckets are empty, now and then, and of too many keys those with the least in them."""
        if now - self.swept > SWEEP_SECONDS or len(self.empty_at) >= KEYS:
            fullest = sorted(((at, key) for key, at in self.empty_at.items()), reverse=True)
            self.empty_at = {key: at for at, key in fullest[: KEYS // 2] if at > now}
            self.swept = now
