"""Windows in minutes: what was abnormal between two clock times of a day, and how sure that is."""

from __future__ import annotations

from eventstudy.minutes.calibration import MinuteCalibration, calibrate_minutes
from eventstudy.minutes.results import MinuteResults
from eventstudy.minutes.run import run_minutes
from eventstudy.minutes.settings import MinuteOptions, MinuteWindows

__all__ = [
    "MinuteCalibration",
    "MinuteOptions",
    "MinuteResults",
    "MinuteWindows",
    "calibrate_minutes",
    "run_minutes",
]
