"""Residuals of an estimation window over time."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.errors import EstimationError
from eventstudy.plots.colours import BLUE, VERMILLION
from eventstudy.plots.theme import Drawing, Theme, drawing, figure, titled
from eventstudy.plots.traces import trace
from eventstudy.results import EventStudyResults, dated
from eventstudy.words.catalogue import say

if TYPE_CHECKING:
    import plotly.graph_objects as go


def residuals_data(results: EventStudyResults, event_id: str, asset: str) -> pd.DataFrame:
    """Return session, residual (fraction) and scaled (over the residual standard deviation)."""
    row = results.row(event_id, asset)
    episode = results.abnormal.rows(np.array([row]))
    used = np.isfinite(episode.residuals[0])
    sessions, e = dated(episode.estimation_dates[0, used]), episode.residuals[0, used]
    scaled = e / np.sqrt(episode.s2[0])
    return pd.DataFrame({"session": sessions, "residual": e, "scaled": scaled})


def residuals(
    results: EventStudyResults,
    event_id: str,
    asset: str,
    *,
    theme: Theme = "light",
    template: Any = None,
) -> go.Figure:
    """Return the residuals of an observation's estimation window, the largest one marked.

    Parameters
    ----------
    results : EventStudyResults
        A study.
    event_id, asset : str
        The observation.
    theme, template
        As for `eventstudy.plots.theme.figure`.

    Returns
    -------
    plotly.graph_objects.Figure
        In multiples of the residual standard deviation.

    Raises
    ------
    EstimationError
        When it has no residuals.
    """
    return figure(draw_residuals(results, event_id, asset), theme, template)


def draw_residuals(results: EventStudyResults, event_id: str, asset: str) -> Drawing:
    """Draw `residuals`."""
    data = residuals_data(results, event_id, asset)
    if data.empty:
        raise EstimationError(f"{event_id} on {asset} has no residuals; see results.estimation")
    far = int(data["scaled"].abs().argmax())
    words = [say("plots.residuals.usual"), say("plots.residuals.largest")]
    traces = [
        trace("bar", x=data["session"], y=data["scaled"], marker={"color": BLUE}, name=words[0]),
        trace(
            "scatter",
            x=data["session"].iloc[[far]],
            y=data["scaled"].iloc[[far]],
            mode="markers",
            marker={"color": VERMILLION, "symbol": "diamond", "size": 11},
            name=words[1],
        ),
    ]
    return drawing(
        traces,
        title=say("plots.residuals.title", asset=asset),
        height=260,
        xaxis=titled(say("plots.market_day")),
        yaxis=titled(say("plots.in_sd")),
    )
