"""pytest-xdist, which shares out the tests among workers: beside eventlet, and towns as a whole.

It is told things by threads of the system, which wake no green lock. Call `keep_threads` before the monkey patch: the
processes wait natively for each other, and are green in the tests alone.
"""

from typing import Any

from eventlet.patcher import original
from execnet.gateway_base import ThreadExecModel
from xdist import dsession
from xdist.scheduler import LoadScopeScheduling


def keep_threads():
    """Give pytest-xdist the threads, locks and queues that it would have without eventlet."""
    thread, threads, queues = original("_thread"), original("threading"), original("queue")
    model: Any = ThreadExecModel
    shared: Any = dsession
    model.queue = queues
    model.start = lambda _, run, given=(): thread.start_new_thread(run, given)
    model.get_ident = lambda _: thread.get_ident()
    model.Lock = model.RLock = lambda _: threads.RLock()
    model.Event = lambda _: threads.Event()
    shared.Queue, shared.Empty = queues.Queue, queues.Empty


class Sharing(LoadScopeScheduling):
    """Whoever is free takes the next test; those that share a town, which is dear to start, go to one worker.

    A module of tests/flows shares one, and so do all of tests/faults.
    """

    def _split_scope(self, nodeid):
        path = nodeid.partition("::")[0]
        if path.startswith("tests/flows/"):
            return path
        return "tests/faults" if path.startswith("tests/faults/") else nodeid
