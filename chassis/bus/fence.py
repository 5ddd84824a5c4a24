"""A fence: a successor ends its predecessor's MongoDB session, and what the predecessor does afterwards is refused.

A dead process's transaction blocks nobody, and one that was frozen and woken late commits nothing: every transaction
of the holder reads first who holds the role.
"""

from chassis.bus import pause
from chassis.data.mongo import Replaced
from chassis.domain import now


class Fence:
    """Guards the role `name` (one holder at a time) with the holder's session id in `leases`."""

    def __init__(self, database, name, session):
        self.database, self.name, self.session = database, f"fence:{name}", session
        self.held = False

    def close_behind(self):
        """Write down our session and kill that of whoever held the role before."""
        mine = self.session.session_id["id"]
        before = self.database.leases.find_one_and_replace(
            {"_id": self.name}, {"session": mine, "at": now()}, upsert=True
        )
        if before and before["session"] != mine:
            self.database.command("killSessions", [{"id": before["session"]}])
        self.held = True

    def check(self, database, session=None):
        """Raise Paused while the service is held, Replaced once a successor has the role; first in a transaction."""
        names = [pause.NOTE["_id"], self.name]
        notes = {row["_id"]: row for row in database.leases.find({"_id": {"$in": names}}, session=session)}
        pause.refuse(notes.get(names[0]))
        if self.held and notes.get(self.name, {}).get("session") != self.session.session_id["id"]:
            raise Replaced()
