"""One event on one asset: price around it, abnormal returns, CAR path."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from eventstudy.inference import intervals
from eventstudy.inference.intervals import car_intervals, path_bands
from eventstudy.plots.price import level_of
from eventstudy.plots.theme import (
    BLUE,
    GREY,
    ORANGE,
    VERMILLION,
    Drawing,
    Trace,
    band,
    drawing,
    figure,
    safe,
    shade,
    trace,
    vertical,
)
from eventstudy.results import dated
from eventstudy.words.catalogue import say

if TYPE_CHECKING:
    from collections.abc import Sequence

    import plotly.graph_objects as go

    from eventstudy.abnormal.abnormal_returns import AbnormalReturns
    from eventstudy.arrays import Array
    from eventstudy.results import EventStudyResults
    from eventstudy.settings import Window


def ar_data(results: EventStudyResults, event_id: str, asset: str) -> pd.DataFrame:
    """Return tau, session, ar and the limits of an ordinary day in its volatility (low, high)."""
    row = results.row(event_id, asset)
    abnormal = results.abnormal.rows(np.array([row]))
    days = [(int(day), int(day)) for day in abnormal.tau]
    half = _half(abnormal, days, results.options.confidence)
    frame = pd.DataFrame(
        {
            "tau": abnormal.tau,
            "session": dated(abnormal.dates[0]),
            "ar": abnormal.ar[0],
            "low": -half,
            "high": half,
        }
    )
    return frame[np.isfinite(frame["ar"])].reset_index(drop=True)


def _half(abnormal: AbnormalReturns, windows: Sequence[Window], confidence: float) -> Array:
    """Half width of the interval of one CAR over each window; NaN where it has no bound."""
    widths = np.array([car_intervals(abnormal, w, confidence).half[0] for w in windows])
    return np.where(np.isfinite(widths), widths, np.nan)


def car_data(results: EventStudyResults, event_id: str, asset: str) -> pd.DataFrame:
    """Return tau, session, CAR, the band of its path (low, high) and of single days.

    The path runs to the last day before the first missing one; without its first day it is empty.
    """
    row = results.row(event_id, asset)
    abnormal = results.abnormal.rows(np.array([row]))
    complete = np.isfinite(abnormal.ar[0])
    days = len(complete) if complete.all() else int(np.argmin(complete))
    windows = [(int(abnormal.tau[0]), int(day)) for day in abnormal.tau[:days]]
    path, level = np.cumsum(abnormal.ar[0, :days]), results.options.confidence
    joint = path_bands(abnormal, windows, level).half[0] if days else np.empty(0)
    low, high = intervals.around(path, np.where(np.isfinite(joint), joint, np.nan))
    point_low, point_high = intervals.around(path, _half(abnormal, windows, level))
    return pd.DataFrame(
        {
            "tau": abnormal.tau[:days],
            "session": dated(abnormal.dates[0, :days]),
            "car": path,
            "low": low,
            "high": high,
            "point_low": point_low,
            "point_high": point_high,
        }
    )


def _level(results: EventStudyResults) -> str:
    return f"{100 * results.options.confidence:g} %"


def _ar_traces(data: pd.DataFrame, candidates: set[int], level: str) -> list[Trace]:
    colours = [VERMILLION if tau in candidates else BLUE for tau in data["tau"]]
    bars = trace(
        "bar",
        x=data["tau"],
        y=100 * data["ar"],
        marker={"color": colours},
        name=say("plots.abnormal"),
        customdata=data["session"].dt.strftime("%a %d %b %Y"),
        hovertemplate="τ = %{x}, %{customdata}<br>AR %{y:+.2f} %<extra></extra>",
    )
    limits = [
        trace(
            "scatter",
            x=data["tau"],
            y=100 * data[side],
            mode="lines",
            line={"color": GREY, "dash": "dash", "width": 1.2},
            name=say("plots.limits", level=level),
            showlegend=side == "low",
            hoverinfo="skip",
        )
        for side in ("low", "high")
    ]
    return [bars, *limits]


def candidate_days(results: EventStudyResults, event_id: str, asset: str) -> set[int]:
    """Event times that may be day 0."""
    dates = results.abnormal.dates[results.row(event_id, asset)]
    _, latest = results.days0(event_id, asset)
    last = results.abnormal.tau[dates == latest]
    return set(range(max([0, *last.tolist()]) + 1))


def ar(results: EventStudyResults, event_id: str, asset: str) -> go.Figure:
    """Return the abnormal returns around an event as bars, with limits of ordinary days.

    Parameters
    ----------
    results : EventStudyResults
        A study.
    event_id, asset : str
        The observation.

    Returns
    -------
    plotly.graph_objects.Figure
        Every possible day 0 is coloured.
    """
    return figure(draw_ar(results, event_id, asset, ar_data(results, event_id, asset)))


def draw_ar(results: EventStudyResults, event_id: str, asset: str, data: pd.DataFrame) -> Drawing:
    """Draw what `ar_data` returned."""
    traces = _ar_traces(data, candidate_days(results, event_id, asset), _level(results))
    title = say("plots.ar", asset=asset)
    return drawing(traces, title=title, xaxis={"dtick": 1})


def _car_traces(data: pd.DataFrame, level: str) -> list[Trace]:
    line = trace(
        "scatter",
        x=data["tau"],
        y=100 * data["car"],
        mode="lines+markers",
        line={"color": BLUE, "width": 2},
        name=say("plots.car"),
        customdata=data["session"].dt.strftime("%a %d %b %Y"),
        hovertemplate="τ = %{x}, %{customdata}<br>CAR %{y:+.2f} %<extra></extra>",
    )
    joint = band(
        data["tau"], 100 * data["low"], 100 * data["high"], BLUE, say("plots.band", level=level)
    )
    limits = [
        trace(
            "scatter",
            x=data["tau"],
            y=100 * data[side],
            mode="lines",
            line={"color": ORANGE, "dash": "dot", "width": 1.2},
            name=say("plots.pointwise"),
            showlegend=side == "point_low",
            hoverinfo="skip",
        )
        for side in ("point_low", "point_high")
    ]
    return [*joint, *limits, line]


def car_path(results: EventStudyResults, event_id: str, asset: str) -> go.Figure:
    """Return the path of cumulative abnormal returns with its simultaneous band.

    Parameters
    ----------
    results : EventStudyResults
        A study.
    event_id, asset : str
        The observation.

    Returns
    -------
    plotly.graph_objects.Figure
    """
    return figure(draw_car_path(results, asset, car_data(results, event_id, asset)))


def draw_car_path(results: EventStudyResults, asset: str, data: pd.DataFrame) -> Drawing:
    """Draw what `car_data` returned."""
    title = say("plots.car_path", asset=asset)
    if data.empty:  # an empty chart says why
        title = say("plots.no_car_path", asset=asset)
    return drawing(_car_traces(data, _level(results)), title=title, xaxis={"dtick": 1})


def _primary(results: EventStudyResults, row: int) -> list[dict[str, object]]:
    """Return the shade of the primary window, where its days are known."""
    abnormal = results.abnormal
    columns = abnormal.columns(results.windows.lead)
    days = abnormal.dates[row, columns]
    days = days[~np.isnat(days)]
    return [shade(str(days[0]), str(days[-1]))] if len(days) else []


def around(results: EventStudyResults, event_id: str, asset: str) -> go.Figure:
    """Return the price around an event, with its possible day 0 and event window shaded.

    Parameters
    ----------
    results : EventStudyResults
        A study.
    event_id, asset : str
        The observation.

    Returns
    -------
    plotly.graph_objects.Figure
    """
    return figure(draw_around(results, event_id, asset))


def draw_around(results: EventStudyResults, event_id: str, asset: str) -> Drawing:
    """Draw `around`."""
    row = results.row(event_id, asset)
    inside = ~np.isnat(results.abnormal.dates[row])
    dates = results.abnormal.dates[row, inside]
    days = results.abnormal.position[row] + results.abnormal.tau[inside]
    shown = level_of(results, asset).iloc[max(int(days[0]) - 20, 0) : int(days[-1]) + 1]
    line = trace(
        "scatter",
        x=shown.index,
        y=shown.to_numpy(),
        mode="lines+markers",
        line={"color": BLUE, "width": 1.6},
        marker={"size": 4},
        name=safe(asset),
        hovertemplate="%{x|%a %d %b %Y}<br>%{y:,.6~g}<extra></extra>",
    )
    possible = [str(day) for day in results.days0(event_id, asset) if not np.isnat(day)]
    lines = [vertical(day, VERMILLION) for day in dict.fromkeys(possible)]
    label = results.about.asset(asset).label
    drawn = drawing(
        [line],
        title=say("plots.around", asset=label),
        xaxis={"type": "date"},
        shapes=[shade(str(dates[0]), str(dates[-1])), *_primary(results, row), *lines],
    )
    drawn["layout"]["showlegend"] = False
    return drawn


def event(results: EventStudyResults, event_id: str, asset: str | None = None) -> go.Figure:
    """Return abnormal returns and CAR path of an event side by side.

    Parameters
    ----------
    results : EventStudyResults
        A study.
    event_id : str
        The event.
    asset : str, optional
        Default: the first asset on which the event was measured.

    Returns
    -------
    plotly.graph_objects.Figure

    Raises
    ------
    UnknownNameError
        When there is no such event, or it was left out.
    """
    from plotly.subplots import make_subplots

    measured = [a for a in results.assets if results.episode(event_id, a) is not None]
    chosen = asset or next(iter(measured), results.assets[0])
    level, candidates = _level(results), candidate_days(results, event_id, chosen)
    bars = _ar_traces(ar_data(results, event_id, chosen), candidates, level)
    path = _car_traces(car_data(results, event_id, chosen), level)
    titles = (say("plots.ar_short"), say("plots.car_short"))
    chart = make_subplots(rows=1, cols=2, subplot_titles=titles)
    chart.add_traces(bars, rows=1, cols=1)
    chart.add_traces(path, rows=1, cols=2)
    house = drawing(
        [], title=say("plots.event", title=results.events[event_id].title, asset=chosen), height=400
    )["layout"]
    for name in ("title", "height", "paper_bgcolor", "plot_bgcolor", "font", "legend", "margin"):
        chart.layout[name] = house[name]
    chart.layout.margin.t = 80
    chart.update_xaxes(dtick=1, gridcolor=house["xaxis"]["gridcolor"], zerolinecolor=GREY)
    chart.update_yaxes(gridcolor=house["yaxis"]["gridcolor"], zerolinecolor=GREY)
    return chart
