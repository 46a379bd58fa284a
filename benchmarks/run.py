"""Speed, as ratios measured side by side in one run.

Each line compares the median time of something with that of a yardstick, run in turn, so
that the load of the machine touches both alike. Nothing here is a test: figures go into
docs/performance.md with their date.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from statsmodels.regression.linear_model import OLS

import eventstudy as es

ROOT = Path(__file__).parent.parent


def process(*arguments: str) -> Callable[[], None]:
    """Return a function that runs a fresh Python."""

    def run() -> None:
        subprocess.run([sys.executable, *arguments], check=True, capture_output=True, cwd=ROOT)

    return run


def compare(
    name: str, measured: Callable[[], None], yardstick: Callable[[], None], rounds: int
) -> None:
    """Time two things in turn and print their medians and ratio."""
    times: tuple[list[float], list[float]] = ([], [])
    for _ in range(rounds):
        for index, run in enumerate((measured, yardstick)):
            start = time.perf_counter()
            run()
            times[index].append(time.perf_counter() - start)
    own, other = (statistics.median(values) for values in times)
    print(f"{name:<66}{own:8.3f} s {other:8.3f} s   ratio {own / other:6.2f}", flush=True)


def many_firms(firms: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Return events and prices of a study with one event a firm."""
    rng = np.random.default_rng(1)
    sessions = pd.bdate_range("2018-01-01", periods=1000)
    market = rng.normal(0, 0.01, 1000)
    returns = market[:, None] + rng.normal(0, 0.01, (1000, firms))
    names = [f"F{i:04d}" for i in range(firms)]
    frame = pd.DataFrame(np.column_stack([market, returns]), sessions, ["MKT", *names])
    days = sessions[rng.integers(300, 950, firms)]
    events = pd.DataFrame(
        {"event_id": [n.lower() for n in names], "date": days, "title": "event", "assets": names}
    )
    return events, 100 * (1 + frame).cumprod()


def main() -> None:
    """Run all comparisons."""
    nothing = process("-c", "pass")
    print(f"{'':<66}{'measured':>10} {'yardstick':>10}")
    compare("eventstudy --help / python -c pass", process("-m", "eventstudy", "--help"), nothing, 7)
    check = process("-m", "eventstudy", "check", "study.toml")
    compare(
        "eventstudy check / python -c 'import pandas'", check, process("-c", "import pandas"), 5
    )
    firms = 500
    events, prices = many_firms(firms)
    returns = prices.pct_change().to_numpy()
    x = np.column_stack([np.ones(250), returns[300:550, 0]])

    def loop() -> None:
        for column in range(1, firms + 1):
            OLS(returns[300:550, column], x).fit().params  # noqa: B018  params are lazy

    def study() -> None:
        es.run_study(events, prices, model=es.models.MarketModel("MKT")).car()

    compare(f"run_study and car() of {firms} firms / as many bare OLS fits", study, loop, 3)
    results = es.load_example().run()
    example = es.load_example()
    compare("run_study of the embedded study / reading its prices", lambda: example.run() and None,
            lambda: es.load_prices(example.request) and None, 3)  # fmt: skip
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        compare(
            "its report of 110 pages / run_study",
            lambda: es.write_report(results, folder) and None,
            lambda: example.run() and None,
            2,
        )


if __name__ == "__main__":
    main()
