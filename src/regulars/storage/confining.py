"""A process that can write no file any more, whatever it is made to run: by Linux's Landlock, where there is one.

See landlock(7). It is a second wall: the first is that only reading queries are run at all.
"""

import ctypes
import sys
from typing import Final

_CREATE_RULESET: Final = 444
_RESTRICT_SELF: Final = 446
_NO_NEW_PRIVILEGES: Final = 38
# Of LANDLOCK_ACCESS_FS_*, of its first version: write a file, remove, and make anything. No rule allows any of it.
_WRITING: Final = 1 << 1 | 1 << 4 | 1 << 5 | sum(1 << n for n in range(6, 13))


def write_nothing() -> bool:
    """Take from this process the right to open a file for writing, to make and to remove any; False where it cannot."""
    if not sys.platform.startswith("linux"):
        return False
    libc = ctypes.CDLL(None, use_errno=True)
    handled = ctypes.c_uint64(_WRITING)
    ruleset = libc.syscall(_CREATE_RULESET, ctypes.byref(handled), ctypes.c_size_t(8), ctypes.c_uint32(0))
    if ruleset < 0:
        return False
    if libc.prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0):
        return False
    return bool(libc.syscall(_RESTRICT_SELF, ruleset, 0) == 0)
