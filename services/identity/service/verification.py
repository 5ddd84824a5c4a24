"""Verification of villagers: decided blind, by re-typing from the document; what was typed first is shown to nobody."""

from pathlib import Path

from werkzeug.wrappers import Response

from chassis.domain import new_id
from chassis.photos import reencode
from chassis.service import MB, Group, Setting, Uses, Vault, every, http, on
from contracts.sla import ClockElapsed
from services.identity.domain.id_card import IdCard
from services.identity.domain.verification import (
    CONFLICT,
    DECIDERS,
    GRANTED,
    WAITING,
    Application,
    ApplicationNotFound,
    Typed,
    name_key,
    number_key,
)
from services.identity.schemas import verification as schemas
from services.identity.service.departures import Departures
from services.identity.store.people import People
from services.identity.store.privacy import Consents, privacy_policy
from services.identity.store.regions import Regions
from services.identity.store.verification import Applications, IdCards, Pictures, read_policy

PICTURE = {"Cache-Control": "private, no-store", "X-Content-Type-Options": "nosniff"}
ADMINS = list(DECIDERS.values())


class Filing(Group):
    """Filing an application: names and ID numbers are kept as keyed hashes only."""

    applications = Applications()
    vault = Vault()
    settings = {"POLICY_FILE": Setting(Path, Path(__file__).parents[1] / "policy.json")}

    @property
    def policy(self):
        """The county's rules of verification."""
        return read_policy(self.settings["POLICY_FILE"])

    def file(self, person, village, body, at, **how):
        """A new Application of a Person in a village (Region); `how`: with which picture, or entered by whom."""
        id = new_id()
        application = Application.file(id, person, village, self.typed(id, body), self.policy, at, **how)
        self.applications.add(application)
        return application

    def typed(self, application, body):
        """Name and ID number, as typed for an application (id), as keyed hashes."""
        name, number = name_key(application, body["name"]), number_key(body["id_number"])
        return Typed(name=self.vault.digest(name), number=self.vault.digest(number))


