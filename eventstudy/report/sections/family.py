"""Which single days stand out once it is counted how many were looked at."""

from __future__ import annotations

from eventstudy.report.report_data import Context, ReportData, Section

LEVEL = 0.05
MOST_CELLS = 12


def _context(report: ReportData, _event: str) -> Context:
    frame = report.family
    if frame is None or frame.empty:
        return None
    verdicts = [
        {
            "name": name,
            "rejected": int((frame[f"p_{name}"] <= LEVEL).sum()),
            "floor": float(frame[f"least_{name}"].min()),
        }
        for name in ("romano_wolf", "holm", "bh")
    ]
    rows = []
    for row in (
        frame.sort_values(["p_romano_wolf", "p"], kind="stable").head(MOST_CELLS).itertuples()
    ):
        first, *others = row.event_ids
        title = report.events[first].title
        rows.append({"row": row, "id": first, "title": title, "more": len(others)})
    return {
        "cells": len(frame),
        "raw": int((frame["p"] <= LEVEL).sum()),
        "expected": LEVEL * len(frame),
        "verdicts": verdicts,
        "resampling": frame["resampling"].iloc[0],
        "rows": rows,
        "level": LEVEL,
        "lead": report.results.windows.lead,
    }


SECTION = Section("family", _context)
