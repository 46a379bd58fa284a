"""Where an event's day stands among ordinary days in the same volatility."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.inference.volatility import scaled_days
from eventstudy.plots.observation import candidate_days
from eventstudy.plots.theme import (
    DASHES,
    GREY,
    VERMILLION,
    Drawing,
    drawing,
    figure,
    trace,
    translucent,
)
from eventstudy.results import dated
from eventstudy.words.catalogue import say

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from eventstudy.results import EventStudyResults

WIDTH = 0.25
"""Of a bar, in units of the volatility of each day's eve."""


def ordinary_data(results: EventStudyResults, event_id: str, asset: str) -> pd.DataFrame:
    """Return the scaled abnormal returns of the estimation days and of the possible days 0.

    Parameters
    ----------
    results : EventStudyResults
        A study.
    event_id, asset : str
        The observation.

    Returns
    -------
    DataFrame
        session, z (abnormal return over the volatility of its eve), candidate (whether the
        session may be day 0).
    """
    row = results.row(event_id, asset)
    abnormal = results.abnormal.rows(np.array([row]))
    scaled = scaled_days(abnormal)
    ranked = np.isfinite(scaled.before[0])
    possible = np.isin(abnormal.tau, sorted(candidate_days(results, event_id, asset)))
    possible &= np.isfinite(scaled.z[0])
    days = np.concatenate([abnormal.estimation_dates[0, ranked], abnormal.dates[0, possible]])
    return pd.DataFrame(
        {
            "session": dated(days),
            "z": np.concatenate([scaled.before[0, ranked], scaled.z[0, possible]]),
            "candidate": np.repeat([False, True], [ranked.sum(), possible.sum()]),
        }
    )


def ordinary(results: EventStudyResults, event_id: str, asset: str) -> go.Figure:
    """Return the distribution of ordinary days with the possible days 0 of an event in it.

    Parameters
    ----------
    results : EventStudyResults
        A study.
    event_id, asset : str
        The observation.

    Returns
    -------
    plotly.graph_objects.Figure
        Dashed lines: the sessions that may contain the statement.
    """
    return figure(draw_ordinary(asset, ordinary_data(results, event_id, asset)))


def draw_ordinary(asset: str, data: pd.DataFrame) -> Drawing:
    """Draw what `ordinary_data` returned."""
    days, candidates = data[~data["candidate"]], data[data["candidate"]]
    edge = WIDTH * np.ceil(max(4.0, data["z"].abs().max()) / WIDTH)
    edges = np.arange(-edge, edge + WIDTH / 2, WIDTH)
    counts, _ = np.histogram(days["z"], bins=edges)
    bars = trace(
        "bar",
        x=(edges[:-1] + WIDTH / 2).round(4),
        y=counts,
        width=WIDTH * 0.92,
        marker={"color": translucent(GREY, 0.65)},
        name=say("plots.ordinary_days"),
        hovertemplate="%{x:+.2f}: %{y}<extra></extra>",
    )
    top = int(counts.max()) if len(days) else 1
    lines = [
        trace(
            "scatter",
            x=[row.z, row.z],
            y=[0, top],
            mode="lines",
            line={"color": VERMILLION, "width": 2.5, "dash": DASHES[line % len(DASHES)]},
            name=f"{row.session:%a %d %b %Y}",
            hovertemplate="%{x:+.2f}<extra></extra>",
        )
        for line, row in enumerate(candidates.itertuples())
    ]
    return drawing(
        [bars, *lines],
        title=say("plots.ordinary", asset=asset),
    )
