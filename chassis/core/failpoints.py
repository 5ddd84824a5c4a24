"""Points of a promise at which the fault suite kills a process: `FAILPOINT=NAME[:COUNT][@SUBJECT]`.

The COUNTth pass of the point NAME (with SUBJECT in hand, if given) is the last thing the process does, as by kill -9;
with `FAILPOINT_SIGNAL=SIGSTOP` it stands still there until it is woken.
Without that variable, and so outside tests, passing a point does nothing.
"""

import os
import signal
from itertools import count

_point, _, _subject = os.environ.get("FAILPOINT", "").partition("@")
_name, _, _last = _point.partition(":")
_signal = signal.Signals[os.environ.get("FAILPOINT_SIGNAL", "SIGKILL")]
_passes = count(1)


def failpoint(name, subject=None):
    """Pass the point `name`, with the fact of this subject in hand."""
    if name == _name and _subject in ("", subject) and next(_passes) == int(_last or 1):
        os.kill(os.getpid(), _signal)
