"""Finding the message that kills the process without condemning the innocents delivered with it.

A message delivered for the third time is run alone, after a committed note that it is; if the process dies again,
the note convicts it and it is parked unrun, to be tried alone once in a while: the process may have been killed from
outside, time and again, while the message was in its hands. Others that came back with it were never noted.
"""

from chassis.bus.parking import KilledTheProcess
from chassis.domain import now


class Attempts:
    """Notes about messages that are run alone."""

    def __init__(self, database):
        self.notes = database.attempts

    def alone(self, batch, items):
        """Run the items of one suspect message, or park those that were alone when the process died."""
        for item in items:
            if self.notes.find_one({"_id": item.key}):
                batch.condemned[item.key] = KilledTheProcess()
            else:
                self.notes.insert_one({"_id": item.key, "at": now()})
            batch.run([item])
            batch.condemned.pop(item.key, None)
            self.notes.delete_one({"_id": item.key})
