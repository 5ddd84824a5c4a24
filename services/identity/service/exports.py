"""Taking one's own data along (个保法 §45)."""

from chassis.service import http
from services.identity.schemas import exports as schemas

EXPORT = "导出本人数据"
KEPT = ("sessions", "consents", "applications")


class ExportDesk:
    """Everything identity holds about one person."""

    @http("GET", "/v1/me/export", returns=schemas.OwnData, rate="6/h", fresh=True)
    def export_own(self, call):
        """Everything identity holds about the caller, in the clear; of secrets only that there are some."""
        with self.people.edit(call.person.id) as person:
            person.notice("export", call.at)
        own = {name: getattr(self, name).of(person.id) for name in KEPT}
        own |= {"mandates": self.mandates.all_of(person.id), "erasures": self.erasure_requests.of(person.id)}
        credential = self.credentials.of(person.id)
        own |= {"credentials": credential.kinds() if credential else [], "roles": person.roles}
        own |= {"wechat": self._masked_wechat(person)}
        return vars(person) | own | self._belonging(call, person) | self._contact(person, person.id, EXPORT)

    def _belonging(self, call, person):
        """Household, memberships, posts and duties of a Person."""
        household = next(iter(self.households.around(person.id)), None)
        marks = [mark for mark in household.marks if mark.person == person.id] if household else []
        return {
            "household": household and self._own_part(household, person.id),
            "memberships": [
                vars(each) | {"place": self._place_of(each, call, EXPORT)} for each in self.members.of(person.id)
            ],
            "marks": self._read(marks, call, EXPORT),
            "posts": [post for each in self.organisations.employing(person.id) for post in each.posts_of(person.id)],
            "duties": [duty for each in self.grids.served_by(person.id) for duty in each.duties_of(person.id)],
        }

    def _own_part(self, household, person):
        """What a household says of one person."""
        relation = next((each.relation for each in household.members if each.person == person), None)
        roles = {"representative": household.representative == person, "contact": household.contact == person}
        return {"id": household.id, "region": household.region, "relation": relation} | roles
