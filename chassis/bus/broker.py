"""RabbitMQ connections of a service: heartbeats on, waits bounded, names of queues and exchanges."""

import socket
import ssl
from contextlib import contextmanager
from urllib.parse import urlsplit

from amqp.exceptions import AMQPError
from kombu import Connection
from kombu.exceptions import OperationalError

from chassis.core import tls
from chassis.core.glue import read_ahead

GONE = (AMQPError, OSError, OperationalError, socket.timeout)
HEARTBEAT = 20
READ_AHEAD = 16_384


def of(config):
    """An open connection of a service, by its settings; raises one of GONE when the broker is away."""
    return connect(config["AMQP_URI"], config.get("TLS_DIR"))


def connect(uri, tls_dir=None):
    """An open connection, `amqps://` with what `tls_dir` holds; raises one of GONE when the broker is away."""
    connection = Connection(uri, heartbeat=HEARTBEAT, connect_timeout=5, ssl=_tls(uri, tls_dir))
    connection.ensure_connection(max_retries=1, interval_start=0.2, timeout=10)
    read_ahead(connection.connection.transport, READ_AHEAD)  # else nine system calls for one message
    return connection


def _tls(uri, tls_dir):
    """Whom the other end must prove to be: vouched for by our authority, else by one the system knows."""
    address = urlsplit(uri)
    if address.scheme != "amqps":
        return False
    authority = {"ca_certs": tls.authority(tls_dir)} if tls_dir else {}
    return {"cert_reqs": ssl.CERT_REQUIRED, "server_hostname": address.hostname} | authority


def drain(connection, seconds):
    """Handle one frame that arrives within `seconds`; False when none did. Raises one of GONE."""
    try:
        connection.drain_events(timeout=seconds)
        return True
    except TimeoutError:
        return False


@contextmanager
def together(connection):
    """What is sent in the block goes out in few packets, at its end."""
    sock = connection.connection.sock
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 1)
    yield
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_CORK, 0)


def beat(connection):
    """Send a heartbeat when one is due; raises one of GONE when the broker has been silent too long."""
    connection.heartbeat_check(rate=2)


def exchange_of(service):
    """`petition.events`"""
    return f"{service}.events"


def queue_of(service):
    """`petition.inbox`"""
    return f"{service}.inbox"
