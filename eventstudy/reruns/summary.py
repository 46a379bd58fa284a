"""A study in a few numbers, stored with its report."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eventstudy.results import EventStudyResults

SUMMARY = "data/summary.json"


def summary_json(results: EventStudyResults) -> str:
    """Return what a run says of a study in a few numbers."""
    left = results.left_out
    content = {
        "events": len(results.events),
        "assets": results.assets,
        "episodes": int(sum(not reason for reason in results.abnormal.reasons)),
        "left_out": int(left["start"].isna().sum()),
        "pending": int(left["pending"].sum()),
        "findings": len(results.quality),
    }
    return json.dumps(content, indent=1) + "\n"


def read_summary(folder: Path) -> dict[str, Any]:
    """Return the summary that is stored with a report."""
    return dict(json.loads((folder / SUMMARY).read_text("utf-8")))
