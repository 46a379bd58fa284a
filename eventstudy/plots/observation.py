"""One event on one asset: the abnormal return of each day, alone and beside the path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.inference.intervals import order_statistics, stated_level
from eventstudy.inference.volatility import ewma_variance, scaled_days
from eventstudy.plots.colours import BLUE, GREY, VERMILLION
from eventstudy.plots.path import car_data, draw_car_path
from eventstudy.plots.theme import Drawing, Theme, drawing, figure, titled
from eventstudy.plots.traces import Trace, line_trace, trace
from eventstudy.results import EventStudyResults, dated
from eventstudy.words.catalogue import say
from eventstudy.words.numbers import level as level_words

if TYPE_CHECKING:
    import plotly.graph_objects as go


def ar_data(results: EventStudyResults, event_id: str, asset: str) -> pd.DataFrame:
    """Return tau, session, ar and the limits of an ordinary day in its volatility (low, high).

    Simple returns, fractions.
    """
    row = results.row(event_id, asset)
    abnormal = results.abnormal.rows(np.array([row]))
    confidence = results.options.confidence
    scaled = scaled_days(abnormal)
    critical = order_statistics(scaled.before, stated_level(confidence))[0]
    half = critical * np.sqrt(ewma_variance(abnormal)[0, -len(abnormal.tau) :])
    half = np.where(np.isfinite(half), half, np.nan)
    frame = pd.DataFrame(
        {
            "tau": abnormal.tau,
            "session": dated(abnormal.dates[0]) if results.dated else pd.NaT,
            "ar": results.simple(abnormal.ar[0]),
            "low": results.simple(-half),
            "high": results.simple(half),
        }
    )
    frame = frame.astype({"session": "datetime64[s]"})
    return frame[np.isfinite(frame["ar"])].reset_index(drop=True)


def _ar_traces(data: pd.DataFrame, candidates: set[int], level: str) -> list[Trace]:
    colours = [VERMILLION if tau in candidates else BLUE for tau in data["tau"]]
    days = data["session"].dt.strftime("%a %d %b %Y").fillna("τ = " + data["tau"].astype(str))
    bars = trace(
        "bar",
        x=data["tau"],
        y=100 * data["ar"],
        marker={"color": colours},
        name=say("plots.abnormal"),
        customdata=days,
        hovertemplate="%{customdata}<br>%{y:+.2f} %<extra></extra>",
    )
    name = say("plots.limits", level=level)
    limits = [
        line_trace(
            data["tau"], 100 * data[side], GREY, 1.2, dash="dash", name=name, showlegend=once
        )
        for side, once in (("low", True), ("high", False))
    ]
    return [bars, *limits]


def candidate_days(results: EventStudyResults, event_id: str, asset: str) -> set[int]:
    """Event times that may be day 0."""
    dates = results.abnormal.dates[results.row(event_id, asset)]
    _, latest = results.days0(event_id, asset)
    last = results.abnormal.tau[dates == latest]
    return set(range(max([0, *last.tolist()]) + 1))


def ar(
    results: EventStudyResults,
    event_id: str,
    asset: str,
    *,
    theme: Theme = "light",
    template: Any = None,
) -> go.Figure:
    """Return the abnormal returns around an event as bars, with limits of ordinary days.

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
        Every possible day 0 is coloured.
    """
    drawn = draw_ar(results, event_id, asset, ar_data(results, event_id, asset))
    return figure(drawn, theme, template)


def draw_ar(results: EventStudyResults, event_id: str, asset: str, data: pd.DataFrame) -> Drawing:
    """Draw what `ar_data` returned."""
    level = level_words(results.options.confidence)
    return drawing(
        _ar_traces(data, candidate_days(results, event_id, asset), level),
        title=say("plots.ar", asset=results.about.asset(asset).label),
        subtitle=say("plots.ar_sub"),
        xaxis=titled(say("plots.days_from"), dtick=1, tickangle=0),
        yaxis=titled(say("plots.beyond_normal")),
    )


def event(
    results: EventStudyResults,
    event_id: str,
    asset: str | None = None,
    *,
    theme: Theme = "light",
    template: Any = None,
) -> go.Figure:
    """Return abnormal returns and path of an event side by side.

    Parameters
    ----------
    results : EventStudyResults
        A study.
    event_id : str
        The event.
    asset : str, optional
        Default: the first asset on which the event was measured.
    theme, template
        As for `eventstudy.plots.theme.figure`.

    Returns
    -------
    plotly.graph_objects.Figure

    Raises
    ------
    UnknownNameError
        When there is no such event, or it was left out.
    """
    measured = [a for a in results.assets if results.episode(event_id, a) is not None]
    chosen = asset or next(iter(measured), results.assets[0])
    bars = draw_ar(results, event_id, chosen, ar_data(results, event_id, chosen))
    path = draw_car_path(results, chosen, car_data(results, event_id, chosen))
    return figure(_side_by_side(results, event_id, bars, path), theme, template)


def _side_by_side(
    results: EventStudyResults, event_id: str, left: Drawing, right: Drawing
) -> Drawing:
    """Return two drawings in one; the shades and words of the second stay at its axes."""
    halves = ({"domain": [0, 0.43]}, {"domain": [0.57, 1], "anchor": "y2"})
    axes = {
        "xaxis2": right["layout"]["xaxis"] | halves[1],
        "yaxis2": right["layout"]["yaxis"] | {"anchor": "x2"},
    }
    moved = [item | {"xaxis": "x2", "yaxis": "y2"} for item in right["data"]]
    return drawing(
        [*left["data"], *moved],
        title=results.events[event_id].title,
        subtitle=left["layout"]["title"]["text"],
        height=420,
        xaxis=left["layout"]["xaxis"] | halves[0],
        yaxis=left["layout"]["yaxis"],
        shapes=[item | {"xref": "x2"} for item in right["layout"]["shapes"]],
        annotations=[item | {"xref": "x2"} for item in right["layout"]["annotations"]],
        **axes,
    )
