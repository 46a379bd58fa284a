"""Speed and memory by the number of observations, beside what one writes by hand and two peers.

Side by side, each in a process of its own with one thread of linear algebra: (a) a loop of one
`statsmodels.OLS` an observation on slices of pandas, with exact prediction errors, and the same
on arrays; (b) bare prefix sums in numpy, as little as a market model needs; (c) `eventstudy`
0.1a12 and `easy-es`, each in an environment of its own where it can be installed; (d)
`run_study` and `tests()`, and beyond 20,000 observations (e) the same in two processes. All
measure a market model: estimation window of 250 sessions, event window [-10, 10], three CAR
windows; (d) and (e) compute four tests of each window as well, and the situations. Up to 20,000
the dates lie 21 sessions apart; more are 200 dates of 6,300 sessions, with gaps and late
listings, and refused tests are computed all the same. The clock starts with events and a frame in
memory. At 20,000 every other test that does not resample is measured by itself, beside `np.sort`
of as many residuals. The hand loop ends at 20,000: beyond, its time is that of 20,000 in
proportion, and said to be. Standardised CARs must agree, and no test may be without a number, else
it fails.

    python benchmarks/scale.py [MOST OBSERVATIONS] [--plot FILE.svg]

Figures go into docs/performance.md with their date and their machine.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import tempfile
import time
import venv
from collections.abc import Callable, Iterator
from concurrent.futures import Executor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
from scale_data import MANY, market
from scale_plot import plot
from statsmodels.regression.linear_model import OLS
from statsmodels.tools import add_constant

import eventstudy as es

ROOT = Path(__file__).parent.parent
ESTIMATION, EVENT = (-260, -11), (-10, 10)
CARS = ((0, 0), (0, 1), (-5, 5))
TESTS = ("cross-sectional-t", "patell", "bmp", "generalised-sign")
SLOW = {"garch-sq", "placebo-dates", "placebo-matched", "placebo-ewma", "calendar-shift"}
RESAMPLING = {"wild-bootstrap", "wild-cluster", "wilcoxon-exact", "sign-flip"}
"""The last two count sums of all ranks and all patterns of signs: for a few episodes."""
ONE_EPISODE = {"prediction-error-t", "ewma-sq", "sample-quantile", "exact-rank", "chow"}
ONE_DATE = {"portfolio-t", "portfolio-sq", "portfolio-ewma-sq", "joint-f", "joint-ewma"}
ONE_ASSET = {"union-ewma"}
LEFT_OUT = SLOW | RESAMPLING | ONE_EPISODE | ONE_DATE | ONE_ASSET
"""Tests that are not for many episodes of several assets on many dates, or that resample."""
SORTED = "np.sort of as many residuals"
SIZES = (20, 200, 2_000, 20_000, 100_000, 1_000_000)
PEERS = {"c1": ("eventstudy", "eventstudy==0.1a12", 20_000), "c2": ("easy-es", "easy-es", 200)}
"""Name, what is installed, and the largest size that is measured (easy-es takes 8 ms each)."""
ALIKE = 1e-7
"""Largest difference of standardised CARs: (b) takes differences of long sums."""

Scars = np.ndarray
Steps = dict[str, tuple[float, float]]


PEAK: dict[str, int] = {}
"""Most memory of the process up to the end of each step, in kB."""


@contextmanager
def step(steps: Steps, name: str) -> Iterator[None]:
    """Note the wall and processor time of a step."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    steps[name] = (time.perf_counter() - wall, time.process_time() - cpu)
    PEAK[name] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def loop(prices: pd.DataFrame, days: np.ndarray, steps: Steps) -> Scars:
    """Fit one regression after the other on slices of pandas, as one does by hand."""
    scars = []
    with step(steps, "all"):
        returns = prices.pct_change()
        design = add_constant(returns[["MKT"]])
        for stock in returns.columns[1:]:
            y = returns[stock]
            for day in days:
                inside = slice(day + ESTIMATION[0], day + ESTIMATION[1] + 1)
                after = slice(day + EVENT[0], day + EVENT[1] + 1)
                fit = OLS(y.iloc[inside], design.iloc[inside]).fit()
                later = design.iloc[after]
                ar = (y.iloc[after] - fit.predict(later)).to_numpy()
                x, inverse = later.to_numpy(), fit.normalized_cov_params.to_numpy()
                v = fit.scale * (np.eye(21) + x @ inverse @ x.T)
                scars.append([_scar(ar, v, window) for window in CARS])
    return np.array(scars)


