"""The ground the services stand on: servers of our own start, keep their data, and leave nothing behind."""

import os
import signal
import socket
import subprocess
import sys

import pytest
import requests
from pymongo import MongoClient

from deploy.local.process import CannotStart, Process, born
from deploy.local.servers import ROOT, locked, ports

INSTALL = ROOT / "deploy" / "local" / "install.sh"
PIDS = ("epmd", "rabbitmq", "mongod")


class Servers:
    """`python -m deploy.local.servers` in a directory, as a person would start it."""

    def __init__(self, home):
        self.home = home
        env = {name: value for name, value in os.environ.items() if not name.endswith("_ADMIN")}
        command = [sys.executable, "-m", "deploy.local.servers", str(home)]
        self.child = subprocess.Popen(
            command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )

    def addresses(self):
        """The two addresses, once both servers answer."""
        line = self.child.stdout.readline()
        assert line.startswith("export "), self.child.stderr.read()
        return dict(word.replace("'", "").split("=", 1) for word in line.split()[1:])

    def pids(self):
        return {name: tuple((self.home / "logs" / f"{name}.pid").read_text().split()) for name in PIDS}

    def end(self, how):
        self.child.send_signal(how)
        code = self.child.wait(60)
        self.child.communicate()
        return code


def alive(pids):
    return [name for name, (pid, birth) in pids.items() if born(pid) == birth]


def keep_something(given):
    with MongoClient(given["MONGO_ADMIN"]) as client:
        client.county.letters.insert_one({"_id": 1})
    assert requests.put(f"{given['AMQP_ADMIN']}/api/vhosts/county", timeout=10).status_code == 201


def is_kept(given):
    with MongoClient(given["MONGO_ADMIN"]) as client:
        found = client.county.letters.find_one()
    return bool(found) and requests.get(f"{given['AMQP_ADMIN']}/api/vhosts/county", timeout=10).ok


@pytest.fixture
def start(tmp_path):
    """`start()` starts servers; what still runs at the end is ended."""
    started = []
    yield lambda: started.append(Servers(tmp_path)) or started[-1]
    for servers in started:
        if servers.child.poll() is None:
            servers.end(signal.SIGTERM)


@pytest.mark.timeout(180)
def test_servers_keep_their_data_and_leave_nothing_running_however_they_end(tmp_path, start):
    first = start()
    given = first.addresses()
    keep_something(given)
    check_only_loopback_and_no_guest(given)
    check_secrets(tmp_path)
    pids = first.pids()

    twin = start()
    assert twin.child.wait(20) == 1
    assert twin.child.communicate()[1].startswith("Already running")

    assert first.end(signal.SIGTERM) == 0
    assert alive(pids) == []
    assert not list(tmp_path.glob("logs/*.pid"))

    second = start()
    assert is_kept(second.addresses())
    pids = second.pids()
    second.end(signal.SIGKILL)

    third = start()
    assert is_kept(third.addresses())
    assert alive(pids) == []
    pids = third.pids()
    assert third.end(signal.SIGINT) == 0
    assert alive(pids) == []


def check_only_loopback_and_no_guest(given):
    users = requests.get(f"{given['AMQP_ADMIN']}/api/users", timeout=10).json()
    assert [user["name"] for user in users] == ["admin"]
    management = f"http://{given['AMQP_ADMIN'].rpartition('@')[2]}/api/overview"
    assert requests.get(management, auth=("guest", "guest"), timeout=10).status_code == 401
    with MongoClient(given["MONGO_ADMIN"]) as client:
        options = client.admin.command("getCmdLineOpts")["parsed"]
        setting = client.admin.command("getParameter", transactionLifetimeLimitSeconds=1)
    assert options["net"]["bindIp"] == "127.0.0.1"
    assert options["security"]["authorization"] == "enabled"
    assert setting["transactionLifetimeLimitSeconds"] == 5


def check_secrets(home):
    secrets = [*home.glob("secrets/*"), home / "rabbitmq" / "rabbitmq.conf"]
    assert len(secrets) >= 4
    assert {oct(path.stat().st_mode & 0o777) for path in secrets} == {"0o600"}


def test_a_taken_port_is_one_clear_sentence(tmp_path, start):
    with socket.create_server(("127.0.0.1", ports(tmp_path)["amqp"])) as other:
        servers = start()
        assert servers.child.wait(20) == 1
        port = other.getsockname()[1]
    assert servers.child.communicate()[1] == f"Port {port} of RabbitMQ (amqp) is taken by another program.\n"


def test_data_without_their_passwords_are_one_clear_sentence_at_once(tmp_path, start):
    tmp_path.joinpath("rabbitmq").mkdir()
    servers = start()
    assert servers.child.wait(20) == 1
    said = servers.child.communicate()[1]
    assert said.startswith(f"The data in {tmp_path} remain but their passwords in {tmp_path}/secrets are gone")
    assert said.count("\n") == 1


def test_a_directory_has_one_holder(tmp_path):
    with locked(tmp_path), pytest.raises(CannotStart, match="Already running"), locked(tmp_path):
        pass
    with locked(tmp_path):
        pass


def test_a_pid_that_belongs_to_somebody_else_by_now_is_left_alone(tmp_path):
    bystander = subprocess.Popen(["sleep", "60"])
    process = Process("sleeper", ["sleep", "60"], tmp_path)
    process.pid_file.write_text(f"{bystander.pid} 1")
    process.end_leftover()
    assert bystander.poll() is None
    assert not process.pid_file.exists()
    bystander.kill()
    bystander.wait()


def test_a_process_that_ends_at_once_is_told_with_its_log(tmp_path):
    process = Process("failing", ["false"], tmp_path)
    process.start()
    with pytest.raises(CannotStart, match=r"failing stopped while starting; its log is .*failing.log"):
        process.wait_for(lambda: False)
    process.stop()


def install(tmp_path, **fakes):
    """Run the installer with some programs replaced by scripts."""
    for name, script in fakes.items():
        fake = tmp_path / name
        fake.write_text(f"#!/bin/sh\n{script}\n")
        fake.chmod(0o755)
    env = os.environ | {"PATH": f"{tmp_path}:{os.environ['PATH']}"}
    return subprocess.run(INSTALL, env=env, capture_output=True, text=True, timeout=50, check=False)


def test_installing_again_has_nothing_to_do_and_nothing_to_say(tmp_path):
    done = install(tmp_path, pip="exit 1", **{"apt-get": "exit 1"})
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.parametrize(
    ("fakes", "sentence"),
    [
        ({"uname": "echo aarch64"}, "Local runs work on Debian 12 x86-64 only; this is debian12 aarch64.\n"),
        (
            {"dpkg": "exit 1", "id": "echo 1000"},
            "Debian packages must be installed (rabbitmq-server libcurl4 libfaketime python3-venv), and only root can: "
            "run 'make install' as root once.\n",
        ),
    ],
)
def test_what_keeps_it_from_installing_is_one_clear_sentence(tmp_path, fakes, sentence):
    done = install(tmp_path, **fakes)
    assert (done.returncode, done.stdout, done.stderr) == (1, "", sentence)
