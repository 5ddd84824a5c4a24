"""Group commit: commands that end while a transaction is being written wait for it, and go together in the next.

Nobody waits for company: alone, a command is written at once. When a common transaction is refused each is written
again alone, so that a clash or a taken key is told to the command it belongs to.
"""

from collections import deque

from eventlet import spawn
from eventlet.event import Event

from chassis.data.mongo import Clash, is_away
from chassis.data.writes import Writes

MOST = 50


class Group:
    """The commands of one database that wait to be written."""

    def __init__(self):
        self.waiting, self.writer, self.writes = deque(), None, Writes()

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
                with self.writes.claim(set().union(*(unit.places() for unit, _ in together))):
                    self._write_all(self._current(together))
        finally:
            self.writer = None

    def write_at_once(self, unit, session=None):
        """Flush a Unit by itself, which is large; raises what its flush raises."""
        with self.writes.claim(unit.places()):
            if self.writes.outrun(unit):
                raise Clash()
            self._flush(unit, session)

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

    def _current(self, together):
        """Those that nobody has outrun; the others learn it."""
        current = []
        for unit, written in together:
            if self.writes.outrun(unit):
                written.send_exception(Clash())
            else:
                current.append((unit, written))
        return current

    def _flush(self, unit, session=None):
        unit.flush(session)
        self.writes.note(unit)

    def _write_all(self, together):
        if len(together) < 2 or not self._all(together):
            for unit, written in together:
                self._alone(unit, written)

    def _all(self, together):
        """Write all in one transaction; False when it is refused, so that each learns its own reason."""
        first, *others = [unit for unit, _ in together]
        try:
            self._flush(first.joined(others))
        except Exception as error:
            if is_away(error):  # perhaps it was written: not again
                for _, written in together:
                    written.send_exception(error)
            return is_away(error)
        for _, written in together:
            written.send()
        return True

    def _alone(self, unit, written):
        try:
            self._flush(unit)
        except Exception as error:
            written.send_exception(error)
        else:
            written.send()
