"""The path of an event day by day, from the close before it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.inference import intervals
from eventstudy.inference.intervals import car_intervals, path_bands
from eventstudy.plots.theme import (
    BLUE,
    GREY,
    Drawing,
    Theme,
    Trace,
    band,
    drawing,
    figure,
    label,
    shade,
    titled,
    trace,
)
from eventstudy.results import dated
from eventstudy.words.catalogue import say
from eventstudy.words.numbers import level as level_words
from eventstudy.words.numbers import percent, short_date
from eventstudy.words.spans import window_span

if TYPE_CHECKING:
    from collections.abc import Sequence

    import plotly.graph_objects as go

    from eventstudy.abnormal.abnormal_returns import AbnormalReturns
    from eventstudy.arrays import Array
    from eventstudy.results import EventStudyResults

MOST_TICKS = 12
"""Dates written below a path."""


def _unbroken(values: Array) -> int:
    """Return how many values come before the first that is missing."""
    known = np.isfinite(values)
    return len(known) if known.all() else int(np.argmin(known))


def _after(results: EventStudyResults, abnormal: AbnormalReturns) -> pd.DataFrame:
    """Path from day 0 on with its band, and the interval of the primary window."""
    zero = -int(abnormal.tau[0])
    days = _unbroken(abnormal.ar[0, zero:])
    confidence = results.options.confidence
    windows = [(0, day) for day in range(days)]
    car = np.cumsum(abnormal.ar[0, zero : zero + days])
    half = path_bands(abnormal, windows, confidence).half[0] if days else np.empty(0)
    low, high = intervals.around(car, np.where(np.isfinite(half), half, np.nan))
    frame = pd.DataFrame({"tau": np.arange(days), "car": car, "low": low, "high": high})
    frame["ci_low"] = frame["ci_high"] = np.nan
    start, end = results.windows.lead
    if start == 0 and end < days:
        interval = car_intervals(abnormal, (0, end), confidence)
        ends = interval.low[0], interval.high[0]
        if np.isfinite(ends).all():
            frame.loc[end, ["ci_low", "ci_high"]] = ends
    return frame


def car_data(results: EventStudyResults, event_id: str, asset: str) -> pd.DataFrame:
    """Return the path of an event from the close before it, where it is 0.

    Parameters
    ----------
    results : EventStudyResults
        A study.
    event_id, asset : str
        The observation.

    Returns
    -------
    DataFrame
        tau, session, car (from day 0 on; on days before, back from the same close), low and high
        (band of the whole path from day 0 on), ci_low and ci_high (interval of the primary
        window, on its last day). Simple returns, fractions. It ends before the first missing day.
    """
    row = results.row(event_id, asset)
    abnormal = results.abnormal.rows(np.array([row]))
    zero = -int(abnormal.tau[0])
    after = _after(results, abnormal)
    backwards = abnormal.ar[0, :zero][::-1]
    known = _unbroken(backwards)
    car = -np.cumsum(backwards[:known])[::-1] if known else np.empty(0)
    before = pd.DataFrame({"tau": np.arange(-1 - known, -1), "car": car})
    close = pd.DataFrame({"tau": [-1], "car": [0.0], "low": [0.0], "high": [0.0]})
    frame = pd.concat([before, close, after], ignore_index=True)
    for name in ("car", "low", "high", "ci_low", "ci_high"):
        frame[name] = results.simple(frame[name].to_numpy(dtype=float))
    sessions = results.data[asset].calendar.sessions
    places = int(results.abnormal.position[row]) + frame["tau"].to_numpy(dtype=int)
    frame.insert(1, "session", dated(sessions[places]))
    return frame


def ticks(data: pd.DataFrame) -> dict[str, object]:
    """Return an axis of market days: the day of the month, its month where that begins."""
    step = -(-len(data) // MOST_TICKS)
    shown = data[(data["tau"] + 1) % step == 0]
    texts, month = [], ""
    for day in shown["session"]:
        name = f"{day:%b}"
        texts.append(f"{day.day}" if name == month else f"{day.day}<br>{name}")
        month = name
    return {"tickvals": shown["tau"], "ticktext": texts, "tickangle": 0, "zeroline": False}


def _lines(data: pd.DataFrame, level: str) -> list[Trace]:
    from_close = data[data["tau"] >= -1]
    traces = band(
        from_close["tau"],
        100 * from_close["low"],
        100 * from_close["high"],
        BLUE,
        say("plots.band", level=level),
    )
    styles = (
        (data[data["tau"] <= -1], GREY, 1.6, "lines", say("plots.days_before")),
        (from_close, BLUE, 3, "lines+markers", say("plots.car")),
    )
    for rows, colour, width, mode, name in styles:
        traces.append(
            trace(
                "scatter",
                x=rows["tau"],
                y=100 * rows["car"],
                mode=mode,
                line={"color": colour, "width": width},
                name=name,
                customdata=rows["session"].dt.strftime("%a %d %b %Y"),
                hovertemplate="%{customdata}<br>%{y:+.2f} %<extra></extra>",
            )
        )
    return traces


def _interval(data: pd.DataFrame, level: str) -> list[Trace]:
    """Return the interval of the primary window as a bar on its last day."""
    rows = data[data["ci_high"].notna()]
    return [
        trace(
            "scatter",
            x=[row.tau, row.tau],
            y=[100 * row.ci_low, 100 * row.ci_high],
            mode="lines",
            line={"color": BLUE, "width": 4},
            opacity=0.55,
            name=say("plots.interval", level=level),
            hovertemplate="%{y:+.2f} %<extra></extra>",
        )
        for row in rows.itertuples()
    ]


def car_path(
    results: EventStudyResults,
    event_id: str,
    asset: str,
    *,
    theme: Theme = "light",
    template: Any = None,
) -> go.Figure:
    """Return the path of an event from the close before it, with the band of the whole path.

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
        Simple returns beyond normal. Grey: the days before, counted back from the same close.
        Bar: the interval of the primary window, which is shaded.
    """
    data = car_data(results, event_id, asset)
    return figure(draw_car_path(results, asset, data), theme, template)


def draw_car_path(results: EventStudyResults, asset: str, data: pd.DataFrame) -> Drawing:
    """Draw what `car_data` returned."""
    level, (start, end) = level_words(results.options.confidence), results.windows.lead
    name = results.about.asset(asset).label
    key = "plots.car_path" if (data["tau"] >= 0).any() else "plots.no_car_path"
    close = data.loc[data["tau"] == -1, "session"].iloc[0]
    annotations = []
    reached = data[data["tau"] == end]
    if start == 0 and len(reached):
        text = f"{window_span(start, end)}<br><b>{percent(reached['car'].iloc[0])}</b>"
        place = {"yref": "paper", "yanchor": "top", "align": "center"}
        annotations.append(label((end - 1) / 2, 1, text, **place))
    if data["tau"].iloc[0] < -1:
        first = data.iloc[0]
        place = {"xanchor": "left", "yanchor": "top", "yshift": -4}
        annotations.append(
            label(first["tau"], 100 * first["car"], say("plots.days_before"), **place)
        )
    return drawing(
        [*_lines(data, level), *_interval(data, level)],
        title=say(key, asset=name),
        subtitle=say("plots.from_close", day=short_date(close)),
        height=320,
        xaxis=titled(say("plots.market_days"), **ticks(data)),
        yaxis=titled(say("plots.beyond_normal"), range=_range(data)),
        shapes=[shade(start - 1, end)],
        annotations=annotations,
        showlegend=False,
    )


def _range(data: pd.DataFrame) -> Sequence[float]:
    """Return the ends of the axis, with room for words above the path."""
    values = 100 * data[["car", "low", "high", "ci_low", "ci_high"]].to_numpy()
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    spread = max(high - low, 0.1)
    return [low - 0.06 * spread, high + 0.26 * spread]
