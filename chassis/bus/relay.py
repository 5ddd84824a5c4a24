"""The relay: publishes the rows of `outbox` with pipelined confirms and deletes what the broker confirmed.

What this process commits is handed over to it; it looks into `outbox` for what else is there. At most one unconfirmed
fact per subject, lower ids first, so the broker never sees a subject out of order. A holder frozen and woken late can
only send copies, which every inbox drops, and only deletes what was confirmed to itself.
"""

import time

import structlog
from amqp import Message
from eventlet.event import Event
from nameko.extensions import SharedExtension
from pymongo.write_concern import WriteConcern

from chassis.bus import broker
from chassis.bus.hand_over import HandOver
from chassis.core import metrics
from chassis.core.failpoints import failpoint
from chassis.data import unit
from chassis.data.leases import Lease
from chassis.data.mongo import Mongo, Row, is_away
from chassis.domain import age
from contracts.sdk.envelope import CONTENT_TYPE

WINDOW = 200
PAGE = 1000
CONFIRM_SECONDS = 5
CONFIRM_WAIT = 0.005
IDLE, ALONE = 0.1, 1  # between looks for what other processes have recorded, where there are any and where not
DELETE_SECONDS = 0.25
PAUSE = 0.5

log = structlog.get_logger()


class ConfirmTimeout(OSError):
    """The broker did not confirm in time; the connection is given up and the rows are sent again."""


class Window:
    """Facts on their way: which subjects have one unconfirmed, and what each delivery tag stands for."""

    def __init__(self):
        self.tags, self.subjects, self.confirmed, self.oldest = {}, set(), [], time.monotonic()

    def add(self, tags, row):
        """A row is out under these tags (one per wire form)."""
        if not self.tags:
            self.oldest = time.monotonic()
        self.tags |= dict.fromkeys(tags, (row, max(tags)))
        self.subjects.add(row["subject"])

    def confirm(self, tag, multiple):
        """The broker has taken a tag, or all up to it."""
        self.oldest = time.monotonic()
        for known in [t for t in self.tags if t <= tag] if multiple else [tag]:
            row, last = self.tags.pop(known)
            if known == last:
                self.subjects.discard(row["subject"])
                self.confirmed.append(row)

    def overdue(self):
        """Whether nothing was confirmed for too long."""
        return bool(self.tags) and time.monotonic() - self.oldest > CONFIRM_SECONDS


