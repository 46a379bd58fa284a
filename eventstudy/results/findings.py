"""What a reader must know about the prices and the estimation windows of a study."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from eventstudy.design.alignment import align_all
from eventstudy.design.price_findings import compared_with, study_quality
from eventstudy.models.base import degrees_of_freedom
from eventstudy.prices import Finding
from eventstudy.prices.quality.findings import in_order
from eventstudy.settings import SHORT, Windows, length

if TYPE_CHECKING:
    from eventstudy.models import NormalReturnModel
    from eventstudy.results.measured_study import MeasuredStudy


def study_findings(study: MeasuredStudy) -> tuple[Finding, ...]:
    """Return findings on prices and windows; see `EventStudyResults.quality`."""
    windows, options = study.windows, study.options
    factors = compared_with(study.models, options)
    days0 = align_all([], [data.calendar for data in study.data.values()], options.max_shift)
    days0 |= {item.asset: item.days0 for item in study.alignments}
    on_prices = study_quality(study.prices, study.data, factors, days0, windows, options)
    return in_order([*on_prices, *short_windows(study.models, windows)], study.prices.assets)


def short_windows(models: Mapping[str, NormalReturnModel], windows: Windows) -> list[Finding]:
    """Warn of an estimation window of fewer than 60 sessions, with its degrees of freedom.

    Parameters
    ----------
    models : mapping of str to NormalReturnModel
        Model of each asset.
    windows : Windows
        The estimation window.

    Returns
    -------
    list of Finding
        One for each asset; empty when the window is not short.
    """
    sessions = length(windows.estimation)
    if sessions >= SHORT:
        return []
    findings = []
    for asset, model in models.items():
        df = degrees_of_freedom(model, sessions)
        error = 100 / (2 * df) ** 0.5  # of the standard deviation that it estimates
        text = (
            f"an estimation window of {sessions} sessions leaves the {model.name} at most {df} "
            f"degrees of freedom: chance alone moves its standard errors by {error:.0f} %"
        )
        findings.append(Finding(asset, "short-estimation", (), sessions, text))
    return findings
