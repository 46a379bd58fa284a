"""Results of a study."""

from __future__ import annotations

from eventstudy.results.levels import ALL_ASSETS, ALL_EVENTS, Level, belongs, levels, sample
from eventstudy.results.study_results import EventStudyResults

__all__ = ["ALL_ASSETS", "ALL_EVENTS", "EventStudyResults", "Level", "belongs", "levels", "sample"]
