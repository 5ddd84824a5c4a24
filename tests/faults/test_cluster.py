"""Invariant 4 on three RabbitMQ nodes and three members of MongoDB: a leader or a minority is lost, or all stop."""

import time
from contextlib import contextmanager

import eventlet
import pymongo
import pytest
from pymongo.errors import PyMongoError

from tests.faults.checker import Checker
from tests.faults.load import Load
from tests.faults.test_servers_away import prove
from tests.faults.town import until

pytestmark = [pytest.mark.long, pytest.mark.timeout(600)]

CUT_OFF_SECONDS = 20
ALARM_SECONDS = 8
ALARMS = {
    "disk": (["set_disk_free_limit", "999999GB"], ["set_disk_free_limit", "50MB"]),
    "memory": (["set_vm_memory_high_watermark", "absolute", "1MB"], ["set_vm_memory_high_watermark", "0.4"]),
}


@contextmanager
def loaded(town):
    """A checker and a load that has begun."""
    checker, load = Checker(town), Load(town, people=4)
    until(lambda: len(load.written) > 4, "the first letters")
    yield checker, load


def leader(town):
    """The server on which the witness's queue has its leader."""
    return town.servers[town.broker("GET", f"queues/{town.name}/witness.inbox").json()["leader"]]


def primary(town):
    """The server that takes writes, None while there is none."""
    address = town.mongo.primary
    return address and town.servers["{}:{}".format(*address)]


def another_primary(town, than):
    """Wait until another member takes writes and most members keep them; when that was (epoch seconds)."""
    until(lambda: primary(town) not in (None, than), "another primary")
    until(lambda: keeps(town), "a majority")
    return time.time()


def keeps(town):
    """Whether a write reaches most members within a second."""
    try:
        with pymongo.timeout(1):
            return town.mongo[f"{town.name}_probe"].probe.insert_one({}).acknowledged
    except PyMongoError:
        return False


def alike(town, kind):
    """The servers of a kind, `rabbitmq` or `mongod`."""
    return [server for server in town.servers.values() if server.process.name.startswith(kind)]


def test_invariant_04_a_killed_leader_is_replaced(cluster):
    with loaded(cluster) as (checker, load):
        killed = leader(cluster)
        killed.kill()
        prove(cluster, "kill -9 of the leading RabbitMQ node of three", 1, load, checker, time.time())
        killed.start()


def test_invariant_04_a_node_cut_off_from_the_others_is_replaced_and_comes_back(cluster):
    with loaded(cluster) as (checker, load):
        lost = leader(cluster)
        lost.freeze()
        eventlet.sleep(CUT_OFF_SECONDS)
        prove(cluster, "leading RabbitMQ node of three frozen and woken", 1, load, checker, lost.thaw())


@pytest.mark.parametrize("kind", ["rabbitmq", "mongod"])
def test_invariant_04_all_nodes_killed_and_started_again_lose_nothing(cluster, kind):
    with loaded(cluster) as (checker, load):
        servers = alike(cluster, kind)
        for server in servers:
            server.kill()
        for server in servers:
            server.process.start()
        recovered = max(server.serving() for server in servers)
        prove(cluster, f"kill -9 of all three {kind}", len(servers), load, checker, recovered)


@pytest.mark.parametrize("alarm", ALARMS)
def test_invariant_04_a_broker_that_takes_nothing_in_loses_nothing(cluster, alarm):
    raised, cleared = ALARMS[alarm]
    with loaded(cluster) as (checker, load):
        outbox, broker = cluster.database("petition").outbox, leader(cluster)
        broker.control(*raised)
        until(lambda: outbox.count_documents({}) > 20, "facts to be held back")
        eventlet.sleep(ALARM_SECONDS)
        broker.control(*cleared)
        prove(cluster, f"{alarm} alarm of RabbitMQ", 1, load, checker, time.time())


def test_invariant_04_a_killed_primary_is_replaced(cluster):
    with loaded(cluster) as (checker, load):
        killed = primary(cluster)
        killed.kill()
        recovered = another_primary(cluster, killed)
        prove(cluster, "kill -9 of the MongoDB primary of three", 1, load, checker, recovered)
        killed.start()


def test_invariant_04_a_primary_cut_off_from_the_others_is_replaced_and_comes_back(cluster):
    with loaded(cluster) as (checker, load):
        lost = primary(cluster)
        lost.freeze()
        recovered = another_primary(cluster, lost)
        eventlet.sleep(CUT_OFF_SECONDS)
        lost.thaw()
        prove(cluster, "MongoDB primary of three frozen and woken", 1, load, checker, recovered)


def test_invariant_04_another_member_takes_over_when_the_primary_steps_down(cluster):
    with loaded(cluster) as (checker, load):
        before = primary(cluster)
        cluster.mongo.admin.command("replSetStepDown", 30, secondaryCatchUpPeriodSecs=10)
        recovered = another_primary(cluster, before)
        prove(cluster, "MongoDB primary of three steps down", 1, load, checker, recovered)
