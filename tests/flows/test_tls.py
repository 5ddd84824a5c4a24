"""One letter with TLS on every hop, certificates of an authority of our own, and every door tried without."""

import gc
import socket
import subprocess
import sys
from contextlib import ExitStack, closing

import pytest
import requests
import trustme
from pymongo import MongoClient
from pymongo.errors import ServerSelectionTimeoutError

from chassis.bus import broker
from chassis.bus.history import mark
from chassis.bus.on import handlers
from chassis.registry import services
from chassis.testing import wait_until
from deploy.local.county import County
from deploy.local.keys import secret
from deploy.local.mongo import Mongo
from deploy.local.process import ready
from deploy.local.rabbit import Rabbit
from deploy.local.servers import ports
from tests.flows.town import LETTER, PHONES, free_ports

SERVICES = ("identity", "petition")
HERE = "127.0.0.1"


class SecureCounty(County):
    """Two services; `tls` is the folder of certificates."""

    scheme = "https"

    def __init__(self, home, admins, tls):
        super().__init__(home, admins, name="tls", first=free_ports())
        self.tls = tls

    def environment(self, service):
        given = super().environment(service)
        return given | {"TLS_DIR": str(self.tls), "AMQP_URI": given["AMQP_URI"].replace("amqp://", "amqps://")}

    def forgo_history(self, service, producer):
        """Count as read what a service that does not run here would have told."""
        with MongoClient(self.admins["MONGO_ADMIN"]) as client:
            for handler in handlers(services()[service]):
                for fact in filter(lambda fact: fact.producer() == producer, handler.facts):
                    read = {"$set": {"done": True}}
                    client[f"{self.name}_{service}"].cursors.update_one({"_id": mark(handler, fact)}, read, upsert=True)


def certificates(folder, authority, *names):
    """A folder as TLS_DIR has it, for 127.0.0.1 or the names."""
    folder.mkdir()
    own = authority.issue_cert(*names or (HERE,))
    authority.cert_pem.write_to_path(folder / "ca.crt")
    own.cert_chain_pems[0].write_to_path(folder / "tls.crt")
    own.private_key_pem.write_to_path(folder / "tls.key")
    own.private_key_and_cert_chain_pem.write_to_path(folder / "tls-combined.pem")
    return folder


@pytest.fixture
def county(tmp_path, monkeypatch):
    """Own servers, identity and petition, everything with certificates, regions and sample people."""
    tls, chosen = certificates(tmp_path / "tls", trustme.CA(), HERE, "localhost"), ports(tmp_path)
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(tls / "ca.crt"))
    with ExitStack() as stack:
        admins = {"AMQP_ADDRESS": f"{HERE}:{chosen['amqp']}"}
        for name, server in {"AMQP_ADMIN": Rabbit, "MONGO_ADMIN": Mongo}.items():
            started = server(tmp_path, chosen, secret(tmp_path, name.lower()), tls)
            admins[name] = stack.enter_context(started.running())
        county = SecureCounty(tmp_path, admins, tls)
        county.make_keys()
        for service in SERVICES:
            county.prepare(service)
            process = county.process(service)
            stack.callback(process.stop)
            process.start()
        for service in SERVICES:
            county.forgo_history(service, "sla")
        for service in SERVICES:
            wait_until(lambda: ready(county.url(service, 200)), service, 60)  # noqa: B023
        seed = [sys.executable, "-m", "services.identity.seed"]
        subprocess.run(seed, env=county.environment("identity"), check=True, capture_output=True, timeout=60)
        yield county


@pytest.mark.timeout(240)
@pytest.mark.filterwarnings("ignore:.*GreenSSLSocket:pytest.PytestUnraisableExceptionWarning")  # refused connections
@pytest.mark.filterwarnings(
    "ignore:unclosed <eventlet.green.ssl:ResourceWarning"
)  # that eventlet leaves to the collector
def test_a_letter_goes_its_way_and_no_door_opens_without_a_certificate(county, tmp_path):
    stranger = certificates(tmp_path / "stranger", trustme.CA())
    with closing(socket.create_connection((HERE, county.ports["identity"]))):  # silent: delays nobody
        token = sign_in(county)
    written = wait_until(lambda: write(county, token), "the regions, told over the bus", 60)
    assert written.headers["Strict-Transport-Security"].startswith("max-age=")
    assert written.headers["X-Request-Id"]

    for kind in (0, 100):
        with pytest.raises(requests.ConnectionError):
            requests.get(county.url("petition", kind).replace("https", "http"), timeout=5)
    inside, internal = f"{county.url('petition', 100)}/v1/facts", {"verify": str(county.tls / "ca.crt"), "timeout": 5}
    assert requests.get(inside, cert=pair(county.tls), **internal).status_code == 401
    for shown in (None, pair(stranger)):
        with pytest.raises(requests.ConnectionError):
            requests.get(inside, cert=shown, **internal)
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(county.url("petition"), verify=str(stranger / "ca.crt"), timeout=5)
    check_servers(county, stranger)
    gc.collect()


def sign_in(county):
    """An access token of a sample villager."""
    base = county.url("identity")
    challenge = requests.post(f"{base}/v1/challenges", json={"phone": PHONES["villager"]}, timeout=10).json()
    shown = {"challenge": challenge["challenge"], "code": county.sample_code}
    return requests.post(f"{base}/v1/sessions", json=shown, timeout=10).json()["access_token"]


def write(county, token):
    """The answer to a letter, once it is accepted."""
    sent = {"Authorization": f"Bearer {token}"}
    answer = requests.post(f"{county.url('petition')}/v1/petitions", json=LETTER, headers=sent, timeout=10)
    return answer if answer.status_code == 201 else None


def pair(folder):
    return str(folder / "tls.crt"), str(folder / "tls.key")


def check_servers(county, stranger):
    """Broker and database take no plain connection, and are not believed with another authority's certificate."""
    secure = county.environment("petition")
    with broker.connect(secure["AMQP_URI"], county.tls) as connection:
        assert connection.connected
    for uri, folder in ((secure["AMQP_URI"].replace("amqps", "amqp"), None), (secure["AMQP_URI"], stranger)):
        with pytest.raises(broker.GONE):
            broker.connect(uri, folder)
    plain, own = secure["MONGO_URI"].partition("&tls=")[0], str(county.tls / "ca.crt")
    assert own.replace("/", "%2F") in secure["MONGO_URI"]
    for given in ({}, {"tls": True, "tlsCAFile": str(stranger / "ca.crt")}):
        with MongoClient(plain, serverSelectionTimeoutMS=1500, **given) as client:
            with pytest.raises(ServerSelectionTimeoutError):
                client.admin.command("ping")
