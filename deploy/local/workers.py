"""pytest-xdist beside eventlet: what it is told comes by threads of the system, which wake no green lock.

Call `keep_threads` before the monkey patch: processes that run tests, and the one that shares them out, wait natively
for each other, and are green in the tests alone.
"""

from typing import Any

from eventlet.patcher import original
from execnet.gateway_base import ThreadExecModel
from xdist import dsession


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