def bare_loop(prices: pd.DataFrame, days: np.ndarray, steps: Steps) -> Scars:
    """Fit one regression after the other on arrays: the same loop by somebody in a hurry."""
    scars = []
    with step(steps, "all"):
        returns = prices.pct_change().to_numpy()
        for y in returns.T[1:]:
            for day in days:
                inside = slice(day + ESTIMATION[0], day + ESTIMATION[1] + 1)
                after = slice(day + EVENT[0], day + EVENT[1] + 1)
                fit = OLS(y[inside], np.column_stack([np.ones(250), returns[inside, 0]])).fit()
                later = np.column_stack([np.ones(21), returns[after, 0]])
                ar = y[after] - later @ fit.params
                v = fit.scale * (np.eye(21) + later @ fit.normalized_cov_params @ later.T)
                scars.append([_scar(ar, v, window) for window in CARS])
    return np.array(scars)


def _scar(ar: np.ndarray, v: np.ndarray, window: tuple[int, int]) -> float:
    columns = slice(window[0] - EVENT[0], window[1] - EVENT[0] + 1)
    return float(ar[columns].sum() / np.sqrt(v[columns, columns].sum()))


def kernel(prices: pd.DataFrame, days: np.ndarray, steps: Steps) -> Scars:
    """Fit all market models from prefix sums: no checks, no gaps, no labels."""
    with step(steps, "all"):
        values = prices.to_numpy()
        returns = values[1:] / values[:-1] - 1
        x, y = returns[:, 0], returns[:, 1:].T
        first, last, n = days - 1 + ESTIMATION[0], days + ESTIMATION[1], 250

        def sums(moment: np.ndarray) -> np.ndarray:
            total = np.cumsum(moment, axis=-1)
            return total[..., last - 1] - total[..., first - 1]

        mean_x, mean_y = sums(x) / n, sums(y) / n
        sxx = sums(x * x) - n * mean_x**2
        slope = (sums(x * y) - n * mean_x * mean_y) / sxx
        s2 = (sums(y * y) - n * mean_y**2 - slope**2 * sxx) / (n - 2)
        ys, xs = (np.concatenate([np.zeros((*v.shape[:-1], 1)), v.cumsum(axis=-1)], axis=-1)
                  for v in (y, x))  # fmt: skip
        scars = []
        for low, high in CARS:
            begin, end, width = days - 1 + low, days + high, high - low + 1
            moved = ys[..., end] - ys[..., begin]
            common = xs[end] - xs[begin]
            car = moved - width * (mean_y - slope * mean_x) - slope * common
            factor = width + width**2 / n + (common - width * mean_x) ** 2 / sxx
            scars.append(car / np.sqrt(s2 * factor))
    return np.stack(scars, axis=-1).reshape(-1, len(CARS))


def in_two(prices: pd.DataFrame, days: np.ndarray, steps: Steps) -> Scars:
    """Run and test the study in two processes."""
    with es.processes(2) as pool:
        return study(prices, days, steps, pool)