class Relay(SharedExtension):
    """Runs in every replica; one lease-holder publishes: its own process's facts at once, others' at the next look."""

    mongo = Mongo()

    def __init__(self):
        super().__init__()
        self.thread = None
        self.stopping = False
        self.awake, self.handed = Event(), HandOver()
        self.confirmed, self.delete_at = [], 0.0
        self.more, self.look_at = False, 0.0

    def start(self):
        if self.thread is None:
            self.database = self.mongo.database
            self.outbox = self.database.outbox.with_options(write_concern=WriteConcern(1))
            self.exchange = broker.exchange_of(self.container.service_name)
            self.lease = Lease(self.database, "relay")
            self.database.state(unit.Listeners).append(self._take)
            self.thread = self.container.spawn_managed_thread(self._run, "relay")

    def stop(self):
        """Wait until what was handed over is out, confirmed and deleted."""
        if self.thread and not self.stopping:
            self.stopping = True
            self._wake()
            self.thread.wait()

    def _take(self, rows):
        self.handed.give(rows)
        self._wake()

    def _wake(self):
        if not self.awake.ready():
            self.awake.send()

    def _run(self):
        while not self.stopping:
            try:
                if self.lease.hold():
                    with broker.of(self.container.config) as connection, self.handed.opened():
                        self._publish(connection)
                else:
                    time.sleep(PAUSE)
            except broker.GONE as error:
                log.warning("broker_away", error=type(error).__name__)
                time.sleep(PAUSE)
            except Exception as error:
                if not is_away(error):
                    raise
                log.warning("database_away", error=type(error).__name__)
                time.sleep(PAUSE)

    def _publish(self, connection):
        window, channel = Window(), self._channel(connection)
        channel.events["basic_ack"].add(window.confirm)
        channel.events["basic_nack"].add(self._refused)
        while self.lease.hold():
            if rows := self._rows(window):
                with broker.together(connection):
                    for row in rows:
                        self._send(channel, window, row)
            self._collect(connection, window)
            if self.stopping and not (window.tags or self.handed.rows or self.confirmed):
                return self.lease.release()
            if not (rows or window.tags):
                self._rest()

    def _channel(self, connection):
        channel = connection.channel()
        channel.confirm_select()
        self.tag = 0
        return channel

    def _rows(self, window):
        """What can go out now: subjects without an unconfirmed fact, each subject once."""
        room = WINDOW - len(window.tags)
        looks = self.handed.missed or time.monotonic() >= self.look_at or (self.more and room > WINDOW // 2)
        if looks and room and not self.stopping:
            return self._found(window, room)
        return self.handed.take(room, window.subjects)

    def _found(self, window, room):
        """Rows of `outbox`, lowest ids first."""
        self._delete()
        chosen: list[Row] = []
        taken, seen = set(window.subjects), 0
        self.handed.missed = False
        for row in self.outbox.find(batch_size=2 * WINDOW).sort("_id", 1).limit(PAGE):
            seen += 1
            if row["subject"] not in taken:
                chosen.append(row)
            taken.add(row["subject"])
            if len(chosen) == room:
                break
        self.more = len(chosen) == room or seen > len(chosen) + len(window.subjects)
        self.look_at = time.monotonic() + (IDLE if self.lease.sought else ALONE)
        metrics.outbox_age(self.container.service_name, age(chosen[0]["_id"]) if chosen else 0)
        return chosen

    def _send(self, channel, window, row):
        failpoint("before_publish", row["subject"])
        tags = []
        for wire, body in row["wire"].items():
            channel.basic_publish(_message(row, wire, body), self.exchange, wire)
            self.tag += 1
            tags.append(self.tag)
        window.add(tags, row)

    def _collect(self, connection, window):
        """Take confirms that are here, and delete what they confirm when enough has gathered."""
        broker.beat(connection)
        if window.overdue():
            raise ConfirmTimeout()
        if window.tags:
            broker.drain(connection, CONFIRM_WAIT)
        while broker.drain(connection, 0.0005):
            pass
        self._note(window)
        if self.stopping or len(self.confirmed) >= WINDOW or time.monotonic() >= self.delete_at:
            self._delete()

    def _note(self, window):
        if window.confirmed and not self.confirmed:
            self.delete_at = time.monotonic() + DELETE_SECONDS
        for row in window.confirmed:
            self.handed.confirmed(row)
        self.confirmed += window.confirmed
        window.confirmed.clear()

    def _delete(self):
        """One member's word is enough: a row that comes back goes out again as a copy."""
        if self.confirmed:
            failpoint("between_confirm_and_delete")
            self.outbox.delete_many({"_id": {"$in": [row["_id"] for row in self.confirmed]}})
            for wire in (wire for row in self.confirmed for wire in row["wire"]):
                metrics.fact_out(self.container.service_name, wire)
            self.confirmed.clear()

    def _rest(self):
        """Until something is handed over, or it is time to look or to delete."""
        end = min(self.look_at, self.delete_at) if self.confirmed else self.look_at
        if not (self.handed.rows or self.handed.missed):
            self.awake.wait(timeout=max(0.0, end - time.monotonic()))
        self.awake = Event()

    def _refused(self, tag, multiple):
        raise ConfirmTimeout("nack")


def _message(row, wire, body):
    return Message(
        bytes(body),
        content_type=CONTENT_TYPE,
        content_encoding="utf-8",
        delivery_mode=2,
        message_id=row["_id"],
        type=wire,
        application_headers={"subject": row["subject"], "sequence": row["sequence"]},
    )
