"""Speed and memory by the number of observations, beside what one writes by hand.

Side by side, each in a process of its own with one thread of linear algebra: (a) a loop of one
`statsmodels.OLS` an observation on slices of pandas, with exact prediction errors; (b) bare
prefix sums in numpy, as little as a market model needs; (d) `run_study` and `tests()`. All three
measure the same: 20 stocks and their market, estimation window of 250 sessions, event window
[-10, 10], three CAR windows; (d) computes four tests of each window as well. The dates lie 21
sessions apart, so that every test can be computed. The clock starts with events and a frame in
memory. Standardised CARs must agree, and no test may be without a number, else it fails.

    python benchmarks/scale.py [MOST OBSERVATIONS]

Figures go into docs/performance.md with their date and their machine.
"""

from __future__ import annotations

import json
import os
import platform
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pandas as pd
from statsmodels.regression.linear_model import OLS

import eventstudy as es

ROOT = Path(__file__).parent.parent
STOCKS, APART = 20, 21
ESTIMATION, EVENT = (-260, -11), (-10, 10)
CARS = ((0, 0), (0, 1), (-5, 5))
TESTS = ("cross-sectional-t", "patell", "bmp", "generalised-sign")
SIZES = (20, 200, 2_000, 20_000, 200_000)
LONGEST_LOOP = 20_000
ALIKE = 1e-7
"""Largest difference of standardised CARs: (b) takes differences of long sums."""

Scars = np.ndarray
Steps = dict[str, tuple[float, float]]


def market(observations: int) -> tuple[pd.DataFrame, np.ndarray]:
    """Return prices of a market and its stocks, and the sessions of the events."""
    stocks = STOCKS if observations <= LONGEST_LOOP else STOCKS * observations // LONGEST_LOOP
    dates = max(observations // stocks, 1)
    sessions = pd.bdate_range("1925-01-01", periods=280 + APART * dates + 20)
    rng = np.random.default_rng(1)
    common = rng.normal(0.0003, 0.01, (len(sessions), 1))
    returns = np.hstack([common, common + rng.normal(0, 0.012, (len(sessions), stocks))])
    names = ["MKT", *(f"S{place:03d}" for place in range(stocks))]
    frame = pd.DataFrame(100 * np.exp(returns.cumsum(axis=0)), sessions, names)
    return frame, 280 + APART * np.arange(dates)


@contextmanager
def step(steps: Steps, name: str) -> Iterator[None]:
    """Note the wall and processor time of a step."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    steps[name] = (time.perf_counter() - wall, time.process_time() - cpu)


def loop(prices: pd.DataFrame, days: np.ndarray, steps: Steps) -> Scars:
    """Fit one regression after the other, as one does by hand."""
    scars = []
    with step(steps, "all"):
        returns = prices.pct_change()
        for stock in returns.columns[1:]:
            y, x = returns[stock], returns["MKT"]
            for day in days:
                inside = slice(day + ESTIMATION[0], day + ESTIMATION[1] + 1)
                after = slice(day + EVENT[0], day + EVENT[1] + 1)
                design = np.column_stack([np.ones(250), x.iloc[inside]])
                fit = OLS(y.iloc[inside].to_numpy(), design).fit()
                later = np.column_stack([np.ones(21), x.iloc[after]])
                ar = y.iloc[after].to_numpy() - later @ fit.params
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


def study(prices: pd.DataFrame, days: np.ndarray, steps: Steps) -> Scars:
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
            )
        with step(steps, "tests"):
            tests = results.tests(include_invalid=True)
    assert len(tests) == len(TESTS) * len(CARS), tests
    assert tests["p"].notna().all(), tests[["test", "start", "end", "reason"]]
    abnormal = results.abnormal
    return np.column_stack([abnormal.car(window) / abnormal.car_se(window) for window in CARS])


METHODS: dict[str, Callable[[pd.DataFrame, np.ndarray, Steps], Scars]] = {
    "a": loop,
    "b": kernel,
    "d": study,
}
TITLES = {
    "a": "(a) loop of `statsmodels.OLS`",
    "b": "(b) prefix sums in numpy",
    "d": "(d) `run_study` and `tests()`",
}


def measure(method: str, observations: int, file: str) -> None:
    """Measure one method in this process; print its figures and store its standardised CARs."""
    METHODS[method](*market(20), {})  # imports, and what is made once a process
    prices, days = market(observations)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    steps: Steps = {}
    scars = METHODS[method](prices, days, steps)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    np.save(file, scars)
    print(json.dumps({"steps": steps, "peak": peak / 1024, "growth": (peak - before) / 1024}))


def in_process(method: str, observations: int, file: Path) -> dict[str, object]:
    """Measure one method in a process of its own."""
    threads = dict.fromkeys(("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"), "1")
    command = [sys.executable, __file__, "--one", method, str(observations), str(file)]
    environment = {**os.environ, **threads, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    return dict(json.loads(done.stdout.splitlines()[-1]))


def main(most: int) -> None:
    """Measure all methods at all sizes and print a table."""
    import tempfile

    versions = (
        f"Python {platform.python_version()}, numpy {np.__version__}, pandas {pd.__version__}"
    )
    print(f"{platform.machine()}, {os.cpu_count()} cores, one used; {versions}\n")
    print("| observations | | wall | CPU | µs of CPU each | CPU over (b) | growth | peak |")
    print("|---|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        for observations in (size for size in SIZES if size <= most):
            methods = "bd" if observations > LONGEST_LOOP else "bad"
            scars: dict[str, Scars] = {}
            base = 0.0
            for method in methods:
                file = Path(folder) / f"{method}.npy"
                found = in_process(method, observations, file)
                scars[method] = np.load(file)
                line(observations, method, found, base)
                base = base or found["steps"]["all"][1]
            for method in methods[1:]:
                np.testing.assert_allclose(scars[method], scars["b"], rtol=0, atol=ALIKE)


def line(observations: int, method: str, found: dict[str, object], base: float) -> None:
    """Print one row of the table, and one for each step."""
    for name, (wall, cpu) in reversed(found["steps"].items()):
        title = TITLES[method] if name == "all" else f"… {name}"
        memory = f"{found['growth']:.0f} MB | {found['peak']:.0f} MB" if name == "all" else " | "
        ratio = f"{cpu / base:.0f}" if base and name == "all" else ""
        each = f"{1e6 * cpu / observations:.1f}"
        cells = f"{wall:.3f} s | {cpu:.3f} s | {each} | {ratio} | {memory}"
        print(f"| {observations:,} | {title} | {cells} |", flush=True)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--one"]:
        measure(sys.argv[2], int(sys.argv[3]), sys.argv[4])
    else:
        main(int(sys.argv[1]) if sys.argv[1:] else SIZES[-1])
