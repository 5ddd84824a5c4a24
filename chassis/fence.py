"""A fence: a successor ends its predecessor's MongoDB session, so a dead process's transaction blocks nobody."""

from chassis.domain import now


class Fence:
    """Guards the role `name` (one holder at a time) with the holder's session id in `leases`."""

    def __init__(self, database, name, session):
        self.database, self.name, self.session = database, f"fence:{name}", session

    def close_behind(self):
        """Kill the session of whoever held the role before, and write down ours."""
        mine = self.session.session_id
        before = self.database.leases.find_one({"_id": self.name})
        if before and before["session"] != mine["id"]:
            self.database.command("killSessions", [{"id": before["session"]}])
        self.database.leases.replace_one({"_id": self.name}, {"session": mine["id"], "at": now()}, upsert=True)
