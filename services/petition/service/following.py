"""合并, 划转: matters go with their villages, so that lists find them where they are handled now."""

from datetime import timedelta
from itertools import islice

from chassis.service import Group, Regions, Uses, every, on
from contracts.identity.regions import RegionMerged, RegionMoved
from services.petition.service.access import Access
from services.petition.service.matters import Matters
from services.petition.store.displaced import Displaced
from services.petition.store.petitions import Petitions
from services.petition.store.questions import Questions
from services.petition.store.reports import Reports

PAGE = 50
SETTLED = timedelta(seconds=2)  # by then no replica holds an older tree


class Following(Group):
    """What waits of a village is stored anew when the village is in another town, or another village, page by page."""

    regions = Regions()
    displaced = Displaced()
    petitions = Petitions()
    reports = Reports()
    questions = Questions()
    access = Uses(Access)
    matters = Uses(Matters)

    @on(RegionMoved, RegionMerged)
    def note_displaced(self, fact):
        self.displaced.put(fact.subject, {"at": self.now()})

    @every(seconds=1, each=lambda self: self.displaced.before(self.now() - SETTLED))
    def follow_region(self, id):
        """The next matters that were left behind; done when there is none."""
        keys = list(islice(self._left_behind(id), PAGE))
        for key in keys:
            with self.matters.repository_of(key).edit(key) as matter:
                self.access.placed(matter)
        if not keys:
            self.displaced.remove(id)

    def _left_behind(self, id):
        """Ids of matters of a region, and of what lies below it, that are not stored where they belong now."""
        for row in self.regions.find({"path": id}):
            path = self.regions.path(row["_id"])
            for repository in (self.petitions, self.reports, self.questions):
                yield from repository.displaced(row["_id"], path)
