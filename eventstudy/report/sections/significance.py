"""Tests over the episodes of each group."""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy.inference import TESTS
from eventstudy.report.material import Material, Section


def _context(material: Material, _event: str) -> Mapping[str, object]:
    results = material.results
    start, end = results.windows.lead
    frame = material.tests
    labels = {name: test.label for name, test in TESTS.items()}
    labels |= {test.name: test.label for test in results.significance_tests}
    blocks = []
    for (group, asset, *window), rows in frame.groupby(
        ["group", "asset", "start", "end"], sort=False
    ):
        reasons = set(rows["reason"])
        blocks.append(
            {
                "group": group,
                "asset": asset,
                "window": window,
                "rows": list(rows.itertuples()),
                "refused": reasons.pop() if len(reasons) == 1 else "",
            }
        )
    return {"blocks": blocks, "labels": labels, "lead": (start, end)}


SECTION = Section("tests", "Tests", _context)
