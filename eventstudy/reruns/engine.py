"""The version of what makes a report: the engine's own, that of its looks, and the libraries'."""

from __future__ import annotations

import hashlib
from functools import cache
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from eventstudy._version import ENGINE, __version__

LIBRARIES = ("numpy", "pandas", "scipy", "statsmodels", "arch", "plotly", "exchange_calendars")
LOOKS = ("english.toml", "report/assets", "report/templates")


@cache
def engine() -> dict[str, str]:
    """Return the versions that shape the bytes of a report, without importing a library."""
    found = {"engine": str(ENGINE), "eventstudy": __version__}
    for name in LIBRARIES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:
            found[name] = "none"
    return {**found, "texts and looks": _looks()}


def _looks() -> str:
    """Return the digest of texts, templates, style and scripts."""
    home = Path(__file__).parent.parent
    content = hashlib.sha256()
    for name in LOOKS:
        place = home / name
        for path in [place] if place.is_file() else sorted(place.rglob("*.*")):
            content.update(f"{path.relative_to(home).as_posix()}\n".encode() + path.read_bytes())
    return content.hexdigest()[:16]
