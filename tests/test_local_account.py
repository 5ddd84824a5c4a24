"""`make run` and its data are closed to other accounts of the machine, and root is given up where that can be."""

import os
import shutil
import stat
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest
from pymongo import MongoClient
from pymongo.errors import OperationFailure

from deploy.local.account import ACCOUNT, reaches
from deploy.local.process import Process
from deploy.local.servers import ROOT

GIVE_UP = """
import os, sys, pathlib
from deploy.local.account import give_root_up
home = pathlib.Path(sys.argv[1])
print(give_root_up(home), os.getuid(), os.getgroups())
(home / "made").write_text("x")
"""
FUNCTION = {"body": "f", "args": [], "lang": "js"}
as_root = pytest.mark.skipif(os.getuid() != 0, reason="only root can give root up")


@pytest.fixture
def open_folder():
    """A folder that every account can reach, unlike pytest's own."""
    folder = Path(tempfile.mkdtemp(prefix="xiangyin-"))
    folder.chmod(0o755)
    yield folder
    shutil.rmtree(folder)


def give_up(home):
    done = subprocess.run([sys.executable, "-c", GIVE_UP, home], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return done.stdout.split(maxsplit=2)


def mode(path):
    return stat.S_IMODE(path.stat().st_mode)


@as_root
def test_root_is_given_up_and_all_of_an_earlier_run_goes_along(open_folder):
    home = open_folder / "run"
    home.joinpath("secrets").mkdir(parents=True)
    home.joinpath("secrets", "key").write_text("x")
    free = reaches(home)
    assert give_up(home) == [str(free), str(ACCOUNT if free else 0), f"{[] if free else os.getgroups()}\n"]
    owners = {path.stat().st_uid for path in (home, *home.rglob("*"))}
    assert owners == ({ACCOUNT} if free else {0})
    assert mode(home) == 0o700
    assert mode(home / "made") == 0o600


@as_root
def test_where_another_account_cannot_reach_the_data_root_goes_on(tmp_path):
    assert give_up(tmp_path / "run")[:2] == ["False", "0"]


def test_what_a_program_of_ours_writes_is_for_nobody_else(tmp_path):
    written = tmp_path / "written"
    process = Process("writer", [sys.executable, "-c", f"open({str(written)!r}, 'w')"], tmp_path)
    process.start()
    process.child.wait()
    assert mode(written) == 0o600


@pytest.mark.parametrize(
    "question",
    [
        {"find": "any", "filter": {"$where": "true"}},
        {"aggregate": "any", "pipeline": [{"$set": {"a": {"$function": FUNCTION}}}], "cursor": {}},
        {"mapReduce": "any", "map": "f", "reduce": "f", "out": {"inline": 1}},
    ],
    ids=["$where", "$function", "mapReduce"],
)  # fmt: skip
def test_the_database_runs_no_javascript(servers, question):
    with MongoClient(servers["MONGO_ADMIN"]) as client:
        client.scratch.any.insert_one({})
        with pytest.raises(OperationFailure, match="(?i)script|javascript"):
            client.scratch.command(question)


def test_the_database_offers_no_zlib_before_anybody_has_signed_in(servers):
    address = servers["MONGO_ADMIN"].rpartition("@")[2].partition("/")[0]
    with MongoClient(f"mongodb://{address}/?directConnection=true") as stranger:
        offered = stranger.admin.command("hello", compression=["zlib", "snappy", "zstd"])
    assert "zlib" not in offered.get("compression", [])
