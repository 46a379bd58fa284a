"""Results as a folder of interactive HTML pages."""

from __future__ import annotations

from eventstudy.report.sections import SECTIONS
from eventstudy.report.site import write_report
from eventstudy.report.standalone import write_standalone

__all__ = ["SECTIONS", "write_report", "write_standalone"]
