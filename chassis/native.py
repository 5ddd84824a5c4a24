"""Work that computes for long, in a native thread: other requests are answered meanwhile."""

import os

from eventlet import tpool
from eventlet.semaphore import Semaphore

LANES = Semaphore(max(1, (os.cpu_count() or 2) - 1))  # one processor stays with the requests


def natively(work, *args):
    """`work(*args)`, once a lane is free; work that touches no socket, database or context of the request."""
    with LANES:
        return tpool.execute(work, *args)
