"""`make run`, as a new user meets it: the story of one letter, a crash on the way, and a clean end."""

import os
import re
import signal
import socket
import subprocess
import sys

import pytest
import requests

from chassis.registry import names
from deploy.local.process import born
from deploy.local.servers import ROOT

FIRST_PORT = 15_100
RUN = "import sys, pathlib; from deploy.local.up import start; start(pathlib.Path(sys.argv[1]))"


class Run:
    """`python -m deploy.local.up` with its data in another directory and on other ports."""

    def __init__(self, home):
        self.home, self.said = home, ""
        env = {name: value for name, value in os.environ.items() if not name.endswith("_ADMIN")}
        self.child = subprocess.Popen(
            [sys.executable, "-c", RUN, home],
            cwd=ROOT,
            env=env | {"FIRST_PORT": str(FIRST_PORT), "PYTHONUNBUFFERED": "1"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def until(self, text):
        """Read on until a line has this text."""
        for line in self.child.stdout:
            self.said += line
            if text in line:
                return
        pytest.fail(self.said)

    def pids(self):
        return dict(path.read_text().split() for path in self.home.glob("logs/*.pid"))

    def end(self, how):
        self.child.send_signal(how)
        self.said += self.child.communicate()[0]
        return self.child.returncode


def walk_through(name):
    """The `console` blocks of a README."""
    return re.findall(r"^```console\n(.*?)^```", ROOT.joinpath(name).read_text("utf-8"), re.M | re.S)


def follow_the_readme(home):
    """Run the walk-through in one shell, as a reader would, on this run's ports."""
    blocks = walk_through("README.md")
    assert blocks == walk_through("README.zh-CN.md")
    script = re.sub(r"127\.0\.0\.1:81(\d\d)", rf"127.0.0.1:{FIRST_PORT // 100}\1", "\n".join(blocks))
    script = script.replace(".run/", f"{home}/")
    done = subprocess.run(["bash", "-euo", "pipefail", "-c", script], capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    states = [state for line in done.stdout.splitlines() if (state := line.rpartition("}")[2])]
    assert " ".join(states) == "signed answered submitted signed answered done verified closed closed submitted"


def alive(pids):
    return [pid for pid, birth in pids.items() if born(pid) == birth]


@pytest.fixture
def start(tmp_path):
    """`start()` is `make run`; what still runs at the end is ended."""
    runs = []
    yield lambda: runs.append(Run(tmp_path)) or runs[-1]
    for run in runs:
        if run.child.poll() is None:
            run.end(signal.SIGTERM)


@pytest.mark.timeout(240)
def test_a_new_user_sees_one_letter_told_to_everybody_who_must_act(tmp_path, start):
    run = start()
    run.until("按 Ctrl-C 停止")
    for words in (
        "编号 QL-",
        "承诺办结时间",
        "签收时钟在走",
        "邛崃市：来信 +1",
        "短信 +86****0006",
        "自动升到市级",
    ):
        assert words in run.said

    follow_the_readme(tmp_path)

    pids = run.pids()
    os.kill(int((tmp_path / "logs" / "sla.pid").read_text().split()[0]), signal.SIGKILL)
    run.until("sla 意外退出")
    pids |= run.pids()
    assert len(alive(pids)) == len(names()) + 3

    twin = start()
    assert twin.child.wait(30) == 1
    assert "Already running" in twin.child.communicate()[0]
    assert requests.get(f"http://127.0.0.1:{FIRST_PORT + 201}/livez", timeout=5).ok

    assert run.end(signal.SIGINT) == 0
    assert alive(pids) == []
    assert list(tmp_path.glob("logs/*.pid")) == []

    with socket.create_server(("127.0.0.1", FIRST_PORT + 2)):
        hindered = start()
        assert hindered.child.wait(60) == 1
    assert f"Port {FIRST_PORT + 2} is taken by another program" in hindered.child.communicate()[0]
    assert list(tmp_path.glob("logs/*.pid")) == []
