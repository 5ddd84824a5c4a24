"""A pace for rounds of work: under load they begin some time apart, and what comes meanwhile goes into the next.

Many small rounds cost a busy machine far more than few large ones, until what comes late comes later still. A quiet
service is not held up: it may begin BURST rounds one after another, and earns one more whenever the time of one has
passed (GCRA, ITU-T I.371).
"""

import time

BURST = 20


class Pace:
    """Lets rounds begin `seconds` apart in the long run."""

    def __init__(self, seconds):
        self.seconds, self.next_at = seconds, 0.0

    def wait(self):
        """Until the next round may begin."""
        now = time.monotonic()
        self.next_at = max(self.next_at, now - BURST * self.seconds)
        if self.next_at > now:
            time.sleep(self.next_at - now)
        self.next_at += self.seconds
