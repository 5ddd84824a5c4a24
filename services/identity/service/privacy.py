"""One's own data: who was shown it, consent, erasure."""

from chassis.service import ANYONE, Group, Peers, Uses, Vault, every, http
from services.identity.domain.privacy import AlreadyAsked, Consent, ErasureRequest, NothingAsked
from services.identity.schemas import privacy as schemas
from services.identity.service.departures import Departures
from services.identity.service.scope import ADMINS, Scope
from services.identity.store.credentials import Credentials
from services.identity.store.mandates import Mandates
from services.identity.store.people import People
from services.identity.store.privacy import Consents, ErasureRequests, privacy_policy
from services.identity.store.regions import Regions
from services.identity.store.sign_in import Sessions
from services.identity.store.verification import Applications, IdCards, Pictures


class AccessReports(Group):
    """Who was shown what: to whose data it is, and to those who answer for the readers."""

    people = People()
    regions = Regions()
    peers = Peers()

    @http("GET", "/v1/me/reads", returns=schemas.Readings)
    def list_own_reads(self, call):
        """Who was shown the caller's data, in which service and why, newest first."""
        found = self._gathered(f"/internal/v1/reads/about/{call.person.id}")
        return {"items": sorted(found, key=lambda row: row["at"], reverse=True)}

    @http("GET", "/v1/reads/report", query=schemas.ReportQuery, returns=schemas.Report, roles=ADMINS)
    def report_reads(self, call):
        """Readings of a month, counted by reader and reason: by those who serve a region or one below it.

        A city's report has all, also services and people without any office now.
        """
        month, region = call.query["month"], self.regions.get(call.query["region"])
        region.require_within(call.person.scopes(*ADMINS))
        lines = self._gathered("/internal/v1/reads/totals", month=month)
        if region.parent:
            below = set(self.regions.below(region.id))
            lines = [line for line in lines if below & line["places"]]
        return {"month": month, "region": region.id, "lines": lines}

    def _gathered(self, path, **query):
        """Rows of every service's access log, each with its service, and offices and places of who read."""
        rows = [row | {"service": name} for name, part in self.peers.get(path, **query).items() for row in part]
        readers = {person.id: person for person in self.people.among({row["who"] for row in rows})}
        return [row | _served(readers.get(row["who"])) for row in rows]


class ConsentRecord(Group):
    """Consent to a text, given and withdrawn."""

    consents = Consents()
    people = People()
    applications = Applications()
    pictures = Pictures()

    @http("GET", "/v1/consent", returns=schemas.ConsentText, roles=ANYONE)
    def show_consent(self, call):
        """The text to be shown before anybody consents."""
        return privacy_policy().current

    @http("POST", "/v1/me/consents", body=schemas.Accepted, returns=schemas.Consent, status=201)
    def accept_consent(self, call):
        """Consent to the current text."""
        current = privacy_policy().current["version"]
        consent = Consent.accept(call.person.id, call.body["version"], current, call.at)
        self.consents.add(consent)
        return consent

    @http("DELETE", "/v1/me/consents", status=204)
    def withdraw_consent(self, call):
        """Withdraw the consent that stands: one is no verified villager any more, an application that waits is over."""
        consent = self.consents.standing(call.person.id)
        with self.consents.edit(consent.id) as consent, self.people.edit(call.person.id) as person:
            consent.withdraw(call.at)
            if person.application:
                self._stop_application(person, call.at)
            if person.region:
                person.leave("consent_withdrawn", call.at)

    def _stop_application(self, person, at):
        """An application that waits is over, and the picture with it."""
        with self.applications.edit(person.application) as application:
            picture = application.picture
            application.refuse(person, "withdrawn", person.id, at)
        if picture:
            self.pictures.forget(picture)


class Erasure(Group):
    """Erasure after some days to think again, at once on paper, and again after a restore."""

    erasure_requests = ErasureRequests()
    people = People()
    sessions = Sessions()
    credentials = Credentials()
    mandates = Mandates()
    applications = Applications()
    cards = IdCards()
    pictures = Pictures()
    vault = Vault()
    scope = Uses(Scope)
    departures = Uses(Departures)

    @http("POST", "/v1/me/erasure", returns=schemas.ErasureRequest, status=202, fresh=True)
    def ask_erasure(self, call):
        """Ask to be erased after some days, until when it can be withdrawn."""
        if self.erasure_requests.waiting(call.person.id):
            raise AlreadyAsked()
        region = self.people.get(call.person.id).region
        request = ErasureRequest.ask(call.person.id, region, privacy_policy().grace_days, call.at)
        self.erasure_requests.add(request)
        return request

    @http("DELETE", "/v1/me/erasure", status=204)
    def withdraw_erasure(self, call):
        """Think again."""
        request = self.erasure_requests.waiting(call.person.id)
        if request is None:
            raise NothingAsked()
        with self.erasure_requests.edit(request.id) as request:
            request.withdraw(call.at)

    @http("POST", "/v1/people/{id}/erasure", body=schemas.Paper, status=204, roles=["cityadmin"], fresh=True)
    def erase_on_paper(self, call, id):
        """Erase somebody at once, who asked for it in writing."""
        self.scope.require_over(call, self.people.get(id))
        self.erasure_requests.add(ErasureRequest.on_paper(id, call.person.id, call.body["paper"], call.at))
        self._erase(id, call.at)

    @every(seconds=1, each=lambda self: self.erasure_requests.due(self.now()))
    def erase_due(self, id):
        """Carry out a request whose days are over."""
        with self.erasure_requests.edit(id) as request:
            request.finish(self.now())
        self._erase(request.person, self.now())

    @every(seconds=3600, each=lambda self: self.people.not_erased(self.vault.all_erased()))
    def erase_again(self, id):
        """Who was erased before the data were restored from a backup."""
        self._erase(id, self.now())

    def _erase(self, id, at):
        """Her row is emptied and told; before that, her keys are destroyed and her sessions ended."""
        self.vault.erase(id)
        for rows in (self.sessions, self.credentials, self.mandates, self.applications, self.cards):
            rows.forget(id)
        self.pictures.forget_all(id)
        self.departures.leave_everything(id, at)
        with self.people.edit(id) as person:
            person.erase(at)


def _served(reader):
    """The offices and places of a Person who read, or None."""
    return {"offices": reader.roles if reader else [], "places": reader.places if reader else set()}
