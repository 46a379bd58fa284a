"""A part takes memory that it freed itself, also where dask has it given back at once."""

import ctypes
import gc
import os
import subprocess
import sys

import pytest
from parts_study import ASKED, events, market
from waiting import LIMIT

import eventstudy as es
from eventstudy.abnormal.placed_returns import PlacedReturns

FAULTS = """\
import resource
import numpy as np
from eventstudy.freed_memory import freed_memory_kept

def pages(arrays=50):
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(arrays):
        np.ones(1 << 17)  # one MB, 256 pages
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

first = pages()
with freed_memory_kept():
    with freed_memory_kept():
        pass
    pages(1)
    kept = pages()
print(first, kept, pages())
"""


GLIBC = sys.platform == "linux" and hasattr(ctypes.CDLL(None), "mallopt")


@pytest.mark.skipif(not GLIBC, reason="another C library")
@pytest.mark.parametrize(
    ("besides", "again"),
    [({}, (True, False, True)), ({"MALLOC_MMAP_THRESHOLD_": "131072"}, (True, True, True))],
)
def test_memory_is_taken_again_within_and_given_back_afterwards(besides, again):
    environment = {**os.environ, "MALLOC_TRIM_THRESHOLD_": "65536", **besides}
    found = subprocess.run(
        [sys.executable, "-c", FAULTS],
        check=True,
        capture_output=True,
        text=True,
        env=environment,
        timeout=LIMIT,
    )
    faults = [int(each) for each in found.stdout.split()]
    assert tuple(each >= 50 * 256 for each in faults) == again, faults


def test_a_part_that_is_written_is_let_go_at_once(tmp_path):
    """Not when Python looks for what refers to itself: the next part would be beside it."""
    frame = market(40, 1_200)
    stored = es.store_prices(frame, tmp_path / "prices", part=20)
    gc.collect()
    before = number_of(PlacedReturns)
    gc.disable()
    try:
        es.run_study(events(frame, 50, 15), stored, out=tmp_path / "out", **ASKED)
        assert number_of(PlacedReturns) == before
    finally:
        gc.enable()


def number_of(kind):
    return sum(type(each) is kind for each in gc.get_objects())
