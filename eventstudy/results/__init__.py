"""Results of a study."""

from __future__ import annotations

from eventstudy.results.levels import ALL_ASSETS as ALL_ASSETS
from eventstudy.results.levels import Level as Level
from eventstudy.results.levels import cross_section as cross_section
from eventstudy.results.levels import levels as levels
from eventstudy.results.measured_study import MeasuredStudy as MeasuredStudy
from eventstudy.results.measured_study import only as only
from eventstudy.results.study_results import EventStudyResults as EventStudyResults
from eventstudy.results.tables import dated as dated
