"""`make run` as root gives root up: servers and services run as an account that owns nothing but their data."""

import os
import subprocess
import sys
from pathlib import Path

from deploy.local.servers import ROOT

ACCOUNT = 10001  # as in the image
AS_ACCOUNT = ["setpriv", f"--reuid={ACCOUNT}", f"--regid={ACCOUNT}", "--clear-groups"]


def give_root_up(home):
    """Be ACCOUNT from now on, with `home` its own, if we are root and it can reach code and `home`; returns whether."""
    os.umask(0o077)
    home.mkdir(parents=True, exist_ok=True)
    given = os.getuid() == 0 and reaches(home)
    if given:
        _hand_over(home)
        os.setgroups([])
        os.setresgid(ACCOUNT, ACCOUNT, ACCOUNT)
        os.setresuid(ACCOUNT, ACCOUNT, ACCOUNT)
    home.chmod(0o700)
    return given


def reaches(home):
    """Whether ACCOUNT can run this code and reach the folder that `home` lies in."""
    tries = [sys.executable, "-c", "import deploy.local.up"], ["test", "-x", home.parent]
    runs = (subprocess.run([*AS_ACCOUNT, *each], cwd=ROOT, capture_output=True, check=False) for each in tries)
    return all(run.returncode == 0 for run in runs)


def _hand_over(home):
    for folder, folders, files in os.walk(home):
        for name in (".", *folders, *files):
            os.chown(Path(folder, name), ACCOUNT, ACCOUNT, follow_symlinks=False)
