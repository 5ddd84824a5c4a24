"""Turning the master keys of the vaults, so that an erasure reaches further than the database.

The oplog, freed pages and old backups of a vault go on holding a destroyed data key, wrapped by the master key of its
time. Once that master key is gone too, at the latest PERIOD, KEPT and RUNS after the erasure, nothing opens any more.
KEPT is as long as backups of the vaults are kept, which need it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from chassis.auth.keys import turn
from chassis.operate.audit_log import note
from chassis.operate.county import County
from chassis.privacy.masters import CURRENT, NEXT, OLD, masters, name_of

PERIOD, KEPT, NOTICE = timedelta(days=7), timedelta(days=7), timedelta(hours=1)
RUNS = timedelta(days=3)  # three steps, by a command that runs once a day
NO_TIME = timedelta(0)


def turned(county, home, at, who, why, hurry=False, stopped=False):
    """[{service, did, left}]: the steps taken for each service, and how many keys are under its old master key still.

    `home`/SERVICE has its key files. In a `hurry` (a theft) one step is taken without waiting for its days; while
    services are `stopped` there is nobody who must notice a new key first.
    """
    for service in county.deployed():
        if Path(home, service, CURRENT).exists():
            yield _turned(Turning(county, home, service, at, hurry, stopped), who, why)


def window(vault, at):
    """Since when the master key in use and the oldest one are used, how many keys are to be rewrapped, and two moments:
    what was erased `before` the one is out of reach now, what is erased now will be `after` the other.
    """
    used = sorted(row["used"] for row in vault.masters.find({"used": {"$exists": True}, "retired": None}))
    if not used:
        return None
    newest = vault.masters.find_one(sort=[("used", -1)])["_id"]
    left = vault["keys"].count_documents({"masterKey.provider": {"$ne": newest}})
    return {"master": used[-1], "oldest": used[0], "rewrap": left, "after": max(at, used[-1] + PERIOD) + KEPT + RUNS}


@dataclass
class Turning:
    """What is due for the master key of one service."""

    county: County
    home: Path
    service: str
    at: datetime
    hurry: bool
    stopped: bool

    def __post_init__(self):
        self.vault = self.county.client[f"{self.county.database(self.service).name}_vault"]

    def named(self, file):
        """The name of the master key in a file, or None."""
        key = masters(Path(self.home, self.service)).get(file)
        return key and name_of(key)

    def left(self):
        """How many keys are under the old one."""
        return self.vault["keys"].count_documents({"masterKey.provider": self.named(OLD)}) if self.named(OLD) else 0

    def retire(self):
        """Whether nothing is under the old one, nor any backup that is still kept."""
        return self.named(OLD) and not self.left() and self._since(CURRENT, "used", KEPT)

    def announce(self):
        """Whether the one in use is old."""
        return not (self.named(OLD) or self.named(NEXT)) and self._since(CURRENT, "used", PERIOD)

    def use(self):
        """Whether every process can open what is under the next one."""
        return self.named(NEXT) and not self.named(OLD) and (self.stopped or self._since(NEXT, "noticed", NOTICE))

    def take(self, step):
        """Take a step."""
        old = self.named(OLD)
        turn(self.home, step, self.service, "vault", "key")
        if step == "retire":
            self.vault.masters.update_one({"_id": old}, {"$set": {"retired": self.at}})

    def _since(self, file, what, time):
        row = self.vault.masters.find_one({"_id": self.named(file), what: {"$exists": True}})
        return row and row[what] + (NO_TIME if self.hurry else time) <= self.at


def _turned(turning, who, why):
    did: list[str] = []
    for step, due in {"retire": turning.retire, "announce": turning.announce, "use": turning.use}.items():
        if due() and not (turning.hurry and did):
            turning.take(step)
            note(turning.county.database(turning.service), who, why, f"masters.{step}")
            did.append(step)
    return {"service": turning.service, "did": did, "left": turning.left()}
