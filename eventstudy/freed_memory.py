"""Memory of arrays that were freed: kept for the next ones."""

from __future__ import annotations

import ctypes
import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

TRIM, MMAP = "MALLOC_TRIM_THRESHOLD_", "MALLOC_MMAP_THRESHOLD_"
"""What sets in the environment from which size on memory that was freed is given back."""
TRIM_NUMBER, MMAP_NUMBER = -1, -3
"""The same for `mallopt` of glibc."""
KEPT, LARGEST = 256 << 20, 32 << 20
"""Memory that is kept, and the largest array that is made of it: the most that glibc takes."""
LEAST = 128 << 10
"""The smallest array that the system is asked for, where nothing else is said."""


@contextmanager
def freed_memory_kept() -> Iterator[None]:
    """Take memory of arrays that were freed for the next ones, not from the system each time.

    The C library of Linux learns to do so by itself, unless the environment sets from which size
    on freed memory is given back, as dask does for its workers: then every array above 128 kB is
    asked of the system and cleared by it anew, which doubles the time of a part. Afterwards what
    is free is given back, and what the environment sets holds again. Where the environment sets
    nothing, or both sizes, and with other C libraries, nothing is done.
    """
    given = os.environ.get(TRIM, "")
    libc = ctypes.CDLL(None) if given.isdecimal() and MMAP not in os.environ else None
    if not hasattr(libc, "mallopt") or not hasattr(libc, "malloc_trim"):
        yield
        return
    assert libc is not None
    with _lock:
        _within.append(1)
        libc.mallopt(MMAP_NUMBER, LARGEST)
        libc.mallopt(TRIM_NUMBER, KEPT)
    try:
        yield
    finally:
        with _lock:
            _within.pop()
            if not _within:
                libc.mallopt(MMAP_NUMBER, LEAST)
                libc.mallopt(TRIM_NUMBER, int(given))
                libc.malloc_trim(0)


_lock = Lock()
_within: list[int] = []
"""One for each thread of this process that is within `freed_memory_kept`."""
