"""Reads by key that are asked for while others are on their way go together, in one query.

Nobody waits for company: alone, a read goes at once. A read begins after it was asked for, so it sees all that had
been committed by then.
"""

from eventlet import spawn
from eventlet.event import Event


class Lookups:
    """The reads by `_id` of one collection."""

    def __init__(self, rows):
        self.rows, self.waiting, self.reader = rows, [], None

    def find(self, keys):
        """The documents with these keys; not to be changed, for others may have asked for the same."""
        found = Event()
        self.waiting.append((keys, found))
        if self.reader is None:
            self.reader = spawn(self._run)
        documents = found.wait()
        return [documents[key] for key in keys if key in documents]

    def _run(self):
        try:
            while self.waiting:
                together, self.waiting = self.waiting, []
                self._read(together)
        finally:
            self.reader = None

    def _read(self, together):
        try:
            wanted = list({key for keys, _ in together for key in keys})
            documents = {row["_id"]: row for row in self.rows.find({"_id": {"$in": wanted}})}
        except Exception as error:
            for _, found in together:
                found.send_exception(error)
        else:
            for _, found in together:
                found.send(documents)
