"""Versions of what a report was made with."""

from __future__ import annotations

from importlib.metadata import version

import eventstudy

LIBRARIES = ("numpy", "pandas", "scipy", "statsmodels", "plotly")


def versions() -> dict[str, str]:
    """Return the version of the package and of the libraries that shape its numbers."""
    return {"eventstudy": eventstudy.__version__, **{name: version(name) for name in LIBRARIES}}
