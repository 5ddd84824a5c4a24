"""Coalesces concurrent calls: what is asked for while others are being served is served next, all at once.

Nobody waits for company: alone, it is served at once. A batch begins after all in it were asked for, so it sees what
had been committed by then.
"""

from collections import deque
from typing import Any

from eventlet import spawn
from eventlet.event import Event


class Coalescer:
    """`work(items)` returns a result for each of the items, an exception for one that failed.

    `fitting(items)` is how many of those that wait, the first so many, go into the next batch; by default all.
    """

    def __init__(self, work, fitting=len):
        self.work, self.fitting = work, fitting
        self.waiting: deque[tuple[Any, Event]] = deque()
        self.worker = None

    def do(self, item):
        """The result for this item; raises what `work` raises, or returns as its result."""
        done = Event()
        self.waiting.append((item, done))
        if self.worker is None:
            self.worker = spawn(self._run)
        return done.wait()

    def _run(self):
        try:
            while self.waiting:
                count = self.fitting([item for item, _ in self.waiting])
                self._serve([self.waiting.popleft() for _ in range(count)])
        finally:
            self.worker = None

    def _serve(self, batch):
        try:
            results = self.work([item for item, _ in batch])
        except Exception as error:
            results = [error] * len(batch)
        for (_, done), result in zip(batch, results, strict=True):
            if isinstance(result, Exception):
                done.send_exception(result)
            else:
                done.send(result)
