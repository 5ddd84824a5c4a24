"""The inbox of a service: one quorum queue with a single active consumer, read in batches by one greenlet.

Reading, working and acknowledging are one loop, so nothing can be acknowledged before it is committed and nothing
overtakes. The backlog that builds while a batch is committed is the next batch; nobody waits for more.
"""

import time
from collections import deque
from typing import Any

import structlog
from eventlet.event import Event
from nameko.extensions import SharedExtension

from chassis.bus import broker, history, origin, parking
from chassis.bus.attempts import Attempts
from chassis.bus.batch import Batch, items_of
from chassis.bus.fence import Fence
from chassis.bus.retries import Retries
from chassis.bus.topology import require_provisioned
from chassis.core import metrics
from chassis.core.failpoints import failpoint
from chassis.core.health import Health
from chassis.data.mongo import Mongo, Replaced, is_away

BATCH = 200
PREFETCH = 2 * BATCH
BATCH_BYTES = 4_000_000
PAUSE = 0.5
SUSPECT = 2
RETRY_SECONDS, QUIET_SECONDS = 0.5, 5  # between looks for parked lanes, while there are any and while there were none
IDLE = 0.1

log = structlog.get_logger()


class Inbox(SharedExtension):
    """Feeds the service's handlers: history first where it is owed, then the queue, parked lanes in between."""

    mongo = Mongo()
    health = Health()

    def __init__(self):
        super().__init__()
        self.handlers = []
        self.waiting: deque[Any] = deque()  # messages of amqp
        self.thread = None
        self.stopping = False
        self.ready = False
        self.stopped = Event()

    def register(self, handler):
        """Add a handler, before setup."""
        self.handlers.append(handler)

    def setup(self):
        self.known = {fact.wire(): fact for handler in self.handlers for fact in handler.facts}
        self.queue = broker.queue_of(self.container.service_name)
        self.database = self.mongo.database
        require_provisioned(self.database, self.known)
        self.health.needs("inbox", lambda: self.ready)

    def start(self):
        if self.thread is None:
            self.thread = self.container.spawn_managed_thread(self._run, "inbox")

    def stop(self):
        """Finish and acknowledge the batch in hand, then close the channel; never cancel, never nack."""
        self.stopping = True
        if self.thread:
            self.stopped.wait()

    def _run(self):
        with self.mongo.client.start_session() as session:
            self.fence = Fence(self.database, "inbox", session)
            self.batch = Batch(self.container, self.database, session, self.fence.check)
            self.history = history.CatchUp(self.container, self.database, self.handlers, self.batch, self.known)
            self.attempts = Attempts(self.database)
            self.retries = Retries(self.container, self.database, self.handlers, self.known, session)
            while not self.stopping:
                self._round()
        self.stopped.send()

    def _round(self):
        try:
            self.history.run(lambda: self.stopping)
            with broker.of(self.container.config) as connection:
                self._consume(connection)
        except history.FeedAway as error:
            self._pause("history_away", error)
        except broker.GONE as error:
            self._pause("broker_away", error)
        except Exception as error:
            if not is_away(error):
                raise
            self._pause("database_away", error)

    def _pause(self, event, error):
        log.warning(event, error=type(error).__name__)
        time.sleep(PAUSE)

    def _consume(self, connection):
        self.waiting.clear()
        self.active = False
        channel = connection.channel()
        channel.auto_decode = False
        channel.basic_qos(0, PREFETCH, False)
        if channel.queue_declare(self.queue, passive=True).consumer_count == 0:
            self._with_database(connection, self._take_over)
        channel.basic_consume(self.queue, callback=self.waiting.append)
        self.ready = True
        retried = 0.0
        while not self.stopping:
            self._gather(connection)
            if self.waiting:
                self._work(connection, channel)
            if time.monotonic() - retried > (RETRY_SECONDS if self.batch.parked else QUIET_SECONDS):
                self._with_database(connection, self._retry)
                retried = time.monotonic()

    def _gather(self, connection):
        broker.beat(connection)
        if self.waiting or broker.drain(connection, IDLE):
            while len(self.waiting) < BATCH and broker.drain(connection, 0.001):
                pass

    def _work(self, connection, channel):
        taken = self._take()
        self._with_database(connection, lambda: self._settle(taken))
        failpoint("after_commit_before_ack")
        channel.basic_ack(taken[-1].delivery_tag, multiple=True)
        metrics.batch(self.container.service_name, len(taken))

    def _take(self):
        """The next messages to run together: within the byte cap; a suspect runs alone."""
        taken: list[Any] = []
        size = 0
        while self.waiting and size < BATCH_BYTES:
            if _deliveries(self.waiting[0]) >= SUSPECT and taken:
                break
            message = self.waiting.popleft()
            taken.append(message)
            size += len(message.body)
            if _deliveries(message) >= SUSPECT:
                break
        return taken

    def _settle(self, messages):
        self._take_over()
        placed = [origin.delivered(message, self.queue) for message in messages]
        items = [item for each in placed for item in items_of(self.handlers, self.known, each)]
        if _deliveries(messages[0]) >= SUSPECT:
            self.attempts.alone(self.batch, items)
        else:
            self.batch.run(items)

    def _retry(self):
        self.retries.run()
        count = self.database.parked.estimated_document_count()
        self.batch.parked = count > 0
        metrics.parked(self.container.service_name, count)
        metrics.not_believed(self.container.service_name, parking.not_believed(self.database))

    def _take_over(self):
        """Nobody else consumes now: once, before the first message is handled."""
        if not self.active:
            self.fence.close_behind()
            self.batch.check_known = self.batch.parked = True
            self.history.join()
            history.begin(self.database, self.handlers)
            self.active = True

    def _with_database(self, connection, work):
        """Run `work()` again until the database is there, keeping the connection alive meanwhile."""
        while True:
            try:
                return work()
            except Exception as error:
                if not is_away(error) or isinstance(error, Replaced) or self.stopping:
                    raise
                self._pause("database_away", error)
                broker.beat(connection)


def _deliveries(message):
    count = (message.headers or {}).get("x-delivery-count", 0)
    return count if isinstance(count, int) else 0