def study(
    prices: pd.DataFrame, days: np.ndarray, steps: Steps, pool: Executor | None = None
) -> Scars:
    """Run and test the study."""
    frame = {"event_id": [f"e{day}" for day in days], "date": prices.index[days], "title": "event"}
    events = es.read_events(pd.DataFrame(frame))
    with step(steps, "all"):
        with step(steps, "run_study"):
            results = es.run_study(
                events,
                prices,
                model=es.models.MarketModel("MKT"),
                windows=es.Windows(estimation=ESTIMATION, event=EVENT, car=CARS),
                tests=TESTS,
                options=es.Options(exclude_from_estimation=None, average="across-assets"),
                executor=pool,
            )
        with step(steps, "tests"):
            tests = results.tests(include_invalid=True, executor=pool)
        with step(steps, "situations"):
            results.situations()
    assert len(tests) == len(TESTS) * len(CARS), tests
    assert tests["p"].notna().all(), tests[["test", "start", "end", "reason"]]
    if len(results.abnormal.position) <= MANY:
        with step(steps, "car"):
            results.car()
    if len(results.abnormal.position) == MANY and pool is None:
        each_test(results, steps)
    abnormal = results.abnormal
    return np.column_stack([abnormal.car(window) / abnormal.car_se(window) for window in CARS])


def each_test(results: es.EventStudyResults, steps: Steps) -> None:
    """Measure every test by itself, over three windows, less what all of them need."""
    shape = (MANY, 1 + ESTIMATION[1] - ESTIMATION[0])
    values = np.random.default_rng(1).normal(size=shape)
    with step(steps, SORTED):
        np.sort(values, axis=1)
    for name in ("", *(name for name in es.TESTS if name not in LEFT_OUT)):
        tests = tuple(es.TESTS[each]() for each in (name,) if each)
        alone = replace(results, significance_tests=tests, abnormal=results.abnormal.with_reasons(
            results.abnormal.reasons))  # fmt: skip
        with step(steps, f"test {name}"):
            frame = alone.tests(include_invalid=True)
        assert frame["p"].notna().all(), (name, frame["reason"].tolist())
    needed = steps.pop("test ")
    for name in [name for name in steps if name.startswith("test ")]:
        steps[name] = tuple(np.maximum(np.subtract(steps[name], needed), 0.0).tolist())


METHODS: dict[str, Callable[[pd.DataFrame, np.ndarray, Steps], Scars]] = {
    "a": loop,
    "a0": bare_loop,
    "b": kernel,
    "d": study,
    "e": in_two,
}
TITLES = {
    "a": "(a) loop of `statsmodels.OLS` on slices of pandas",
    "a0": "(a) the same loop on arrays",
    "b": "(b) prefix sums in numpy",
    "c1": "(c) `eventstudy` 0.1a12",
    "c2": "(c) `easy-es`",
    "d": "(d) `run_study`, `tests()`, `situations()`",
    "e": "(e) the same in two processes",
}


def measure(method: str, observations: int, file: str) -> None:
    """Measure one method in this process; print its figures and store its standardised CARs."""
    METHODS[method](*market(20), {})  # imports, and what is made once a process
    prices, days = market(observations)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    steps: Steps = {}
    scars = METHODS[method](prices, days, steps)
    peak = PEAK["all"]
    np.save(file, scars)
    print(json.dumps({"steps": steps, "peak": peak / 1024, "growth": (peak - before) / 1024}))


def in_process(command: list[str]) -> dict[str, object]:
    """Measure one method in a process of its own; nothing, with the reason, where a peer fails."""
    ours = command[0] == sys.executable
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    environment = {**os.environ, **threads, "PYTHONPATH": str(ROOT) if ours else ""}
    done = subprocess.run(
        command, check=ours, capture_output=True, text=True, env=environment, timeout=3600
    )
    if done.returncode:
        print(f"| {command[3]} | (c) {command[2]} failed: {done.stderr.splitlines()[-1]} |")
        return {}
    return dict(json.loads(done.stdout.splitlines()[-1]))


def peer(name: str, requirement: str) -> str:
    """Return the Python of an environment with a peer in it; empty where it cannot be installed."""
    folder = ROOT / f".venv-peer-{name}"
    python = folder / "bin" / "python"
    if not (folder / ".ready").exists():
        venv.create(folder, with_pip=True)
        command = [str(python), "-m", "pip", "install", "-q", requirement]
        done = subprocess.run(command, capture_output=True, text=True, timeout=900, check=False)
        if done.returncode:
            lines = done.stderr.strip().splitlines()
            print(f"{requirement} could not be installed: {lines[-1] if lines else ''}\n")
            return ""
        (folder / ".ready").touch()
    return str(python)


