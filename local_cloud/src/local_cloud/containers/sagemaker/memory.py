"""What a process takes of this machine's memory.

Pages that a process shares with the one that it was forked from, and files that it maps, are not counted as its own:
https://docs.kernel.org/filesystems/proc.html (statm and smaps_rollup).
"""

import ctypes
import gc
import resource
import sys
from pathlib import Path

_STATM, _ROLLUP = Path("/proc/self/statm"), Path("/proc/self/smaps_rollup")


def settle() -> None:
    """Give back what nothing uses, so that what is allocated next shows as growth and not as a hole that is filled."""
    gc.collect()
    trim = getattr(ctypes.CDLL(None), "malloc_trim", None)
    # Only glibc has it: https://man7.org/linux/man-pages/man3/malloc_trim.3.html
    if trim is not None:
        trim(0)


def anonymous() -> int:
    """Bytes that are no part of a file, those that are shared with the process it was forked from included.

    It does not change when a shared page is written to, and so tells what something that is loaded takes. Where the
    system does not tell, it is the most that the process ever took.
    """
    try:
        _, resident, shared, *_ = map(int, _STATM.read_text(encoding="ascii").split())
    except OSError:
        return _peak()
    return (resident - shared) * resource.getpagesize()


def private() -> int:
    """Bytes that would be free without the process."""
    try:
        lines = _ROLLUP.read_text(encoding="ascii").splitlines()
    except OSError:
        return _peak()
    return sum(int(line.split()[1]) * 1024 for line in lines if line.startswith(("Private_Clean:", "Private_Dirty:")))


def _peak() -> int:
    # Kilobytes, but bytes on macOS: https://man7.org/linux/man-pages/man2/getrusage.2.html
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * (1 if sys.platform == "darwin" else 1024)
