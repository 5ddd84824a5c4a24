"""合并, 划转: matters go with their villages, so that lists find them where they are handled now."""

from datetime import timedelta
from itertools import islice

from chassis.service import every, on
from contracts.identity.regions import RegionMerged, RegionMoved

PAGE = 50
SETTLED = timedelta(seconds=2)  # by then no replica holds an older tree


class FollowingDesk:
    """What waits of a village is stored anew when the village is in another town, or another village, page by page."""

    @on(RegionMoved, RegionMerged)
    def note_displaced(self, fact):
        self.displaced.put(fact.subject, {"at": self.now()})

    @every(seconds=1, each=lambda self: self.displaced.before(self.now() - SETTLED))
    def follow_region(self, id):
        """The next matters that were left behind; done when there is none."""
        keys = list(islice(self._left_behind(id), PAGE))
        for key in keys:
            with self.shelf(key).edit(key) as matter:
                self._placed(matter)
        if not keys:
            self.displaced.remove(id)

    # parts of the above

    def _left_behind(self, id):
        """Ids of matters of a region, and of what lies below it, that are not stored where they belong now."""
        for row in self.regions.find({"path": id}):
            path = self.regions.path(row["_id"])
            for shelf in (self.petitions, self.reports, self.questions):
                yield from shelf.displaced(row["_id"], path)
