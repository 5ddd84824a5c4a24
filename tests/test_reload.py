"""`make run RELOAD=1`: whoever changes a service sees that one start again, and no other."""

import os
import signal
import subprocess
import sys
from contextlib import contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from chassis.testing.running import wait_until
from deploy.local.process import born
from deploy.local.reload import code
from deploy.local.servers import ROOT

NAMES = ("alpha", "beta")
NOBODY = 65534
WATCHED = [f"{name}{below}" for name in (*NAMES, "common") for below in ("", "/tests")]
SERVICE = """import signal, pathlib, sys
pathlib.Path(sys.argv[1]).touch()
signal.pause()
"""
FOLLOW = """import pathlib, sys
from deploy.local.process import Process
from deploy.local.reload import follow
from deploy.local.servers import end_politely
end_politely()
home = pathlib.Path(sys.argv[1])
code = {name: [home / name, home / "common"] for name in ("alpha", "beta")}
signs = {name: home / f"{name}.ready" for name in code}
running = {name: Process(name, [sys.executable, home / name / "service.py", signs[name]], home) for name in code}
for name, process in running.items():
    process.start()
    process.wait_for(signs[name].exists)
print("up", flush=True)
try:
    follow(running, code, lambda name: signs[name].exists())
finally:
    for process in running.values():
        process.stop()
"""


class Followed:
    """Two services that are followed, each in a folder of its own, and a folder of what both are made of."""

    def __init__(self, home, user=None):
        self.home = home
        for name in (*NAMES, "common"):
            home.joinpath(name, "tests").mkdir(parents=True)
            self.write(name, SERVICE)
        self.child = subprocess.Popen(
            [sys.executable, "-c", FOLLOW, home],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            text=True,
            env=os.environ,
            user=user,
        )
        assert self.line() == "up\n"
        wait_until(lambda: self.watched() >= len(WATCHED), "the watch")

    def watched(self):
        """How many folders the kernel watches for it."""
        found = 0
        for opened in Path(f"/proc/{self.child.pid}/fdinfo").iterdir():
            with suppress(FileNotFoundError):  # closed meanwhile
                found += opened.read_text().count("inotify wd:")
        return found

    def write(self, name, text):
        self.home.joinpath(name, "service.py").write_text(text)

    def change(self, name, text):
        """Write a service anew, whose sign of life comes anew too."""
        self.home.joinpath(f"{name}.ready").unlink(missing_ok=True)
        self.write(name, text)

    def line(self):
        return self.child.stdout.readline()

    def pids(self):
        return {name: self.home.joinpath(f"{name}.pid").read_text().split() for name in NAMES}


@contextmanager
def following(home, user=None):
    """Followed; nothing of it runs afterwards."""
    made = Followed(home, user)
    yield made
    made.child.send_signal(signal.SIGINT)
    assert made.child.wait(20) == 0
    made.child.stdout.close()


@pytest.fixture
def followed(tmp_path):
    with following(tmp_path) as made:
        yield made


def test_the_service_whose_files_change_is_started_again_and_no_other(followed):
    before = followed.pids()
    followed.change("alpha", SERVICE + "# changed\n")
    assert followed.line().startswith("  alpha 的文件有改动，已重新启动")
    after = followed.pids()
    assert (after["alpha"] != before["alpha"], after["beta"]) == (True, before["beta"])


def test_a_slip_in_the_code_of_one_ends_nothing_else_and_is_mended_by_the_next_change(followed):
    beta = followed.pids()["beta"]
    followed.change("alpha", "def broken(:\n")
    assert followed.line().startswith("  alpha 的文件有改动，改后起不来")
    assert born(beta[0]) == beta[1]
    followed.change("alpha", SERVICE)
    assert followed.line().startswith("  alpha 的文件有改动，已重新启动")
    assert followed.pids()["beta"] == beta


def test_what_all_are_made_of_starts_all_again_and_tests_start_none(followed):
    before = followed.pids()
    followed.home.joinpath("alpha", "tests", "test_domain.py").write_text("")
    for name in NAMES:
        followed.home.joinpath(f"{name}.ready").unlink()
    followed.write("common", "# changed\n")
    assert [followed.line().split()[0] for _ in NAMES] == list(NAMES)
    assert all(before[name] != pid for name, pid in followed.pids().items())


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become somebody who may not read a folder")
def test_a_folder_that_one_may_not_read_ends_nothing():
    """As `make run` by root: its services are somebody else's, who may not read the caches that root left."""
    with TemporaryDirectory(dir="/tmp") as folder:  # nosec B108
        home = Path(folder)
        home.joinpath("alpha", "closed").mkdir(parents=True, mode=0o700)
        for path in (home, home / "alpha"):
            path.chmod(0o777)
        with following(home, NOBODY) as followed:
            followed.change("alpha", SERVICE + "# changed\n")
            assert followed.line().startswith("  alpha 的文件有改动，已重新启动")


def test_the_code_of_a_service_is_its_package_and_what_all_are_made_of():
    folders = [str(path.relative_to(ROOT)) for path in code()["petition"]]
    assert folders == ["services/petition", "chassis", "contracts"]
