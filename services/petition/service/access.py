"""Authorization: who the caller is to a matter now. GET, lists, photos, repeats and all that is derived ask here."""

from chassis.service import Group, Peer, Regions
from chassis.store import Page
from services.petition.domain.dispatch import UnknownHandler
from services.petition.domain.reader import Reader
from services.petition.store.whistles import Organisations


class Access(Group):
    """The parts that the caller plays in matters, by the tree of regions and the staff of departments."""

    regions = Regions()
    organisations = Organisations()
    identity = Peer("identity")

    def offices(self, call):
        """The regions the caller is secretary of, by all names they ever had."""
        return self.regions.reach(call.person.scopes("secretary"))

    def reader(self, call, departments=()):
        """The caller as a Reader; of these departments those that she works for."""
        works_for = self._works_for(call, departments) if departments else ()
        offices, intakes = self.offices(call), call.person.scopes("intake")
        return Reader(call.person.id, frozenset(offices), frozenset(intakes), frozenset(works_for))

    def reader_for(self, call, unit, refusal=UnknownHandler):
        """The caller as a Reader who works for the department `unit`, if one is given; else raises the refusal."""
        reader = self.reader(call, [unit] if unit else ())
        if unit and not reader.departments:
            raise refusal()
        return reader

    def placed(self, matter):
        """A matter where its village is now."""
        matter.follow(self.regions.path(matter.path[0]))
        return matter

    def authorize(self, call, matter):
        """A matter where its village is now, and the parts the caller plays in it; raises what it is missing by."""
        matter = self.placed(matter)
        return matter, matter.parts(self.reader(call, matter.departments))

    def visible(self, page, reader):
        """Those of a Page of matters in which a Reader plays a part, where their villages are now."""
        self.regions.looked_up({each.path[0] for each in page.items})  # in one query: `placed` asks for one by one
        return Page([each for each in map(self.placed, page.items) if each.played(reader)], page.next)

    def _works_for(self, call, departments):
        """Those of these departments that the caller is on the staff of, as identity says now."""
        regions = self.regions.reach(call.person.scopes("departmentstaff"))
        near = [key for key, region in self.organisations.departments(departments).items() if region in regions]
        return [key for key in near if call.person.id in self._staff(key)]

    def _staff(self, department):
        return {each["person"] for each in self.identity.get(f"/internal/v1/organisations/{department}/staff")}
