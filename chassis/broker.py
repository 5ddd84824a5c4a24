"""RabbitMQ connections of a service: heartbeats on, waits bounded, names of queues and exchanges."""

import socket

from amqp.exceptions import AMQPError
from kombu import Connection
from kombu.exceptions import OperationalError

GONE = (AMQPError, OSError, OperationalError, socket.timeout)
HEARTBEAT = 20


def connect(uri):
    """An open connection; raises one of GONE when the broker is away."""
    connection = Connection(uri, heartbeat=HEARTBEAT, connect_timeout=5)
    connection.ensure_connection(max_retries=1, interval_start=0.2, timeout=10)
    return connection


def drain(connection, seconds):
    """Handle one frame that arrives within `seconds`; False when none did. Raises one of GONE."""
    try:
        connection.drain_events(timeout=seconds)
        return True
    except TimeoutError:
        return False


def beat(connection):
    """Send a heartbeat when one is due; raises one of GONE when the broker has been silent too long."""
    connection.heartbeat_check(rate=2)


def exchange_of(service):
    """`petition.events`"""
    return f"{service}.events"


def queue_of(service):
    """`petition.inbox`"""
    return f"{service}.inbox"
