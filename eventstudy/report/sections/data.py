"""The prices in one table: where from, how far, what to know, what was left out."""

from __future__ import annotations

from typing import Any

import pandas as pd

from eventstudy.prices import Prices
from eventstudy.report.answer_words import asset_name, capital
from eventstudy.report.formats import iso, unbroken_dates
from eventstudy.report.report_data import Context, ReportData, Section
from eventstudy.words.catalogue import counted, say
from eventstudy.words.numbers import NONE

MOST_SERIES = 12
"""Series listed; all are under "Sources and reproduction"."""


def _know(report: ReportData, name: str) -> str:
    """Return the worst finding on a series, and how many more there are."""
    findings = [finding for finding in report.results.quality if finding.asset == name]
    if not findings:
        return say("data.clean")
    text = capital(say("data.known", finding=findings[0].text.rstrip(".")))
    more = len(findings) - 1
    return text + (" " + say("data.more", findings=counted(more, "finding")) if more else "")


def _series(report: ReportData, name: str) -> dict[str, Any]:
    results = report.results
    row: dict[str, Any] = {"name": asset_name(results, name), "source": "", "clock": ""}
    prices = results.prices
    origin = prices.provenance.get(name) if isinstance(prices, Prices) else None
    if origin is not None and isinstance(prices, Prices):
        clock = prices.clocks.get(name)
        source = (origin.attribution or origin.source).removeprefix(say("answer.source"))
        row |= {"source": source, "clock": str(clock or "")}
    if report.waiting:
        span = (0, pd.NaT, pd.NaT)  # no price is used yet
    elif name in results.data:
        sessions = results.data[name].calendar.sessions
        span = (len(sessions), pd.Timestamp(sessions[0]), pd.Timestamp(sessions[-1]))
    elif origin is not None:
        span = (origin.rows, origin.first, origin.last)
    else:
        span = (0, pd.NaT, pd.NaT)
    left = results.left_out
    waiting = left["pending"].astype(bool)
    left = left[(left["asset"] == name) & left["start"].isna() & ~waiting]
    return row | {
        "days": f"{span[0]:,}" if span[0] else NONE,
        "first": iso(span[1]),
        "last": iso(span[2]),
        "know": unbroken_dates(_know(report, name)),
        "left": len(left),
    }


def _context(report: ReportData, _event: str) -> Context:
    results = report.results
    names = dict.fromkeys(results.assets)
    if isinstance(results.prices, Prices):
        names |= dict.fromkeys(results.prices.provenance)
    listed = list(names)[:MOST_SERIES]
    left = results.left_out
    pending = int(left["pending"].astype(bool).sum())
    count = len(left) - pending
    kinds = {(True, True): "words", (True, False): "only", (False, True): "pending"}
    return {
        "rows": [_series(report, name) for name in listed],
        "more": len(names) - len(listed),
        "left": say(
            f"data.left_{kinds.get((count > 0, pending > 0), 'none')}",
            count=counted(count, "observation_or_window"),
            pending=pending,
        ),
        "missing": dict(results.missing),
    }


SECTION = Section("data", _context)
