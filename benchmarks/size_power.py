"""Size and power of tests, coverage of intervals, against the method reference and their gates.

Each section is measured with its own seeds (the same however samples are divided between
processes), kept in size_power.json beside this file, and written into docs/size_power.md.
The exit code is 1 when a cell of the reference is outside ±3 Monte Carlo standard errors, a
gate fails, or a rate misses its band by more than two clustered errors: the page lists which.
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
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
sys.path.insert(0, str(Path(__file__).parent))

from sizepower import (
    alone,
    common,
    crowded,
    few,
    many,
    own,
    page,
    ranks,
    simulated,
    single,
    spaced,
)
from sizepower.clustered import fold

STORE = Path(__file__).with_suffix(".json")


def pairs(counts: Counter[Any]) -> dict[str, list[int]]:
    """Return rejected and computed of every case and test: {"case|test|…": [12, 1000]}."""
    labels = sorted({label[:-1] for label in counts})
    return {
        "|".join(label): [counts[*label, "rejected"], counts[*label, "computed"]]
        for label in labels
    }


@dataclass(frozen=True)
class Section:
    """Where a section's designs come from, how many samples (days) each has, how they are kept.

    Parameters
    ----------
    designs : callable
        Returns the designs.
    count : callable
        Samples of a design.
    run : callable
        Counts samples from a first to before a last one.
    keep : callable
        From the counts of a design to its cells.
    chunk : int
        Samples that are run at once.
    """

    designs: Callable[[], Sequence[Any]]
    count: Callable[[Any], int]
    run: Callable[[Any, int, int], Counter[Any]]
    keep: Callable[[Counter[Any]], dict[str, list[int]]] = pairs
    chunk: int = 100


def clustered(module: Any, chunk: int) -> Section:
    """Return a section whose rates are clustered by date."""
    return Section(module.designs, module.count, module.run, fold, chunk)


SECTIONS: dict[str, Section] = {
    "many": Section(many.designs, lambda design: design.samples, many.run),
    "alone": Section(lambda: alone.CASES, lambda case: len(alone.terciles(case)), alone.run),
    "few": Section(few.cases, lambda _: few.SAMPLES, few.run),
    "own": Section(lambda: own.CASES, lambda _: own.SAMPLES, own.run),
    "crowded": clustered(crowded, 25),
    "single": clustered(single, 500),
    "spaced": clustered(spaced, 25),
    "common": clustered(common, 100),
    "ranks": clustered(ranks, 200),
    "simulated": clustered(simulated, 1000),
}
"""The first four against the reference; the others by date, with their bands."""

Task = tuple[str, int, int, int]


def tasks(section: str, *, quick: bool) -> list[Task]:
    """Divide a section into (section, design, first, last)."""
    parts, chunk = SECTIONS[section], SECTIONS[section].chunk
    made = []
    for number, design in enumerate(parts.designs()):
        total = min(20, parts.count(design)) if quick else parts.count(design)
        steps = range(0, total, chunk)
        made += [(section, number, first, min(first + chunk, total)) for first in steps]
    return made


def work(task: Task) -> tuple[str, Any]:
    """Run one task."""
    section, number, first, last = task
    design = SECTIONS[section].designs()[number]
    return design.key, SECTIONS[section].run(design, first, last)


def results(wanted: list[Task], processes: int) -> Iterator[tuple[str, Any]]:
    """Run tasks here or in several processes, in any order."""
    if processes == 1:
        yield from map(work, wanted)
        return
    with multiprocessing.Pool(processes) as pool:
        yield from pool.imap_unordered(work, wanted)


def measure(section: str, processes: int, *, quick: bool) -> dict[str, Any]:
    """Measure a section: {design: {case | test | …: counts}}."""
    begun, wanted = time.monotonic(), tasks(section, quick=quick)
    counts: dict[str, Counter[Any]] = defaultdict(Counter)
    for done, (key, part) in enumerate(results(wanted, processes), 1):
        counts[key].update(part)
        seconds = time.monotonic() - begun
        print(f"\r{section}: {done}/{len(wanted)}, {seconds:.0f} s ", end="", file=sys.stderr)
    print(file=sys.stderr)
    cells = {key: SECTIONS[section].keep(part) for key, part in counts.items()}
    return {"date": dt.date.today().isoformat(), "seed": many.SEED, "cells": cells}


def _json(known: Any) -> str:
    """Write the counts of a cell on one line."""
    text = json.dumps(known, indent=1, sort_keys=True)
    return re.sub(r"\[[\d,\s]+\]", lambda cell: " ".join(cell[0].split()), text) + "\n"


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
