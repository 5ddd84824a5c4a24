"""Our own RabbitMQ node, from Debian's package, beside any other broker of the machine."""

import os
from contextlib import contextmanager
from pathlib import Path

import requests

from deploy.local.process import CannotStart, Process, answers, is_free

SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # Debian's /usr/sbin one switches the user
PLUGINS = "[rabbitmq_management,rabbitmq_prometheus,rabbitmq_consistent_hash_exchange].\n"
CONFIG = """\
listeners.tcp.1 = 127.0.0.1:{amqp}
management.tcp.ip = 127.0.0.1
management.tcp.port = {management}
prometheus.tcp.ip = 127.0.0.1
prometheus.tcp.port = {metrics}
default_user = admin
default_pass = {password}
raft.wal_max_size_bytes = 67108864
log.console = true
log.file = false
"""


class Rabbit:
    """A node named by its port, with its own epmd; `admin` (and no `guest`) may do everything."""

    def __init__(self, home, ports, password):
        self.folder, self.ports, self.password = Path(home, "rabbitmq"), ports, password
        self.admin = f"http://admin:{password}@127.0.0.1:{ports['management']}"
        epmd = ["epmd", "-address", "127.0.0.1", "-port", ports["epmd"]]
        self.epmd = Process("epmd", epmd, home / "logs")
        self.node = Process("rabbitmq", [SERVER], home / "logs", self._environment())

    @contextmanager
    def running(self):
        """The node, answering, for the block; yields the management URL of its administrator."""
        self._check()
        self._configure()
        try:
            self.epmd.start()
            self.epmd.wait_for(lambda: answers(self.ports["epmd"]))
            self.node.start()
            self.node.wait_for(self._answers)
            yield self.admin
        finally:
            self.node.stop()
            self.epmd.stop()

    def _check(self):
        if not SERVER.exists():
            raise CannotStart("RabbitMQ is not installed: run `make install` as root.")
        self.node.end_leftover()
        self.epmd.end_leftover()
        for name in ("epmd", "distribution", "amqp", "management", "metrics"):
            if not is_free(self.ports[name]):
                raise CannotStart(f"Port {self.ports[name]} of RabbitMQ ({name}) is taken by another program.")

    def _configure(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        config = self.folder / "rabbitmq.conf"
        config.touch(mode=0o600)
        config.write_text(CONFIG.format(password=self.password, **self.ports))
        (self.folder / "enabled_plugins").write_text(PLUGINS)

    def _environment(self):
        loopback = "-kernel inet_dist_use_interface {127,0,0,1}"
        no_busy_wait = "+sbwt none +sbwtdcpu none +sbwtdio none"
        return {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(self.folder),
            "RUNNING_UNDER_SYSTEMD": "true",  # exec the Erlang machine in place of the wrapping shell
            "RABBITMQ_NODENAME": f"xiangyin{self.ports['amqp']}@localhost",
            "RABBITMQ_DIST_PORT": str(self.ports["distribution"]),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "rabbitmq-env.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self.folder / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"{loopback} {no_busy_wait}",
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self.ports["epmd"]),
        }

    def _answers(self):
        try:
            return answers(self.ports["amqp"]) and requests.get(f"{self.admin}/api/overview", timeout=5).ok
        except requests.RequestException:
            return False
