"""pytest-xdist beside eventlet: what it is told comes by threads of the system, which wake no green lock.

Call `keep_threads` before the monkey patch: processes that run tests, and the one that shares them out, wait natively
for each other, and are green in the tests alone.
"""

from eventlet.patcher import original
from execnet.gateway_base import ThreadExecModel
from xdist import dsession


def keep_threads():
    """Give pytest-xdist the threads, locks and queues that it would have without eventlet."""
    thread, threads, queues = original("_thread"), original("threading"), original("queue")
    ThreadExecModel.queue = queues
    ThreadExecModel.start = lambda _, run, given=(): thread.start_new_thread(run, given)
    ThreadExecModel.get_ident = lambda _: thread.get_ident()
    ThreadExecModel.Lock = ThreadExecModel.RLock = lambda _: threads.RLock()
    ThreadExecModel.Event = lambda _: threads.Event()
    dsession.Queue, dsession.Empty = queues.Queue, queues.Empty
