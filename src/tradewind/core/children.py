"""Child processes that do not outlive their parent."""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # prctl(2)
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def end_with_parent(parent: int, how: signal.Signals = signal.SIGTERM) -> None:
    """Call in the child, before exec: the kernel sends `how` when the parent dies, even by kill -9. Linux
    only; elsewhere nothing happens.

    The parent may have died between fork and this call, which the kernel does not report: then the child ends
    itself.
    """
    if _libc is None:
        return
    if _libc.prctl(PR_SET_PDEATHSIG, int(how), 0, 0, 0) != 0:
        raise OSError(ctypes.get_errno(), "prctl(PR_SET_PDEATHSIG)")
    if os.getppid() != parent:
        os._exit(1)
