"""What is asked for while the same is being done for others is done next, for all at once.

Nobody waits for company: alone, it is done at once. It begins after it was asked for, so it sees all that had been
committed by then.
"""

from eventlet import spawn
from eventlet.event import Event


class Together:
    """`work(items)` returns a result for each of the items."""

    def __init__(self, work):
        self.work, self.waiting, self.worker = work, [], None

    def do(self, item):
        """The result for this item; raises what `work` raises."""
        done = Event()
        self.waiting.append((item, done))
        if self.worker is None:
            self.worker = spawn(self._run)
        return done.wait()

    def _run(self):
        try:
            while self.waiting:
                together, self.waiting = self.waiting, []
                self._all(together)
        finally:
            self.worker = None

    def _all(self, together):
        try:
            results = self.work([item for item, _ in together])
        except Exception as error:
            for _, done in together:
                done.send_exception(error)
        else:
            for (_, done), result in zip(together, results, strict=True):
                done.send(result)
