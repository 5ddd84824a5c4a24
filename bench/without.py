"""One service with parts of its load machinery switched off: `python -m bench.without pace,groups services.petition`.

The switches lie here and nowhere in the product: each puts the plain thing in the place of the part.
"""

from chassis import run  # isort: skip — first: it patches what everything else imports

import sys
from contextlib import contextmanager

from chassis.bus.pace import Pace
from chassis.data.groups import Group
from chassis.data.lookups import Lookups
from chassis.data.together import Together
from chassis.data.writes import Writes


def pace():
    """Rounds begin as soon as there is something to do."""
    Pace.wait = lambda self: None


def together():
    """Everybody asks alone."""
    Together.do = lambda self, item: self.work([item])[0]


def writes():
    """Writes of the same document meet at the database only, which refuses one of them."""

    @contextmanager
    def claim(self, places):
        yield

    Writes.claim, Writes.outrun, Writes.note = claim, lambda self, unit: False, lambda self, unit: None


def groups():
    """Every command is written in a transaction of its own."""
    Group.write = Group.write_at_once


def lookups():
    """Every read by key is a query, and nothing is kept."""

    def find(self, keys):
        found = {}
        for row in self.rows.find({self.field: {"$in": list(set(keys))}}):
            found.setdefault(row[self.field], []).append(row)
        return [row for key in keys for row in found.get(key, ())]

    Lookups.find = find


SWITCHES = {each.__name__: each for each in (pace, together, writes, groups, lookups)}

if __name__ == "__main__":
    for name in sys.argv[1].split(","):
        SWITCHES[name]()
    run.main(sys.argv[2])
