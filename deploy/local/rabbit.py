"""Our own RabbitMQ node, from Debian's package, beside any other broker of the machine."""

import os
import shutil
import subprocess
from contextlib import contextmanager
from pathlib import Path

import requests

from deploy.local.process import CannotStart, Process, answers, is_free

SERVER = Path("/usr/lib/rabbitmq/bin/rabbitmq-server")  # Debian's /usr/sbin one switches the user
CONTROL = SERVER.with_name("rabbitmqctl")
COOKIE = ".erlang.cookie"
PLUGINS = "[rabbitmq_management,rabbitmq_prometheus,rabbitmq_consistent_hash_exchange].\n"
PLAIN = """\
listeners.tcp.1 = 127.0.0.1:{amqp}
management.tcp.ip = 127.0.0.1
management.tcp.port = {management}
"""
TLS = """\
listeners.tcp = none
listeners.ssl.1 = 127.0.0.1:{amqp}
ssl_options.cacertfile = {tls}/ca.crt
ssl_options.certfile = {tls}/tls.crt
ssl_options.keyfile = {tls}/tls.key
ssl_options.versions.1 = tlsv1.3
ssl_options.versions.2 = tlsv1.2
management.ssl.ip = 127.0.0.1
management.ssl.port = {management}
management.ssl.cacertfile = {tls}/ca.crt
management.ssl.certfile = {tls}/tls.crt
management.ssl.keyfile = {tls}/tls.key
"""
BETWEEN_NODES = """\
[{{server, [{{cacertfile, "{tls}/ca.crt"}}, {{certfile, "{tls}/tls.crt"}}, {{keyfile, "{tls}/tls.key"}},
            {{verify, verify_peer}}, {{fail_if_no_peer_cert, true}}]}},
 {{client, [{{cacertfile, "{tls}/ca.crt"}}, {{certfile, "{tls}/tls.crt"}}, {{keyfile, "{tls}/tls.key"}},
            {{verify, verify_peer}}]}}].
"""
CONFIG = """\
cluster_partition_handling = pause_minority
prometheus.tcp.ip = 127.0.0.1
prometheus.tcp.port = {metrics}
default_user = admin
default_pass = {password}
raft.wal_max_size_bytes = 67108864
max_message_size = 1048576
log.console = true
log.file = false
"""
JOIN = """\
cluster_formation.peer_discovery_backend = classic_config
cluster_formation.classic_config.nodes.1 = {first}
cluster_formation.classic_config.nodes.2 = {second}
"""


class Rabbit:
    """A node named by its port; `admin` (and no `guest`) may do everything.

    `tls` is a folder as TLS_DIR has it: then nothing but the metrics is spoken in the clear, between nodes neither.
    It has an epmd of its own, or joins the cluster and uses the epmd of `first`, which runs.
    """

    def __init__(self, home, ports, password, tls=None, first=None):
        self.folder, self.ports, self.password, self.tls = Path(home, "rabbitmq"), ports, password, tls
        self.between_nodes = self.folder / "inter_node_tls.config"
        self.first, self.epmd_port = first, first.epmd_port if first else ports["epmd"]
        self.name = f"xiangyin{ports['amqp']}@localhost"
        scheme = "https" if tls else "http"
        self.admin = f"{scheme}://admin:{password}@127.0.0.1:{ports['management']}"
        epmd = ["epmd", "-address", "127.0.0.1", "-port", self.epmd_port]
        self.epmd = Process("epmd", epmd, home / "logs")
        self.node = Process("rabbitmq", [SERVER], home / "logs", self._environment())

    @contextmanager
    def running(self):
        """The node, answering, for the block; yields the management URL of its administrator."""
        self._check()
        self._configure()
        try:
            if not self.first:
                self.epmd.start()
                self.epmd.wait_for(lambda: answers(self.epmd_port))
            self.node.start()
            self.node.wait_for(self.serves)
            yield self.admin
        finally:
            self.node.stop()
            self.epmd.stop()

    def control(self, *command):
        """Run `rabbitmqctl` on the node."""
        whole = [CONTROL, "-q", "-n", self.name, *command]
        subprocess.run(whole, env=self.node.env, check=True, capture_output=True, timeout=60)

    def serves(self):
        """Whether it takes connections and answers its administrator."""
        try:
            return answers(self.ports["amqp"]) and self._overview().ok
        except requests.RequestException:
            return False

    def _check(self):
        if not SERVER.exists():
            raise CannotStart("RabbitMQ is not installed: run `make install` as root.")
        self.node.end_leftover()
        self.epmd.end_leftover()
        for name in ("epmd", "distribution", "amqp", "management", "metrics")[bool(self.first) :]:
            if not is_free(self.ports[name]):
                raise CannotStart(f"Port {self.ports[name]} of RabbitMQ ({name}) is taken by another program.")

    def _configure(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        config = self.folder / "rabbitmq.conf"
        config.touch(mode=0o600)
        text = (TLS if self.tls else PLAIN) + CONFIG
        config.write_text(text.format(password=self.password, tls=self.tls, **self.ports))
        if self.tls:
            self.between_nodes.write_text(BETWEEN_NODES.format(tls=self.tls))
        if self.first:
            with config.open("a") as more:
                more.write(JOIN.format(first=self.first.name, second=self.name))
            shutil.copy(self.first.folder / COOKIE, self.folder)
        (self.folder / "enabled_plugins").write_text(PLUGINS)

    def _environment(self):
        loopback = "-kernel inet_dist_use_interface {127,0,0,1}"
        no_busy_wait = "+sbwt none +sbwtdcpu none +sbwtdio none"
        secure = f"-proto_dist inet_tls -ssl_dist_optfile {self.between_nodes}" if self.tls else ""
        return {
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(self.folder),
            "RUNNING_UNDER_SYSTEMD": "true",  # exec the Erlang machine in place of the wrapping shell
            "RABBITMQ_NODENAME": self.name,
            "RABBITMQ_DIST_PORT": str(self.ports["distribution"]),
            "RABBITMQ_MNESIA_BASE": str(self.folder / "mnesia"),
            "RABBITMQ_LOG_BASE": str(self.folder / "log"),
            "RABBITMQ_CONFIG_FILE": str(self.folder / "rabbitmq.conf"),
            "RABBITMQ_CONF_ENV_FILE": str(self.folder / "rabbitmq-env.conf"),
            "RABBITMQ_ADVANCED_CONFIG_FILE": str(self.folder / "advanced.config"),
            "RABBITMQ_ENABLED_PLUGINS_FILE": str(self.folder / "enabled_plugins"),
            "RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS": f"{loopback} {no_busy_wait} {secure}",
            "RABBITMQ_CTL_ERL_ARGS": secure,
            "ERL_EPMD_ADDRESS": "127.0.0.1",
            "ERL_EPMD_PORT": str(self.epmd_port),
        }

    def _overview(self):
        authority = f"{self.tls}/ca.crt" if self.tls else True
        return requests.get(f"{self.admin}/api/overview", verify=authority, timeout=5)
