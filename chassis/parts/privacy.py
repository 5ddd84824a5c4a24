"""What every service does for the people whose data it may hold: it forgets who was erased
and what is old, and says who was read."""

import time
from typing import Any

import structlog
from marshmallow import Schema, fields, validate
from nameko.extensions import DependencyProvider

from chassis.auth.peers import PeerRefused, PeerUnavailable, call
from chassis.bus import history, origin
from chassis.bus.on import on
from chassis.core.glue import Gives
from chassis.core.group import Group
from chassis.core.health import Health
from chassis.data.database import Database
from chassis.data.mongo import Mongo, is_away
from chassis.domain import now
from chassis.parts.every import every
from chassis.privacy import access_log, denials, retention
from chassis.privacy.vault import VaultKeys
from chassis.schemas import Body, Month, Read, Total
from chassis.web import idempotency
from chassis.web.http import internal
from contracts.identity.villagers import PersonErased
from contracts.sdk.envelope import Undecodable

OWNER = PersonErased.producer()  # of the people: it alone may ask who read about them
PAGE, PAUSE, MINUTE, DAY = 1000, 0.5, 60, 86_400

log = structlog.get_logger()


class Erasures(DependencyProvider):
    """Erases people from this service's vault; before the service is ready, all whom identity ever told of.

    A vault restored from a backup has their keys again, and the inbox may know their facts already.
    """

    mongo, keys, health = Mongo(), VaultKeys(), Health()

    def __init__(self):
        super().__init__()
        self.thread: Any = None  # eventlet's
        self.applied = False

    def setup(self):
        self.health.needs("erasures", lambda: self.applied)

    def start(self):
        self.thread = self.container.spawn_managed_thread(self._run, "erasures")

    def stop(self):
        self.thread.kill()

    def get_dependency(self, worker_ctx):
        return self

    def apply(self, person):
        """Nothing sealed for a person opens again, here at once, in other replicas after a second."""
        self.keys.erase(person)

    def follow_master_key(self):
        """Wrap every key by the master key that is in use now."""
        self.keys.turn()

    def _run(self):
        while not self.applied:
            try:
                self._catch_up()
                self.applied = True
            except (PeerRefused, PeerUnavailable, origin.NotBelieved, Undecodable) as error:
                self._pause(error)
            except Exception as error:
                if not is_away(error):
                    raise
                self._pause(error)

    def _catch_up(self):
        after = ""
        while facts := self._told(after):
            known = self.keys.erased_among([fact["subject"] for fact in facts])
            for fact in facts:
                if fact["subject"] not in known:
                    self.apply(fact["subject"])
            after = facts[-1]["_id"]

    def _told(self, after):
        """The next erasures of identity's history, {_id, subject}; identity reads its own database.

        Raises NotBelieved, Undecodable: nobody is erased by what identity has not told, and the service is not ready.
        """
        wire, own = PersonErased.wire(), self.container.service_name == PersonErased.producer()
        if own:
            return history.feed(self.mongo.database, [wire], after, PAGE)[0]
        query = {"types": wire, "after": after, "limit": PAGE}
        lines = call(self.container, PersonErased.producer(), "/v1/facts", query).content.splitlines()
        said = [origin.served(line, PersonErased.producer(), [wire]) for line in lines]
        told = [origin.believed(each, {wire: PersonErased}) for each in said]
        return [{"_id": fact.id, "subject": fact.subject} for fact in told]

    def _pause(self, error):
        log.warning("erasures_unknown", error=type(error).__name__)
        time.sleep(PAUSE)


class Schedule(Gives[list[retention.Rule]]):
    """The retention rules of a service, from the file that its class names (`retention`)."""

    def get_dependency(self, worker_ctx: object) -> list[retention.Rule]:
        return retention.schedule(self.container.service_cls.retention)


class After(Body):
    """Rows after which id."""

    after = fields.String(load_default="", validate=validate.Length(max=36))


class Refusal(Schema):
    """One refusal."""

    id = fields.String(attribute="_id")
    at = fields.AwareDateTime()
    who = fields.String()
    status = fields.Integer()


class PersonalData(Group):
    """Forgetting who was erased and what is old, and the access log.

    identity, which knows the people, asks each service for its part of the access log.
    """

    erasures = Erasures()
    database = Database()
    schedule = Schedule()

    @every(seconds=DAY)
    def forget_what_is_old(self):
        """What the service's schedule says (`retention`, a file)."""
        for rule in self.schedule:
            if count := rule.apply(self.database, now()):
                log.info("retention", rule=rule.name, count=count)

    @every(seconds=MINUTE)
    def follow_master_key(self):
        """A master key that has turned is noticed, and what the old one wraps goes under it."""
        self.erasures.follow_master_key()

    @every(seconds=3600)
    def forget_repeats(self):
        """The secrets by which commands of days gone were hashed (Idempotency-Key)."""
        idempotency.forget_days(self.erasures.keys, now())

    @on(PersonErased)
    def destroy_keys(self, fact):
        """Her key is destroyed with the fact, not with the batch; destroying it twice is harmless."""
        self.erasures.apply(fact.subject)

    @internal("GET", "/internal/v1/reads", callers=[OWNER], query=After, returns=Read(many=True))
    def serve_reads(self, call):
        """Readings after an id, oldest first."""
        return access_log.after(self.database, call.query["after"], PAGE)

    @internal("GET", "/internal/v1/refusals", callers=[OWNER], query=After, returns=Refusal(many=True))
    def serve_refusals(self, call):
        """Refusals after an id, oldest first."""
        return denials.after(self.database, call.query["after"], PAGE)

    @internal("GET", "/internal/v1/reads/totals", callers=[OWNER], query=Month, returns=Total(many=True))
    def serve_read_totals(self, call):
        """Readings of a month, counted by reader and reason."""
        return access_log.totals(self.database, call.query["month"])

    @internal("GET", "/internal/v1/reads/about/{person}", callers=[OWNER], returns=Read(many=True))
    def serve_reads_about(self, call, person):
        """The last readings of a person's data by others, newest first."""
        return access_log.about(self.database, person, PAGE)
