"""How headline tests and intervals behave at dates on which nothing happened."""

from __future__ import annotations

from eventstudy.inference import TESTS
from eventstudy.plots.robustness import draw_power
from eventstudy.report.charts import Chart
from eventstudy.report.report_data import Context, ReportData, Section
from eventstudy.words.catalogue import say

SIZE_OFF, COVERAGE_OFF = 0.015, 0.03
"""Sizes and coverages so far from their level are said to be off, unless chance explains it."""


def _context(report: ReportData, _event: str) -> Context:
    calibration = report.calibration
    if calibration is None:
        return {"rows": [], "charts": []}
    level = report.results.options.confidence
    rows = []
    for row in calibration.size.itertuples():
        measured = row.size == row.size  # NaN where nothing could be run
        off = measured and abs(row.size - 0.05) > max(SIZE_OFF, 3 * row.mc_se)
        test = TESTS.get(row.test)
        rows.append({"row": row, "label": test.label if test else row.test, "off": off})
    charts = [
        Chart(
            draw_power(calibration, group, asset),
            say("calibration.label", group=group, asset=asset),
            power.drop(columns=["group", "asset"]),
        )
        for (group, asset), power in calibration.power.groupby(["group", "asset"], sort=False)
    ]
    coverage = []
    for row in calibration.coverage.itertuples():
        off = bool(row.samples) and level - row.coverage > max(COVERAGE_OFF, 3 * row.mc_se)
        label = say(f"calibration.interval_{row.interval.split()[0].lower()}")
        coverage.append({"row": row, "label": label, "off": off})
    words = f"{100 * level:g} %"
    return {"rows": rows, "charts": charts, "coverage": coverage, "level": words}


SECTION = Section("calibration", _context)
