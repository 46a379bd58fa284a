"""Several processes and studies beyond memory, beside a spin control in the same run.

    python benchmarks/cores.py [OBSERVATIONS] [--folder FOLDER] [--works A,B] [--ways A,B]

(1) One process and two, in turn: a loop that only counts (the control: what two processes gain on
this machine now), a study in parts, GARCH on 500 observations, `calibrate` of the embedded study,
300 event pages. (2) OBSERVATIONS (default: 200,000; 10,000,000 are 10,000 assets x 1,000 dates and
take 15 GB of disk) from stored prices: CPU an observation without writing the prices, what the
control takes in the same minute, the largest memory of a process, and one digest for: alone, two
processes, dask, and dask with a worker killed by signal 9. Figures go into docs/performance.md.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path
from threading import Thread

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq

import eventstudy as es
from eventstudy.executors import in_order, processes

DATES, SESSIONS, APART = 1_000, 21_400, 21
"""Dates of a large study, the sessions that they lie in, and sessions between them."""
FEW = 100
"""Assets of a part."""
SPINS = 30_000_000
WORKS = ("parts", "garch", "calibrate", "pages")
WAYS = ("alone", "two", "dask", "killed")
LARGE = (
    *("way", "wall", "CPU", "µs of CPU each", "control", "peak of a process"),
    *("tests, CPU", "with tests", "digest"),
)
ASKED = {
    "model": es.models.MarketModel("MKT"),
    "windows": es.Windows(estimation=(-260, -11), event=(-10, 10), car=((0, 0), (0, 1), (-5, 5))),
    "options": es.Options(exclude_from_estimation=None),
    "tests": ("cross-sectional-t", "patell", "bmp", "generalised-sign"),
}


def spin(count: int) -> int:
    """Count: work of a processor and of nothing else."""
    total = 0
    for _ in range(count):
        total += 1
    return total


def counted(pool: Executor | None) -> object:
    """Run the control in eight tasks."""
    return list(in_order(pool, spin, [SPINS // 8] * 8))


def prices(assets: int, folder: Path) -> es.StoredPrices:
    """Store seeded prices, some parts at once: a market, and assets that move with it."""
    rng = np.random.default_rng(1)
    index = pd.bdate_range("1940-01-01", periods=SESSIONS)
    days = pa.array(index.to_numpy().astype("datetime64[D]"))
    market = rng.normal(0.0003, 0.01, SESSIONS)
    files = []
    for first in range(0, assets, FEW):
        count = min(FEW, assets - first)
        moves = market[:, None] + rng.normal(0, 0.012, (SESSIONS, count))
        names = [f"S{number:05d}" for number in range(first, first + count)]
        if not first:
            names, moves = ["MKT", *names], np.column_stack([market, moves])
        values = np.exp(np.cumsum(moves, axis=0)).T.ravel()
        code = np.repeat(np.arange(len(names), dtype=np.int32), SESSIONS)
        asset = pa.DictionaryArray.from_arrays(code, pa.array(names))
        rows = {"asset": asset, "date": pa.concat_arrays([days] * len(names)), "price": values}
        files.append(folder / f"long-{first:05d}.parquet")
        pq.write_table(pa.table(rows), files[-1], compression="none", use_dictionary=["asset"])
    stored = es.store_prices(files, folder / "prices", part=FEW)
    for file in files:
        file.unlink()
    return stored


def statements(dates: int) -> es.Events:
    """Return events 21 sessions apart, each on all assets."""
    index = pd.bdate_range("1940-01-01", periods=SESSIONS)
    days = index[280 + APART * np.arange(dates)]
    ids = [f"e{number:04d}" for number in range(dates)]
    return es.read_events(pd.DataFrame({"event_id": ids, "date": days, "title": "event"}))


def digest(results: es.StoredResults) -> str:
    """Return the SHA-256 of the numbers of all episodes and of the tests."""
    total = hashlib.sha256()
    for path in sorted((results.folder / "parts").rglob("*")):
        if path.suffix in (".parquet", ".arrow", ".npz"):
            with path.open("rb") as file:
                total.update(hashlib.file_digest(file, "sha256").digest())
    total.update(results.tests(include_invalid=True).to_json(double_precision=15).encode())
    return total.hexdigest()[:16]


def pages(results: es.EventStudyResults, pool: Executor | None) -> object:
    """Make the pages of a study."""
    from eventstudy.report.report_data import ReportData
    from eventstudy.report.site import Site

    site = Site(ReportData(results))
    return list(site.made(list(site.by_page), pool))


def compared(name: str, work: Callable[[Executor | None], object], pool: Executor) -> None:
    """Print how much faster two processes are, beside the control, in turn."""
    work(pool)  # what a process imports and keeps
    times: dict[str, float] = {}
    for key, task, with_pool in (
        ("spin 1", counted, None),
        ("one", work, None),
        ("two", work, pool),
        ("spin 2", counted, pool),
    ):
        begin = time.perf_counter()
        task(with_pool)
        times[key] = time.perf_counter() - begin
    gain, control = times["one"] / times["two"], times["spin 1"] / times["spin 2"]
    line = f"{times['one']:.2f} s | {times['two']:.2f} s | {gain:.2f} | {control:.2f}"
    print(f"| {name} | {line} | {gain / control:.2f} |", flush=True)


def two_processes(wanted: list[str], folder: Path) -> None:
    """Measure what two processes gain."""
    stored, said = prices(400, folder), statements(250)
    returns = np.random.default_rng(2).normal(0, 0.01, (1_500, 11))
    frame = pd.DataFrame(
        np.exp(returns.cumsum(axis=0)),
        pd.bdate_range("2000-01-03", periods=1_500),
        ["MKT", *"ABCDEFGHIJ"],
    )
    few = {"event_id": [f"e{n}" for n in range(50)], "date": frame.index[300 + 23 * np.arange(50)]}
    garch = es.read_events(pd.DataFrame({**few, "title": "event"}))
    example = es.load_example().run()
    many = {
        "event_id": [f"e{n:03d}" for n in range(300)],
        "date": frame.index[300 + np.arange(300)],
    }
    said_often = es.read_events(pd.DataFrame({**many, "title": "event"}))
    site = es.run_study(said_often, frame[["MKT", "A"]], model="constant-mean")

    def parts(pool: Executor | None) -> object:
        shutil.rmtree(folder / "out", ignore_errors=True)
        return es.run_study(said, stored, out=folder / "out", executor=pool, **ASKED)

    works: dict[str, Callable[[Executor | None], object]] = {
        "parts": parts,
        "garch": lambda pool: es.run_study(
            garch, frame, model=es.models.Garch("MKT"), executor=pool
        ),
        "calibrate": lambda pool: es.calibrate(example, executor=pool),
        "pages": lambda pool: pages(site, pool),
    }
    print("| work | one | two | one / two | spin: one / two | of the control |")
    print("|---|---|---|---|---|---|")
    with processes(2) as pool:
        assert pool is not None
        for name in wanted:
            compared(name, works[name], pool)


def control() -> float:
    """Return the processor seconds that the control takes now: other work makes them more."""
    begin = time.process_time()
    spin(SPINS // 3)
    return time.process_time() - begin


def one(way: str, stored: Path, out: Path, dates: int) -> None:
    """Run the large study in this process in one way; print its figures."""
    before, said = control(), statements(dates)
    begin, used = time.perf_counter(), time.process_time()
    if way in ("alone", "two"):
        with processes(2 if way == "two" else 1) as pool:
            results = es.run_study(said, stored, out=out, executor=pool, **ASKED)
    else:
        results = clustered(said, stored, out, killed=way == "killed")
    wall, here = time.perf_counter() - begin, time.process_time() - used
    theirs = resource.getrusage(resource.RUSAGE_CHILDREN)
    peak = max(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss, theirs.ru_maxrss)
    begin = time.process_time()
    results.tests()
    tests = time.process_time() - begin
    made = digest(results)
    figures = {
        "wall": wall,
        "cpu": here + theirs.ru_utime + theirs.ru_stime,
        "peak": peak / 1024,
        "tests": tests,
        "with tests": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "spin": (before + control()) / 2,
        "digest": made,
    }
    print(json.dumps(figures))


def clustered(said: es.Events, stored: Path, out: Path, *, killed: bool) -> es.StoredResults:
    """Run the study on a cluster of two processes; kill one when a third of the parts is whole."""
    from distributed import Client, LocalCluster

    parts = es.StoredPrices.open(stored).parts
    with (
        LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster,
        Client(cluster) as client,
    ):
        pid = next(iter(client.run(os.getpid).values()))

        def kill() -> None:
            while len(list((out / "parts").glob("part-*"))) < max(parts // 3, 1):
                time.sleep(0.01)
            os.kill(pid, signal.SIGKILL)

        if killed:
            Thread(target=kill, daemon=True).start()
        return es.run_study(said, stored, out=out, executor=client.get_executor(), **ASKED)


def large(observations: int, ways: list[str], folder: Path) -> None:
    """Measure a study beyond memory in some ways, each in a process of its own."""
    assets, dates = max(observations // DATES, FEW), min(observations, DATES)
    stored = prices(assets, folder).folder
    print(f"\n{assets:,} assets x {dates:,} dates, {SESSIONS:,} sessions of each asset\n")
    print(f"| {' | '.join(LARGE)} |\n|{'---|' * len(LARGE)}")
    digests = set()
    for way in ways:
        out = folder / f"out-{way}"
        command = [sys.executable, __file__, "--one", way, str(stored), str(out), str(dates)]
        threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
        environment = {**os.environ, **threads, "PYTHONPATH": str(Path(es.__file__).parents[1])}
        done = subprocess.run(
            command, check=True, stdout=subprocess.PIPE, text=True, env=environment, timeout=14_400
        )
        made = json.loads(done.stdout.splitlines()[-1])
        each = 1e6 * made["cpu"] / (assets * dates)
        cells = (
            *(way, f"{made['wall']:.1f} s", f"{made['cpu']:.1f} s", f"{each:.1f}"),
            *(f"{made['spin']:.2f} s", f"{made['peak']:.0f} MB", f"{made['tests']:.1f} s"),
            *(f"{made['with tests']:.0f} MB", made["digest"]),
        )
        print(f"| {' | '.join(cells)} |", flush=True)
        digests.add(made["digest"])
        shutil.rmtree(out)
    assert len(digests) == 1, digests


def main() -> None:
    """Measure all."""
    if sys.argv[1:2] == ["--one"]:
        way, stored, out, dates = sys.argv[2:]
        one(way, Path(stored), Path(out), int(dates))
        return
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("observations", type=int, nargs="?", default=200_000)
    parser.add_argument("--folder", type=Path, help="where the study has room")
    parser.add_argument("--ways", default=",".join(WAYS), help="of the large study; none: ''")
    parser.add_argument("--works", default=",".join(WORKS), help="in two processes; none: ''")
    asked = parser.parse_args()
    print(f"{os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}\n")
    with tempfile.TemporaryDirectory(dir=asked.folder) as name:
        (Path(name) / "few").mkdir()
        if asked.works:
            two_processes(asked.works.split(","), Path(name) / "few")
        if asked.ways:
            large(asked.observations, asked.ways.split(","), Path(name))


if __name__ == "__main__":
    main()
