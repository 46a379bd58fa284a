"""Which single days stand out once it is counted how many were looked at."""

from __future__ import annotations

from collections.abc import Mapping

from eventstudy.report.report_data import Material, Section
from eventstudy.words.catalogue import say

LEVEL = 0.05
SHOWN = 12


def _context(material: Material, _event: str) -> Mapping[str, object] | None:
    frame = material.family
    if frame is None or frame.empty:
        return None
    first = frame.iloc[0]
    ways = [
        ("romano_wolf", "p_romano_wolf", "least_romano_wolf"),
        ("holm", "p_holm", "least_holm"),
        ("bh", "p_bh", "least_bh"),
    ]
    verdicts = []
    for name, column, least in ways:
        rejected = int((frame[column] <= LEVEL).sum())
        floor = float(frame[least].min())
        verdicts.append({"name": name, "rejected": rejected, "floor": floor})
    titles = {event.event_id: event.title for event in material.results.events}
    rows = []
    for row in frame.sort_values(["p_romano_wolf", "p"], kind="stable").head(SHOWN).itertuples():
        ids = row.event_ids.split("; ")
        rows.append({"row": row, "id": ids[0], "title": titles[ids[0]], "more": len(ids) - 1})
    return {
        "cells": len(frame),
        "raw": int((frame["p"] <= LEVEL).sum()),
        "expected": LEVEL * len(frame),
        "verdicts": verdicts,
        "resampling": first["resampling"],
        "rows": rows,
        "level": LEVEL,
        "lead": material.results.windows.lead,
    }


SECTION = Section("family", say("family.title"), _context)
