"""Write locks of one process: writes of the same document follow each other, and a stale one is refused untried.

The database guards every write by its version as well; other processes write there too. This saves what it would
refuse, and with it the common transaction in which that goes.
"""

from contextlib import contextmanager
from dataclasses import dataclass, field

from eventlet.event import Event

REMEMBERED = 10_000


@dataclass(eq=False)
class Claim:
    """Places (collection, key) that somebody writes; `done` is sent at the end."""

    places: set
    done: Event = field(default_factory=Event)


class WriteLocks:
    """The claims in the order they were made, and the last version written of each place."""

    def __init__(self):
        self.claims, self.versions = [], {}

    @contextmanager
    def held(self, places):
        """The block begins when earlier claims of any of these places have ended."""
        mine, earlier = Claim(places), [each for each in self.claims if each.places & places]
        self.claims.append(mine)
        try:
            for each in earlier:
                each.done.wait()
            yield
        finally:
            self.claims.remove(mine)
            mine.done.send()

    def is_stale(self, unit):
        """Whether something that a Unit read has been written since; said once, for it may be gone again."""
        read = unit.read_versions()
        late = [place for place, version in read.items() if self.versions.get(place, 0) > version]
        for place in late:
            del self.versions[place]
        return bool(late)

    def note(self, unit):
        """A Unit was written."""
        for place, version in unit.read_versions().items():
            self.versions.pop(place, None)
            self.versions[place] = version + 1
        while len(self.versions) > REMEMBERED:
            del self.versions[next(iter(self.versions))]
