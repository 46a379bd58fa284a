"""Windows in minutes: what was abnormal between two clock times of a day, and how sure that is."""

from __future__ import annotations

from eventstudy.minutes.calibration import MinuteCalibration as MinuteCalibration
from eventstudy.minutes.calibration import calibrate_minutes as calibrate_minutes
from eventstudy.minutes.results import MinuteResults as MinuteResults
from eventstudy.minutes.run import run_minutes as run_minutes
from eventstudy.minutes.settings import MinuteOptions as MinuteOptions
from eventstudy.minutes.settings import MinuteWindows as MinuteWindows
