"""MongoDB for services: one client per process, transactions, and telling "away" from "wrong"."""

from collections.abc import Callable
from contextlib import contextmanager
from typing import Any, Self, TypeVar

import structlog
from nameko.containers import ServiceContainer
from nameko.extensions import SharedExtension
from pymongo import MongoClient, database, errors
from pymongo.read_concern import ReadConcern
from pymongo.write_concern import WriteConcern

from chassis.core.failpoints import failpoint
from chassis.core.problems import SOON, Problem, problem

log = structlog.get_logger()

Row = dict[str, Any]  # a document as MongoDB keeps it

MAJORITY = WriteConcern("majority", wtimeout=10_000)
SNAPSHOT = ReadConcern("snapshot")
WRITE_CONFLICT = 112
STARTING = {134, 211}  # no majority to read from yet; the keys that sign its clock are not read yet
NOT_PRIMARY = {91, 189, 10058, 10107, 11600, 11602, 13435, 13436}  # shutting down, stepped down, recovering
AWAY_CODES = STARTING | NOT_PRIMARY
COMMIT_TRIES = 5
T = TypeVar("T")


class Clash(Exception):
    """Somebody else changed the same thing first; run the body again."""


class Paused(Exception):
    """An operator holds back what the service is told; run it again until she is done."""


class Replaced(Exception):
    """A successor holds the role of this process, which was thought dead: begin again from the connection."""


class Duplicate(Exception):
    """A unique key exists already; `collection` says where, `origin` which message of a batch wrote it."""

    def __init__(self, collection, origin):
        super().__init__(collection)
        self.collection, self.origin = collection, origin


AWAY = (
    errors.ConnectionFailure,
    errors.ExecutionTimeout,
    errors.WTimeoutError,
    errors.NetworkTimeout,
    Paused,
    Replaced,
)


class WithState:
    """A database with what this process knows of its own work there."""

    def state(self, kind: Callable[[], T]) -> T:
        """The one `kind()` of this database, made at the first call."""
        states = vars(self).setdefault("_states", {})
        if kind not in states:
            states[kind] = kind()
        return states[kind]


class Database(WithState, database.Database[Row]):
    """MongoDB's, with state."""


class Client(MongoClient[Row]):
    """A client that gives the same Database for the same name."""

    def __init__(self, uri: str, **options: Any) -> None:
        self._named: dict[str, Database] = {}
        super().__init__(uri, **options)

    def __getitem__(self, name: str) -> Database:
        if name not in self._named:
            self._named[name] = Database(self, name)
        return self._named[name]


class Mongo(SharedExtension):
    """The service's own database, with the service's own account: `database` from binding on."""

    client: Client
    database: Database

    def bind(self, container: ServiceContainer) -> Self:
        bound = super().bind(container)
        if not hasattr(bound, "client"):
            bound.client = connect(container.config["MONGO_URI"])
            bound.database = bound.client[f"{container.config['COUNTY']}_{container.service_name}"]
        return bound

    def stop(self):
        self.client.close()

    kill = stop


def connect(uri: str) -> Client:
    """A client whose waits are bounded and whose datetimes are aware."""
    return Client(
        uri,
        tz_aware=True,
        w="majority",
        maxPoolSize=60,
        waitQueueTimeoutMS=10_000,
        serverSelectionTimeoutMS=5_000,
        heartbeatFrequencyMS=2_000,
        connectTimeoutMS=5_000,
        socketTimeoutMS=30_000,
    )


def is_away(error):
    """Whether the database is unreachable, starting, between primaries or held, rather than refusing this write."""
    labelled = getattr(error, "has_error_label", lambda _: False)
    return isinstance(error, AWAY) or bool(_codes(error) & AWAY_CODES) or labelled("RetryableWriteError")


def _codes(error):
    """The server's codes for what went wrong, of the command and of each write."""
    if not isinstance(error, errors.OperationFailure):
        return set()
    return {error.code} | {each["code"] for each in (error.details or {}).get("writeErrors", [])}


def transact(client, work, session=None):
    """Run `work(session)` in one majority transaction.

    Raises Clash on a write conflict, Duplicate from `work`, and pymongo's own errors when the database is away.
    """
    if session is None:
        with client.start_session() as own:
            return transact(client, work, own)
    with _translated():
        with session.start_transaction(read_concern=SNAPSHOT, write_concern=MAJORITY, max_commit_time_ms=10_000):
            result = work(session)
            failpoint("before_commit")
            _commit(session)
    return result


def _commit(session):
    for left in reversed(range(COMMIT_TRIES)):
        try:
            return session.commit_transaction()
        except errors.PyMongoError as error:
            if not (left and error.has_error_label("UnknownTransactionCommitResult")):
                raise


@contextmanager
def _translated():
    try:
        yield
    except errors.PyMongoError as error:
        if error.has_error_label("TransientTransactionError") and not isinstance(error, AWAY):
            raise Clash() from error
        raise


# how requests that fail here are answered


@problem.register
def _(error: Clash):
    return Problem("busy", headers=SOON)


@problem.register
def _(error: Duplicate):
    return Problem("already_exists")


@problem.register
def _(error: errors.PyMongoError):
    if is_away(error):
        log.warning("database_away", error=type(error).__name__)
        return Problem("unavailable", headers=SOON)
    return problem.dispatch(object)(error)
