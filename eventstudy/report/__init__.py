"""Results as a folder of interactive HTML pages.

Names are imported when they are first used: publishing needs none of what draws.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from eventstudy.report.sections import SECTIONS
    from eventstudy.report.site import write_report
    from eventstudy.report.standalone import write_standalone

__all__ = ["SECTIONS", "write_report", "write_standalone"]

_HOMES = {"SECTIONS": "sections", "write_report": "site", "write_standalone": "standalone"}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'eventstudy.report' has no attribute {name!r}")
    return getattr(import_module(f"eventstudy.report.{_HOMES[name]}"), name)
