"""What people send is taken apart before a worker is taken for it, so that it keeps nobody else from being answered.

Two at once in a process and a short queue; of one person, or network where nobody is signed in, one at a time, and in
ten minutes so many seconds of a processor. Counted in each process for itself, in memory, like `limits`.
"""

from contextlib import contextmanager
from functools import partial

from eventlet.semaphore import Semaphore
from nameko.extensions import SharedExtension

from chassis.core.gcra import Buckets
from chassis.core.problems import SOON, Problem, too_many
from chassis.privacy import child

LANES, PLACES = 2, 8
WINDOW = 600
SECONDS = {"person": 20, "network": 120}  # a whole village may share one address of its mobile carrier


class Budget(Buckets):
    """So many seconds of a processor per key in each WINDOW: all at once, or as they come back."""

    def __init__(self, seconds):
        super().__init__(WINDOW)
        self.price = WINDOW / seconds

    def demand(self, key):
        """Raises Problem when `key` has spent them."""
        if (wait := self.wait(key)) > 0:
            raise too_many(wait)

    def charge(self, key, seconds):
        """`key` has spent so many."""
        self.pour(key, seconds * self.price)


class Decoding(SharedExtension):
    """Runs the decoders of a service's routes."""

    def setup(self):
        factor = self.container.config.get("RATES", 1.0)
        self.budgets = {kind: Budget(seconds * factor) for kind, seconds in SECONDS.items()}
        self.lanes, self.inside, self.decoding = Semaphore(LANES), 0, set()

    def run(self, decode, raw, mimetype, payers):
        """`decode(raw, mimetype)`; `payers` is who asks, (kind, key) of SECONDS, the nearest first. Raises Problem."""
        for kind, key in payers:
            self.budgets[kind].demand(key)
        with self._once(payers[0]), self._lane(), child.paid(partial(self._charge, payers)):
            try:
                return decode(raw, mimetype)
            except child.TimeUp:
                raise Problem("too_many_uploads", headers=SOON) from None

    def _charge(self, payers, seconds):
        for kind, key in payers:
            self.budgets[kind].charge(key, seconds)

    @contextmanager
    def _once(self, payer):
        if payer in self.decoding:
            raise Problem("upload_in_progress", headers=SOON)
        self.decoding.add(payer)
        try:
            yield
        finally:
            self.decoding.remove(payer)

    @contextmanager
    def _lane(self):
        if self.inside == LANES + PLACES:
            raise Problem("too_many_uploads", headers=SOON)
        self.inside += 1
        try:
            with self.lanes:
                yield
        finally:
            self.inside -= 1
