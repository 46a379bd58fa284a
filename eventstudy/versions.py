"""Versions of what shapes a number or a page: the package, its engine, its looks, the libraries."""

from __future__ import annotations

import hashlib
from functools import cache
from pathlib import Path

__version__ = "0.1.0"
ENGINE = 6
"""To be raised whenever the same inputs give other numbers or other pages.

6: sums of unit residuals of what windows lack are added up by the windows that lack them (r̄ of more
than 2,000 observations moved by at most 1e-15).

5: in studies of more than 2,000 observations sums of unit residuals by day are added up for 250
assets, and for 8,192 episodes that a window lacks, at a time (r̄ moved by at most 1e-14); in
studies in parts residuals take slopes off before the constant (the last digits of r̄); Patell's Z
multiplies by the length of the window last (the last digit).

4: ordinary days, with which placebo tests compare, are fitted from sums over their windows (scaled
CARs moved by at most 1e-14); in studies of more than 200 observations the volatility of the eve
that `placebo-ewma` and `calendar-shift` divide by is added up in another order, and of more than
2,000 on assets with many of them sums of unit residuals by day are products of matrices, and the
volatility of the eve skips missing days (the last digits).

3: in studies of more than 200 observations what episodes of one series share in their estimation,
the volatility of the eve, sums of daily standardised abnormal returns and r̄ are added up in another
order (the last digits).

2: `ci_low` and `ci_high` are the intervals that hold, overlapping windows are treated as "auto" by
default, averages go by asset, placebo dates are counted by the sessions of all assets,
the return over a session without a price is none, early closes strike early.
"""

LIBRARIES = ("numpy", "pandas", "scipy", "statsmodels", "arch", "plotly", "exchange_calendars")
REPORTED = ("numpy", "pandas", "scipy", "statsmodels", "plotly")
LOOKS = ("english.toml", "report/assets", "report/templates")


@cache
def reported_versions() -> dict[str, str]:
    """Return the versions that a report names: the package and what shapes its numbers."""
    from importlib.metadata import version

    return {"eventstudy": __version__, **{name: version(name) for name in REPORTED}}


@cache
def engine_versions() -> dict[str, str]:
    """Return the versions that shape the bytes of a report, without importing a library."""
    from importlib.metadata import PackageNotFoundError, version

    versions = {"engine": str(ENGINE), "eventstudy": __version__}
    for name in LIBRARIES:
        try:
            versions[name] = version(name)
        except PackageNotFoundError:
            versions[name] = "none"
    return {**versions, "texts and looks": _looks()}


def _looks() -> str:
    """Return the digest of texts, templates, style and scripts."""
    home = Path(__file__).parent
    content = hashlib.sha256()
    for name in LOOKS:
        looks = home / name
        for path in [looks] if looks.is_file() else sorted(looks.rglob("*.*")):
            content.update(f"{path.relative_to(home).as_posix()}\n".encode() + path.read_bytes())
    return content.hexdigest()[:16]
