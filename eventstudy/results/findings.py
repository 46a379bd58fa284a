"""What a reader must know about the prices and the estimation windows of a study."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from eventstudy.design.price_findings import compared_with, study_quality
from eventstudy.models import NormalReturnModel
from eventstudy.models.base import degrees_of_freedom
from eventstudy.prices import Finding
from eventstudy.prices.quality.findings import in_order
from eventstudy.results.measured_study import MeasuredStudy
from eventstudy.settings import SHORT, Windows, length
from eventstudy.words.numbers import count


def study_findings(study: MeasuredStudy) -> tuple[Finding, ...]:
    """Return findings on prices and windows; see `EventStudyResults.quality`."""
    windows, options = study.windows, study.options
    factors = compared_with(study.models, options)
    days0 = study.alignments.days
    on_prices = study_quality(study.prices, study.data, factors, days0, windows, options)
    of_models = [*short_windows(study.models, windows), *refitted(study)]
    return in_order([*on_prices, *of_models], study.prices.assets)


def refitted(study: MeasuredStudy) -> list[Finding]:
    """Say on which observations the moments engine and statsmodels differ.

    Parameters
    ----------
    study : MeasuredStudy
        A study; see its `disagreements`.

    Returns
    -------
    list of Finding
        One for each block that was fitted again; empty where the engines agree.
    """
    findings, abnormal = [], study.abnormal
    for item in study.disagreements:
        rows = (abnormal.assets == item.asset) & (abnormal.day0 == item.day0)
        (row,) = np.flatnonzero(rows).tolist()
        event_id = study.events.event_ids[study.members[row][0]]
        text = (
            f"the engine moments and statsmodels differ by {item.difference:.1g} on {event_id}: "
            f"the {count(item.episodes, 'episode')} fitted together with it were fitted again "
            "with statsmodels, and those numbers are used"
        )
        day = item.day0.astype("datetime64[D]").item()
        findings.append(Finding(item.asset, "engine", (day,), item.episodes, text, "note"))
    return findings


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
