"""notify: messages to people."""

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from datetime import timedelta
from pathlib import Path

from chassis.service import (
    SIGNED_IN,
    Peer,
    PeerRefused,
    PeerUnavailable,
    Regions,
    RegionTree,
    Service,
    Setting,
    every,
    http,
    on,
)
from chassis.store import Duplicate
from contracts.identity.villagers import PersonErased
from contracts.sdk.registry import all_facts
from services.notify import schemas
from services.notify.domain.message import MessageNotFound, Outcome
from services.notify.domain.rules import RULEBOOK
from services.notify.providers import Sms, provider
from services.notify.store import Messages

WORKERS = 6
BATCH = 2 * WORKERS  # each can wait for two calls of the slowest provider before its claim is over
TURN = timedelta(seconds=5)
RULED = [fact for fact in all_facts() if fact.name in {rule.fact for rule in RULEBOOK.rules}]


class NotifyService(Service):
    """Messages to people (消息): fact → rule → Chinese template → people → SMS or in-app inbox."""

    name = "notify"
    retention = Path(__file__).with_name("retention.json")
    key_files = ("sms.key",)
    settings = {"SMS_PROVIDER": Setting(), "SMS_URL": Setting(), "NOTICE_HOURS": Setting(default="08:00-20:00")}
    groups = (RegionTree,)
    regions = Regions()
    messages = Messages()
    identity = Peer("identity")

    # asked

    @http("GET", "/v1/inbox", query=schemas.Paging, returns=schemas.Inbox, roles=SIGNED_IN)
    def show_inbox(self, call):
        page = self.messages.inbox(call.person.id, call.query["cursor"], call.query["limit"])
        items = [self._shown(message) for message in page.items]
        return {"items": items, "unread": self.messages.unread(call.person.id), "next": page.next}

    @http("POST", "/v1/inbox/{key}/read", status=204, roles=SIGNED_IN)
    def mark_read(self, call, key):
        with self.messages.edit(key) as message:
            if message.address != f"person:{call.person.id}":
                raise MessageNotFound()
            message.read(call.at)

    @http("GET", "/v1/messages", query=schemas.Search, returns=schemas.Messages, roles=["operator"])
    def list_messages(self, call):
        return self.messages.in_state(call.query["state"], call.query["cursor"], call.query["limit"])

    @http("POST", "/v1/messages/{key}/decision", body=schemas.Decision, status=204, roles=["operator"])
    def decide(self, call, key):
        with self.messages.edit(key) as message:
            message.decide(call.body["decision"], call.body["reason"], call.person.id, call.at)

    # told: since="now", because these rows cause SMS and old facts must not send them

    @on(*RULED, since="now")
    def write_messages(self, fact):
        self.messages.add_new(RULEBOOK.messages(fact, self.now(), self._above, self.settings["NOTICE_HOURS"]))

    @on(PersonErased)
    def forget_person(self, fact):
        self.messages.forget(fact.subject)

    # due

    @every(seconds=1)
    def send_due(self):
        end = self.now() + TURN
        with ThreadPoolExecutor(WORKERS) as workers:
            while self.now() < end and (claimed := self.messages.claim(self.now(), BATCH)):
                list(workers.map(self._attempt, claimed))

    def _attempt(self, message):
        try:
            self._expand(message) if message.several else self._settle(message, self._outcome(message))
        except PeerUnavailable:
            self._settle(message, Outcome("put_off", "identity_away"))
        except PeerRefused as refused:
            self._settle(message, message.refused(refused.status))

    def _expand(self, message):
        people = self._staff(message) if message.kind == "staff" else self._holders(message.target)
        kept_from = {*message.recused, *(self._holders(message.but) if message.but else ())}
        people = [person for person in people if person not in kept_from]
        with self.messages.edit(message.id) as kept:
            if kept.claim == message.claim:
                self.messages.add_new(kept.expand(people, self.now(), self._instead(message)))

    def _holders(self, office):
        """Ids of the people who hold ROLE@REGION now."""
        role, region = office.split("@")
        found = self.identity.get("/internal/v1/contacts", role=role, region=region)
        return [contact["person"] for contact in found]

    def _staff(self, message):
        """Ids of the people on a department's directory now."""
        department, _ = message.several
        return [each["person"] for each in self.identity.get(f"/internal/v1/organisations/{department}/staff")]

    def _instead(self, message):
        """Who sees to what nobody is there for, or None where its city is not known."""
        row = self.regions.row(message.several[1])
        return row and f"{RULEBOOK.fallback_role}@{row['path'][-1]}"

    def _outcome(self, message):
        gateway = provider(*(self.settings[name] for name in ("SMS_PROVIDER", "SMS_URL", "SECRETS_DIR")))
        if message.state == "checking":
            return gateway.find(message.id)
        if message.expired(self.now()):
            return Outcome("expired", "too_late")
        if self._flooded(message):
            return self._fold(message)
        contact = self._contact(message)
        if not contact["phone"]:
            return Outcome("skipped", "no_phone")
        sms = self._sms(message, **contact)
        return gateway.send(sms) if self.messages.holds(message, self.now()) else None

    def _flooded(self, message):
        most = round(RULEBOOK.flood * self.settings["RATES"])
        return message.may_fold() and self.messages.many_sent(message, self.now() - RULEBOOK.flood_span, most)

    def _fold(self, message):
        with suppress(Duplicate):  # another worker was first
            self.messages.add_new([message.fold(self.now(), RULEBOOK.flood_span)])
        return Outcome("folded", "flood")

    def _contact(self, message):
        kind = {"person": "contacts", "challenge": "challenges"}[message.kind]
        return self.identity.get(f"/internal/v1/{kind}/{message.target}")

    def _sms(self, message, phone, code="", **_):
        shown, text = (RULEBOOK.text(message, self._place, **secrets) for secrets in ({}, {"code": code}))
        return Sms(message.id, message.template, phone=phone, text=f"{RULEBOOK.signature}{text}", shown=shown)

    def _settle(self, message, outcome):
        """Save an attempt's outcome, unless there was none or another worker has the message now."""
        with self.messages.edit(message.id) as kept:
            if outcome and kept.claim == message.claim:
                kept.settle(outcome, self.now(), RULEBOOK.delays)

    def _shown(self, message):
        text = RULEBOOK.text(message, self._place)
        return {"id": message.id, "title": RULEBOOK.title(message), "text": text, "at": message.created_at,
                "read": message.read_at is not None}  # fmt: skip

    def _above(self, region):
        """The region above, or above what this one was merged into; None at the top and where it is not known."""
        row = self.regions.row(region)
        return row and next(iter(row["path"][row["path"].index(row["heir"]) + 1 :]), None)

    def _place(self, region):
        row = self.regions.row(region)
        return row["place"] if row else ""
