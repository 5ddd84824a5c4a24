"""How much of a processor the services, the database and the broker have used."""

import os
from contextlib import contextmanager

import requests

TICKS = os.sysconf("SC_CLK_TCK")


class Processors:
    """Seconds of a processor, of groups of processes of one machine: `{"services": [pid, …], …}`."""

    def __init__(self, pids):
        self.pids = pids

    @classmethod
    def of(cls, town, processes):
        """Of a Town: its running services, MongoDB, RabbitMQ."""
        nodes = requests.get(f"{town.admins['AMQP_ADMIN']}/api/nodes", timeout=20).json()
        mongod = town.mongo.admin.command("serverStatus")["pid"]
        services = [process.child.pid for process in processes.values()]
        return cls({"services": services, "mongod": [mongod], "broker": [int(node["os_pid"]) for node in nodes]})

    @contextmanager
    def per(self, count):
        """Yields a dict that holds, after the block, milliseconds of each group divided by `count`."""
        before, found = self.used(), {}
        yield found
        found |= {name: 1000 * (used - before[name]) / count for name, used in self.used().items()}

    def used(self):
        """Group → seconds so far."""
        return {name: sum(map(used, pids)) for name, pids in self.pids.items()}


def used(pid):
    """Seconds of a processor that a process has used, in its code and in the system's."""
    with open(f"/proc/{pid}/stat") as stat:
        fields = stat.read().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS
