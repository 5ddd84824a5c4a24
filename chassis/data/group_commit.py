"""Group commit: commands that end while a transaction is being written are committed together in the next one.

When a common transaction is refused each command is written again alone, so that it learns its own clash or taken key.
"""

from typing import Any

from chassis.data.coalescer import Coalescer
from chassis.data.mongo import Clash, is_away
from chassis.data.write_locks import WriteLocks

MOST = 50


class GroupCommit:
    """State of a database: the commands that wait to be written there."""

    def __init__(self):
        self.locks, self.commands = WriteLocks(), Coalescer(self._commit, disjoint)

    def write(self, unit):
        """Flush a Unit, with others; raises what its flush raises."""
        self.commands.do(unit)

    def write_at_once(self, unit, session=None):
        """Flush a Unit by itself, which is large; raises what its flush raises."""
        with self.locks.held(unit.places()):
            if self.locks.is_stale(unit):
                raise Clash()
            self._flush(unit, session)

    def _commit(self, units):
        """None or an error for each; those whose common transaction was refused are written alone."""
        with self.locks.held(set().union(*(unit.places() for unit in units))):
            results = {unit: Clash() for unit in units if self.locks.is_stale(unit)}
            current = [unit for unit in units if unit not in results]
            results |= self._together(current) or {unit: self._alone(unit) for unit in current}
        return [results[unit] for unit in units]

    def _together(self, units):
        """Unit → None or error, of all in one transaction; nothing when it is refused, or is of one."""
        if len(units) < 2:
            return {}
        try:
            self._flush(units[0].joined(units[1:]))
        except Exception as error:
            return dict.fromkeys(units, error) if is_away(error) else {}  # away: perhaps it was written, so not again
        return dict.fromkeys(units)

    def _alone(self, unit):
        try:
            self._flush(unit)
        except Exception as error:
            return error

    def _flush(self, unit, session=None):
        unit.flush(session)
        self.locks.note(unit)


def disjoint(units):
    """How many of the first Units touch different documents."""
    touched: set[Any] = set()
    for count, unit in enumerate(units[:MOST]):
        places = unit.places()
        if touched & places:
            return count
        touched |= places
    return min(len(units), MOST)