class Verification(Group):
    """Applications, the pictures of documents with them, decisions."""

    applications = Applications()
    pictures = Pictures()
    cards = IdCards()
    people = People()
    consents = Consents()
    regions = Regions()
    vault = Vault()
    filing = Uses(Filing)
    departures = Uses(Departures)

    # the applicant

    @http(
        "POST", "/v1/pictures", upload="image/*", decode=reencode, limit=20 * MB, rate="6/min 20/day",
        returns=schemas.Uploaded, status=201, kept=False,
    )  # fmt: skip
    def upload_picture(self, call):
        """A picture of one's document, for an application within a day; of more than a few only the last are kept."""
        id = new_id()
        self.pictures.make_room(call.person.id)
        row = {"_id": id, "person": call.person.id, "uploaded_at": call.at, "application": None, "over": False}
        self.pictures.insert(row | {"sealed": self.vault.seal(id, call.decoded)})
        return {"id": id}

    @http("POST", "/v1/applications", body=schemas.NewApplication, returns=schemas.ApplicationReceipt, status=201)
    def apply(self, call):
        """Apply to be verified, again before it ends, or in another village, after consenting (POST /v1/me/consents).

        The answer is the same for every ID number.
        """
        self.consents.require(call.person.id, privacy_policy().current["version"])
        village, picture = self.regions.current(call.body["region"]), call.body["picture"]
        with self.people.edit(call.person.id) as person:
            application = self.filing.file(person, village, call.body, call.at, picture=picture)
        self.pictures.claim(picture, person.id, application.id)
        return application

    @http("GET", "/v1/applications/mine", returns=schemas.OwnApplication)
    def show_own_application(self, call):
        """What became of one's last application."""
        return self.applications.last_of(call.person.id)

    # the administrators

    @http("GET", "/v1/applications", query=schemas.InVillages, returns=schemas.Applications, roles=ADMINS)
    def list_applications(self, call):
        """Applications that wait for this administrator."""
        scopes, wanted = self._scopes(call), call.query["region"]
        if wanted:
            self.regions.get(wanted).require_within([region for scope in scopes.values() for region in scope])
        offices = {level: scopes[role] for level, role in DECIDERS.items()}
        return self.applications.waiting(offices, scopes["villageadmin"], **call.query)

    @http("GET", "/v1/applications/{id}/picture", roles=ADMINS)
    def show_picture(self, call, id):
        """The document as JPEG, for the administrator who decides."""
        application = self.applications.get(id)
        application.permit(call.person.id, self._scopes(call))
        row = self.pictures.row(application.picture) if application.picture else None
        if row is None:
            raise ApplicationNotFound()
        jpeg = self.vault.open(row["sealed"], call.person.id, "核验认证申请")
        return Response(jpeg, mimetype="image/jpeg", headers=PICTURE)

    @http("POST", "/v1/applications/{id}/decision", body=schemas.Decision, returns=schemas.Outcome, roles=ADMINS)
    def decide_application(self, call, id):
        """Verify by re-typing name and ID number, or refuse."""
        with self.applications.edit(id) as application:
            application.follow(self.regions.current(application.region))
            application.permit(call.person.id, self._scopes(call))
            picture = application.picture
            with self.people.edit(application.person) as person:
                outcome = self._decide(call, application, person)
        if picture and application.state != WAITING:
            self.pictures.forget(picture)
        return {"outcome": outcome, "level": application.level}

    @http("POST", "/v1/applications/{id}/release", status=204, roles=["villageadmin"])
    def release_applicant(self, call, id):
        """Agree that a villager moves to another village."""
        with self.applications.edit(id) as application:
            application.release(call.person.id, self._scopes(call)["villageadmin"])

    # told

    @on(ClockElapsed)
    def judge_clock(self, fact):
        if fact.matter_source == "identity" and (waiting := self.people.get(fact.matter).application):
            with self.applications.edit(waiting) as application, self.people.edit(fact.matter) as person:
                application.follow(self.regions.current(application.region))
                application.judge(fact, person, self.filing.policy, self.now())

    # due

    @every(seconds=1, each=lambda self: self.pictures.outlived(self.now()))
    def destroy_picture(self, id):
        """Destroy the key of a picture that has served, or was never used, and the row with it."""
        self.vault.destroy(id)
        self.pictures.remove(id)

    @every(seconds=60, each=lambda self: self.people.expired(self.now()))
    def expire(self, id):
        """End a verification that was not renewed in time."""
        with self.people.edit(id) as person:
            person.leave("expired", self.now())

    # parts of the above

    def _decide(self, call, application, person):
        by, body = call.person.id, call.body
        if not body["granted"]:
            return application.refuse(person, body["reason"], by, call.at)
        typed = self.filing.typed(application.id, body)
        card = self.cards.with_digest(typed.number)
        outcome = application.compare(typed, card, body["transfer"], person, self.filing.policy, call.at)
        if outcome == CONFLICT and card:
            with self.cards.edit(card.id) as card:
                card.dispute(application, call.at)
        if outcome == GRANTED:
            self._hand_over(call, card, typed, person)
            self._move_from(person, application.path[0], call.at)
            application.grant(person, self.vault.seal(person.id, body["name"]), self.filing.policy, by, call.at)
        return outcome

    def _move_from(self, person, village, at):
        """Whoever comes from another village than this one lives in no household there any more."""
        if person.region and person.region not in self.regions.reach([village]):
            self.departures.leave_household(person.id, at)

    def _hand_over(self, call, card, typed, person):
        """The number is this person's from now on, whosever it was."""
        if card is None:
            self.cards.add(IdCard(id=new_id(), digest=typed.number, person=person.id))
        elif card.person != person.id:
            if self.people.get(card.person).region:
                with self.people.edit(card.person) as holder:
                    holder.leave("replaced", call.at)
            with self.cards.edit(card.id) as card:
                reason = self.vault.seal(card.id, call.body["transfer"])
                card.transfer(person.id, call.person.id, reason, call.at)

    def _scopes(self, call):
        """Role → ids of all regions that the administrator answers for."""
        return {role: self.regions.reach(call.person.scopes(role)) for role in ADMINS}
