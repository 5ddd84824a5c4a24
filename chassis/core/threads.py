"""Work that computes for long, in a native thread: other requests are answered meanwhile."""

import os

from eventlet import tpool

tpool.set_num_threads(max(1, (os.cpu_count() or 2) - 1))  # one processor stays with the requests


def run_in_thread(work, *args):
    """`work(*args)`, once a thread is free; work that touches no socket, database or context of the request."""
    return tpool.execute(work, *args)
