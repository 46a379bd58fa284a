"""Tests over the episodes of each group."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

from eventstudy.inference import TESTS
from eventstudy.report.material import Material, Section
from eventstudy.report.words import CALM, TURBULENT, unusual_days
from eventstudy.results import Level, levels
from eventstudy.settings import Window


def _block(rows: pd.DataFrame, windows: tuple[Window, ...]) -> dict[str, object]:
    """One table: tests down, windows across; a window refused as a whole is said once."""
    cells = {(row.test, (row.start, row.end)): row for row in rows.itertuples()}
    refused = {}
    for window in windows:
        own = rows[(rows["start"] == window[0]) & (rows["end"] == window[1])]
        reasons = set(own["reason"])
        if len(reasons) == 1 and "" not in reasons and len(own) > 1:
            refused[window] = reasons.pop()
    shown = [window for window in windows if window not in refused]
    tests = [
        {
            "name": name,
            "null": cells[name, windows[0]].null,
            "cells": [cells[name, w] for w in shown],
        }
        for name in dict.fromkeys(rows["test"])
    ]
    return {"windows": shown, "refused": refused, "tests": tests if shown else []}


def _doubt(material: Material, labels: Mapping[str, str], level: Level) -> str:
    """Say which tests take for granted a volatility that was not there; empty if none."""
    ratio = unusual_days(material.results, level).median_ratio
    if CALM <= ratio <= TURBULENT:
        return ""
    tests = material.results.significance_tests
    blind = [labels[test.name] for test in tests if test.volatility == "constant"]
    return (
        f"Volatility on the eve was {ratio:.1f} times that of the estimation window (median). "
        f"These tests take it to be the same, and their p cannot be trusted here: "
        f"{', '.join(blind)}."
    )


def _context(material: Material, _event: str) -> Mapping[str, object]:
    results = material.results
    labels = {name: test.label for name, test in TESTS.items()}
    labels |= {test.name: test.label for test in results.significance_tests}
    frame = material.tests
    blocks = []
    for level in levels(results):
        rows = frame[(frame["group"] == level.group) & (frame["asset"] == level.asset)]
        block = _block(rows, results.windows.car)
        doubt = _doubt(material, labels, level)
        blocks.append({"group": level.group, "asset": level.asset, "doubt": doubt, **block})
    return {"blocks": blocks, "labels": labels, "lead": results.windows.lead}


SECTION = Section("tests", "Tests", _context)
