"""Group commit: commands that end while a transaction is being written wait for it, and go together in the next.

Nobody waits for company: alone, a command is written at once. When a common transaction is refused each is written
again alone, so that a clash or a taken key is told to the command it belongs to.
"""

from collections import deque

from eventlet import spawn
from eventlet.event import Event

from chassis.mongo import is_away

MOST = 50


class Group:
    """The commands of one database that wait to be written."""

    def __init__(self):
        self.waiting, self.writer = deque(), None

    def write(self, unit):
        """Flush a Unit; raises what its flush raises."""
        written = Event()
        self.waiting.append((unit, written))
        if self.writer is None:
            self.writer = spawn(self._run)
        written.wait()

    def _run(self):
        try:
            while self.waiting:
                together = self._next()
                if len(together) == 1 or not self._all(together):
                    for unit, written in together:
                        _alone(unit, written)
        finally:
            self.writer = None

    def _next(self):
        """Those who wait, up to the first that touches what another one does."""
        chosen, touched = [], set()
        while self.waiting and len(chosen) < MOST:
            places = self.waiting[0][0].places()
            if touched & places:
                break
            touched |= places
            chosen.append(self.waiting.popleft())
        return chosen

    def _all(self, together):
        """Write all in one transaction; False when it is refused, so that each learns its own reason."""
        first, *others = [unit for unit, _ in together]
        try:
            first.joined(others).flush()
        except Exception as error:
            if is_away(error):  # perhaps it was written: not again
                for _, written in together:
                    written.send_exception(error)
            return is_away(error)
        for _, written in together:
            written.send()
        return True


def _alone(unit, written):
    try:
        unit.flush()
    except Exception as error:
        written.send_exception(error)
    else:
        written.send()
