"""Size and power of the tests on real returns, against the method reference and its gates.

Each section is measured with its own seeds (the same however samples are divided between
processes), kept in size_power.json beside this file, and written into docs/size_power.md.
The exit code is 1 when a cell of the reference is outside ±3 Monte Carlo standard errors or
a gate fails: the page lists which.
"""

from __future__ import annotations

import argparse
import datetime as dt
import json
import multiprocessing
import os
import re
import sys
import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parent))

from sizepower import alone, few, many, own, page

STORE = Path(__file__).with_suffix(".json")
CHUNK = 100
SECTIONS: dict[str, Any] = {
    "many": (many, many.designs, lambda design: design.samples),
    "alone": (alone, lambda: alone.CASES, lambda case: len(alone.terciles(case))),
    "few": (few, few.cases, lambda _: few.SAMPLES),
    "own": (own, lambda: own.CASES, lambda _: own.SAMPLES),
}
"""Where a section's designs come from, and how many samples (days) each has."""

Task = tuple[str, int, int, int]


def tasks(section: str, *, quick: bool) -> list[Task]:
    """Divide a section into (section, design, first, last)."""
    _, designs, count = SECTIONS[section]
    found = []
    for place, design in enumerate(designs()):
        total = min(20, count(design)) if quick else count(design)
        steps = range(0, total, CHUNK)
        found += [(section, place, first, min(first + CHUNK, total)) for first in steps]
    return found


def work(task: Task) -> tuple[str, Any]:
    """Run one task."""
    section, place, first, last = task
    module, designs, _ = SECTIONS[section]
    design = designs()[place]
    return design.key, module.run(design, first, last)


def results(wanted: list[Task], processes: int) -> Iterator[tuple[str, Any]]:
    """Run tasks here or in several processes, in any order."""
    if processes == 1:
        yield from map(work, wanted)
        return
    with multiprocessing.Pool(processes) as pool:
        yield from pool.imap_unordered(work, wanted)


def measure(section: str, processes: int, *, quick: bool) -> dict[str, Any]:
    """Measure a section: {design: {case | test | …: [rejected, computed]}}."""
    begun, wanted = time.monotonic(), tasks(section, quick=quick)
    counts: dict[str, Counter[Any]] = defaultdict(Counter)
    for done, (key, found) in enumerate(results(wanted, processes), 1):
        counts[key].update(found)
        seconds = time.monotonic() - begun
        print(f"\r{section}: {done}/{len(wanted)}, {seconds:.0f} s ", end="", file=sys.stderr)
    print(file=sys.stderr)
    cells: dict[str, dict[str, list[int]]] = {}
    for key, found in counts.items():
        labels = sorted({label[:-1] for label in found})
        cells[key] = {
            "|".join(label): [found[*label, "rejected"], found[*label, "computed"]]
            for label in labels
        }
    return {"date": dt.date.today().isoformat(), "seed": many.SEED, "cells": cells}


def _json(known: Any) -> str:
    """Write a pair of counts on one line."""
    text = json.dumps(known, indent=1, sort_keys=True)
    return re.sub(r"\[\s+(\d+),\s+(\d+)\s+\]", r"[\1, \2]", text) + "\n"


def main() -> int:
    """Measure, compare, write the page."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="20 samples a cell, nothing written")
    parser.add_argument("--section", action="append", choices=list(SECTIONS), default=None)
    parser.add_argument("--page", action="store_true", help="only write the page again")
    parser.add_argument("--processes", type=int, default=min(2, os.cpu_count() or 1))
    given = parser.parse_args()
    known = json.loads(STORE.read_text("utf-8")) if STORE.exists() and not given.quick else {}
    for section in [] if given.page else given.section or SECTIONS:
        known[section] = measure(section, given.processes, quick=given.quick)
        if not given.quick:
            STORE.write_text(_json(known), "utf-8")
    text, wrong = page.write(known, keep=not given.quick)
    print("quick: all designs ran; too few samples for a verdict" if given.quick else text)
    return int(wrong and not given.quick)


if __name__ == "__main__":
    sys.exit(main())
