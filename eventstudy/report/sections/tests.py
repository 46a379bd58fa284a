"""Tests over the episodes of each group: the one that leads, its companions, those refused."""

from __future__ import annotations

from typing import Any

from eventstudy.inference import TESTS
from eventstudy.report.report_data import Context, ReportData, Section
from eventstudy.results import only
from eventstudy.results.significance import HEADLINE
from eventstudy.words.catalogue import say
from eventstudy.words.numbers import size as size_of


def _trust(report: ReportData, now: Any) -> str:
    """Say how the headline test behaves on ordinary days; empty when that was not measured."""
    if report.calibration is None:
        return ""
    level = {"group": now.group, "asset": now.asset, "start": now.start, "end": now.end}
    rows = only(report.calibration.size, **level, test=now.headline)
    rows = rows[rows["samples"] > 0]
    if rows.empty:
        return ""
    row = next(rows.itertuples())
    measured = row.mde == row.mde  # NaN beyond the effects that were tried
    power = say("tests.trust_mde", mde=size_of(row.mde)) if measured else say("tests.trust_none")
    return say("tests.trust", size=size_of(row.size, 1), power=power)


def _context(report: ReportData, _event: str) -> Context:
    results = report.results
    named = results.significance_tests or ()
    labels = {name: test.label for name, test in TESTS.items()}
    labels |= {test.name: test.label for test in named}
    lead = results.windows.lead
    blocks = []
    for now in report.situations.itertuples():
        window = {"start": now.start, "end": now.end}
        rows = only(report.tests, group=now.group, asset=now.asset, **window)
        refused = rows[~rows["valid"]].groupby("reason", sort=False)
        reasons = {
            str(reason): [labels[name] for name in tests["test"]] for reason, tests in refused
        }
        blocks.append(
            {
                "now": now,
                "label": labels.get(now.headline, ""),
                "trust": _trust(report, now),
                "rows": list(rows[rows["valid"]].itertuples()),
                "refused": reasons,
                "leads": bool((rows["role"] == HEADLINE).any()),
            }
        )
    first = [b for b in blocks if (b["now"].start, b["now"].end) == lead]
    rest = [b for b in blocks if (b["now"].start, b["now"].end) != lead]
    return {"first": first, "rest": rest, "labels": labels, "lead": lead}


SECTION = Section("tests", _context)
