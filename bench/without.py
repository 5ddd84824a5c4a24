"""One service with parts of its load machinery switched off: `python -m bench.without PART,… services.petition`.

The switches lie here and nowhere in the product: each puts the plain thing in the place of the part.
"""

from chassis import run  # isort: skip — first: it patches what everything else imports

import sys
from contextlib import contextmanager

from chassis.data.coalescer import Coalescer
from chassis.data.group_commit import GroupCommit
from chassis.data.lookups import Lookups
from chassis.data.write_locks import WriteLocks


def coalescer():
    """Everybody is served alone."""

    def do(self, item):
        (result,) = self.work([item])
        if isinstance(result, Exception):
            raise result
        return result

    Coalescer.do = do


def write_locks():
    """Writes of the same document meet at the database only, which refuses one of them."""

    @contextmanager
    def held(self, places):
        yield

    WriteLocks.held, WriteLocks.is_stale, WriteLocks.note = held, lambda self, unit: False, lambda self, unit: None


def group_commit():
    """Every command is written in a transaction of its own."""
    GroupCommit.write = GroupCommit.write_at_once


def lookups():
    """Every read by key is a query, and nothing is cached."""

    def find(self, keys):
        found = {}
        for row in self.rows.find({self.field: {"$in": list(set(keys))}}):
            found.setdefault(row[self.field], []).append(row)
        return [row for key in keys for row in found.get(key, ())]

    Lookups.find = find


SWITCHES = {each.__name__: each for each in (coalescer, write_locks, group_commit, lookups)}

if __name__ == "__main__":
    for name in sys.argv[1].split(","):
        SWITCHES[name]()
    run.main(sys.argv[2])