def commands(observations: int, folder: Path) -> dict[str, list[str]]:
    """Return what measures each method at a size."""
    methods = ("b", "a", "a0", "d") if observations <= MANY else ("d", "e")
    made = {
        method: [
            sys.executable,
            __file__,
            "--one",
            method,
            str(observations),
            _file(folder, method),
        ]
        for method in methods
    }
    script = str(Path(__file__).with_name("scale_peers.py"))
    for key, (name, requirement, most) in PEERS.items():
        python = peer(name, requirement) if observations <= most else ""
        if python:
            made[key] = [python, script, name, str(observations)]
    return made


def _file(folder: Path, method: str) -> str:
    return str(folder / f"{method}.npy")


def processor() -> str:
    """Return what the machine says of its processor."""
    file = Path("/proc/cpuinfo")
    lines = file.read_text("utf-8").splitlines() if file.exists() else []
    names = [each.partition(":")[2].strip() for each in lines if each.startswith("model name")]
    return names[0] if names else platform.machine()


def main(most: int, drawn: str) -> None:
    """Measure all methods at all sizes and print a table."""
    versions = (
        f"Python {platform.python_version()}, numpy {np.__version__}, pandas {pd.__version__}"
    )
    load = os.getloadavg()[0]
    print(
        f"{processor()}, {os.cpu_count()} cores, one used but in (e), load {load:.1f}; {versions}\n"
    )
    print("| observations | | wall | CPU | µs of CPU each | CPU over (b) | growth | peak |")
    print("|---|---|---|---|---|---|---|---|")
    points: dict[str, list[tuple[int, float]]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for observations in (size for size in SIZES if size <= most):
            base = 0.0
            for method, command in commands(observations, folder).items():
                figures = in_process(command)
                if not figures:
                    continue
                line(observations, method, figures, base)
                cpu = figures["steps"]["all"][1]
                base = base or (cpu if method == "b" else 0.0)
                if method != "e":  # the processor time of its processes is not that of this one
                    points.setdefault(TITLES[method], []).append((observations, cpu))
            if observations > MANY and points.get(TITLES["a"]):
                at, cpu = points[TITLES["a"]][-1]
                guess = f"{cpu * observations / at:,.0f} s, in proportion to {at:,}"
                print(f"| {observations:,} | {TITLES['a']} | not run: {guess} |", flush=True)
            if observations <= MANY:
                ours = np.load(_file(folder, "d"))
                for other in ("a", "a0", "b"):
                    scars = np.load(_file(folder, other))
                    np.testing.assert_allclose(ours, scars, rtol=0, atol=ALIKE)
    if drawn:
        Path(drawn).write_text(plot(points), "utf-8")


def line(observations: int, method: str, figures: dict[str, object], base: float) -> None:
    """Print one row of the table, and one for each step."""
    sort = figures["steps"].get(SORTED, (0.0, 0.0))[1]
    for name, (wall, cpu) in reversed(figures["steps"].items()):
        title = TITLES[method] if name == "all" else f"… {name}"
        memory = (
            f"{figures['growth']:.0f} MB | {figures['peak']:.0f} MB" if name == "all" else " | "
        )
        ratio = f"{cpu / base:.1f}" if base and name == "all" else ""
        if sort and name.startswith("test "):
            ratio = f"{cpu / sort:.1f} sorts"
        each = f"{1e6 * cpu / observations:.1f}"
        cells = f"{wall:.3f} s | {cpu:.3f} s | {each} | {ratio} | {memory}"
        print(f"| {observations:,} | {title} | {cells} |", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        measure(sys.argv[2], int(sys.argv[3]), sys.argv[4])
    else:
        arguments = [each for each in sys.argv[1:] if each.isdigit()]
        target = sys.argv[sys.argv.index("--plot") + 1] if "--plot" in sys.argv else ""
        main(int(arguments[0]) if arguments else SIZES[-1], target)
