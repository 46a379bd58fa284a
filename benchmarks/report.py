"""The report at scale: size of the index, first chart, steady rate and memory of pages.

    python benchmarks/report.py [EVENTS]
    python benchmarks/report.py --cold

The second gives the CPU that each part of the embedded study's whole report takes, pages by
themselves: CPU, not wall time, since a shared machine makes others wait. Set
OPENBLAS_NUM_THREADS=1 for it: threads that wait for work count as CPU.

Figures go into docs/performance.md with their date. Rates are given page batch by page batch: they
are compared with one another within one run, not with a clock elsewhere.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
import time
from itertools import pairwise
from pathlib import Path

import numpy as np
import pandas as pd

import eventstudy as es
from eventstudy.report.report_data import ReportData
from eventstudy.report.site import Site

BATCHES = 10
FIRST_CHART = """() => new Promise((resolve) => {
  const [{ loadEventEnd }] = performance.getEntriesByType("navigation");
  document.querySelector("figure.chart").scrollIntoView({ behavior: "instant" });
  const look = () => document.querySelector('figure.chart[data-drawn="done"]')
    ? resolve([loadEventEnd / 1000, (performance.now() - loadEventEnd) / 1000])
    : setTimeout(look, 10);
  look();
})"""


def many_statements(events: int) -> es.EventStudyResults:
    """Return a study of many statements on two series, with speakers, sides and tags."""
    rng = np.random.default_rng(1)
    sessions = pd.bdate_range("2000-01-03", periods=6500)
    levels = 100 * np.exp(rng.normal(0, 0.01, (6500, 3)).cumsum(axis=0))
    prices = pd.DataFrame(levels, sessions, ["RUB", "IDX", "MKT"])
    numbers = range(events)
    table = pd.DataFrame(
        {
            "event_id": [f"statement-{i:05d}" for i in numbers],
            "date": sessions[rng.integers(300, 6490, events)],
            "title": [f"The minister speaks about the talks for the {i}th time" for i in numbers],
            "speaker": [f"Speaker {i % 40}" for i in numbers],
            "affiliation": [f"Side {i % 5}" for i in numbers],
            "tags": [f"tag{i % 7};tag{i % 3}" for i in numbers],
        }
    )
    model = {"RUB": es.models.MarketModel("MKT"), "IDX": es.models.ConstantMean()}
    return es.run_study(table, prices, model=model)


def memory() -> int:
    """Return the memory in use now, in MB."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") // 1_000_000


def first_chart(index: Path) -> tuple[float, float]:
    """Return the seconds until the page is loaded, and from then until its first chart."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        path = os.environ.get("EVENTSTUDY_BROWSER") or shutil.which("chromium")
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        page = browser.new_page(viewport={"width": 1280, "height": 900})
        page.goto(index.as_uri())
        loaded, drawn = page.evaluate(FIRST_CHART)
        browser.close()
    return loaded, drawn


def cold() -> None:
    """Print the CPU of each part of the embedded study's report."""
    marks = [time.process_time()]

    def lap(name: str) -> float:
        marks.append(time.process_time())
        print(f"{name:<24}{marks[-1] - marks[-2]:7.2f} s of CPU", flush=True)
        return marks[-1] - marks[-2]

    results = es.load_example().run()
    lap("imports up to the study")
    robustness = es.specification_curve(results)
    lap("specification curve")
    calibration = es.calibrate(results)
    lap("calibration")
    site = Site(ReportData(results, calibration, robustness))
    site.index()
    lap("index and its frames")
    pages = [site.event(event) for event in site.in_order]
    print(f"{1000 * lap('pages') / len(pages):.0f} ms a page")


def main() -> None:
    """Measure and print."""
    if sys.argv[1:] == ["--cold"]:
        cold()
        return
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    start = time.perf_counter()
    results = many_statements(events)
    print(f"{events} statements on two series measured in {time.perf_counter() - start:.1f} s")
    marks = [(time.perf_counter(), 0, memory())]

    def progress(done: int, total: int) -> None:
        if done * BATCHES // total > len(marks) - 1:
            marks.append((time.perf_counter(), done, memory()))

    with tempfile.TemporaryDirectory() as folder:
        index = es.write_report(results, folder, progress=progress)
        for (before, first, _), (after, last, held) in pairwise(marks):
            rate = (last - first) / (after - before)
            print(f"files {first:>6} to {last:>6}: {rate:6.1f} a second, {held} MB in use")
        print(f"index.html: {index.stat().st_size / 1e6:.2f} MB")
        loaded, drawn = first_chart(index)
        print(f"loaded in {loaded:.2f} s, first chart {drawn:.2f} s later")


if __name__ == "__main__":
    main()
