"""A study in a few numbers, stored with its report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from eventstudy.parsing import read_json

if TYPE_CHECKING:
    from eventstudy.results import EventStudyResults

SUMMARY = "data/summary.json"


def summary_json(results: EventStudyResults) -> str:
    """Return what a run says of a study in a few numbers."""
    from eventstudy.prices.quality.findings import lines_of
    from eventstudy.results.findings import refitted, short_windows
    from eventstudy.results.left_out import advice

    left = results.left_out
    warnings = [*short_windows(results.models, results.windows), *refitted(results)]
    content = {
        "events": len(results.events),
        "assets": results.assets,
        "episodes": int(sum(not reason for reason in results.abnormal.reasons)),
        "left_out": int(left["start"].isna().sum()),
        "pending": int(left["pending"].sum()),
        "findings": len(results.quality),
        "advice": advice(results),
        "warnings": lines_of(warnings),
    }
    return json.dumps(content, indent=1) + "\n"


def read_summary(folder: Path) -> dict[str, Any]:
    """Return the summary that is stored with a report."""
    return dict(read_json(folder / SUMMARY))
