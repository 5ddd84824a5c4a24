"""Facts handed from a commit of this process to its relay, so that they need not be read back from `outbox`."""

from collections import deque
from contextlib import contextmanager

from chassis.data.mongo import Row

MOST = 1000
REMEMBERED = 10_000


class HandOver:
    """Rows of `outbox` in the order of their commits, kept only while the relay publishes.

    A row may go out if it is its subject's first, or once the one before it was confirmed to this process. Any other is
    `missed`: left to the next look into `outbox`, which sees what other processes have recorded too.
    """

    def __init__(self):
        self.rows: deque[Row] = deque()
        self.sequences, self.open, self.missed = {}, False, False

    @contextmanager
    def opened(self):
        """Keep what is given during the block; whatever came before is in `outbox` only."""
        self.open = self.missed = True
        try:
            yield
        finally:
            self.open = False
            self.rows.clear()

    def give(self, rows):
        """These were just committed."""
        if not self.open or len(self.rows) + len(rows) > MOST:
            self.missed = True
        else:
            self.rows.extend(rows)

    def take(self, room, busy):
        """So many rows at most that may go out now, each of another subject; one whose subject is busy waits."""
        taken: list[Row] = []
        waiting, busy = [], set(busy)
        while self.rows and len(taken) < room:
            row = self.rows.popleft()
            if row["subject"] in busy:
                waiting.append(row)
            elif self._is_next(row):
                taken.append(row)
                busy.add(row["subject"])
        self.rows.extendleft(reversed(waiting))
        return taken

    def confirmed(self, row):
        """The broker has this row, sent because it was handed over or found."""
        last = self.sequences.pop(row["subject"], 0)
        self.sequences[row["subject"]] = max(last, row["sequence"])
        if len(self.sequences) > REMEMBERED:
            del self.sequences[next(iter(self.sequences))]

    def _is_next(self, row):
        last = self.sequences.get(row["subject"], 0)
        self.missed |= row["sequence"] > last + 1
        return row["sequence"] == last + 1
