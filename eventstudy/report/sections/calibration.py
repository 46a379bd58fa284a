"""How the headline tests behave at dates on which nothing happened."""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy import plots
from eventstudy.inference import TESTS
from eventstudy.language import say
from eventstudy.report.charts import Chart
from eventstudy.report.material import Material, Section

LOW, HIGH = 0.035, 0.065
"""Sizes outside this are said to be off, unless chance explains it."""


def _context(material: Material, _event: str) -> Mapping[str, object]:
    found = material.calibration
    if found is None:
        return {"rows": [], "charts": []}
    rows = []
    for row in found.size.itertuples():
        known = row.size == row.size  # NaN where nothing could be run
        off = known and abs(row.size - 0.05) > max(0.015, 3 * row.mc_se)
        test = TESTS.get(row.test)
        rows.append({"row": row, "label": test.label if test else row.test, "off": off})
    power = found.power
    charts = [
        Chart(
            plots.power(found, group, asset),
            say("calibration.label", group=group, asset=asset),
            own.drop(columns=["group", "asset"]),
        )
        for (group, asset), own in power.groupby(["group", "asset"], sort=False)
    ]
    return {"rows": rows, "charts": charts}


SECTION = Section("calibration", say("calibration.title"), _context)
