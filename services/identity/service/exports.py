"""Taking one's own data along (个保法 §45)."""

from chassis.service import Group, Uses, http
from services.identity.schemas import exports as schemas
from services.identity.service.disclosure import Disclosure
from services.identity.store.credentials import Credentials
from services.identity.store.grids import Grids
from services.identity.store.households import Households
from services.identity.store.mandates import Mandates
from services.identity.store.members import Members
from services.identity.store.organisations import Organisations
from services.identity.store.people import People
from services.identity.store.privacy import Consents, ErasureRequests
from services.identity.store.sign_in import Sessions
from services.identity.store.verification import Applications

EXPORT = "导出本人数据"


class DataExport(Group):
    """Everything identity holds about one person."""

    people = People()
    sessions = Sessions()
    consents = Consents()
    applications = Applications()
    mandates = Mandates()
    erasure_requests = ErasureRequests()
    credentials = Credentials()
    households = Households()
    members = Members()
    organisations = Organisations()
    grids = Grids()
    disclosure = Uses(Disclosure)

    @http("GET", "/v1/me/export", returns=schemas.OwnData, rate="6/h", fresh=True)
    def export_own(self, call):
        """Everything identity holds about the caller, in the clear; of secrets only that there are some."""
        with self.people.edit(call.person.id) as person:
            person.notice("export", call.at)
        contact = self.disclosure.contact(person, person.id, EXPORT)
        return vars(person) | self._filed(person.id) | self._access(person) | self._belonging(person.id) | contact

    def _filed(self, person):
        """Applications, consents and requests of a person (id)."""
        return {
            "applications": self.applications.of(person),
            "consents": self.consents.of(person),
            "erasures": self.erasure_requests.of(person),
        }

    def _access(self, person):
        """How a Person signs in, and who acts for whom."""
        credential = self.credentials.of(person.id)
        return {
            "sessions": self.sessions.of(person.id),
            "credentials": credential.kinds() if credential else [],
            "wechat": self.disclosure.masked_wechat(person),
            "mandates": self.mandates.all_of(person.id),
        }

    def _belonging(self, person):
        """Household, memberships, posts and duties of a person (id)."""
        household = next(iter(self.households.around(person)), None)
        marks = [mark for mark in household.marks if mark.person == person] if household else []
        return {
            "household": household and _own_part(household, person),
            "marks": self.disclosure.marks(marks, person, EXPORT),
            "memberships": [self._membership(each) for each in self.members.of(person)],
            "posts": [post for each in self.organisations.employing(person) for post in each.posts_of(person)],
            "duties": [duty for each in self.grids.served_by(person) for duty in each.duties_of(person)],
        }

    def _membership(self, member):
        return vars(member) | {"place": self.disclosure.place(member, member.person, EXPORT)}


def _own_part(household, person):
    """What a household says of one person (id)."""
    relation = next((each.relation for each in household.members if each.person == person), None)
    roles = {"representative": household.representative == person, "contact": household.contact == person}
    return {"id": household.id, "region": household.region, "relation": relation} | roles
