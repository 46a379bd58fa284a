"""The path of an event day by day, from the close before it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.arrays import Array, Ints
from eventstudy.inference import intervals
from eventstudy.inference.intervals import car_intervals, path_bands
from eventstudy.plots.colours import BLUE, GREY
from eventstudy.plots.theme import Drawing, Theme, drawing, figure, label, shade, titled
from eventstudy.plots.traces import Trace, band, line_trace
from eventstudy.results import EventStudyResults, dated
from eventstudy.settings import Window
from eventstudy.words.catalogue import say
from eventstudy.words.numbers import level as level_words
from eventstudy.words.numbers import percent, short_date
from eventstudy.words.windows import window_name

if TYPE_CHECKING:
    import plotly.graph_objects as go


MOST_TICKS = 12
"""Dates written below a path."""


def _unbroken(values: Array) -> int:
    """Return how many values come before the first that is missing."""
    known = np.isfinite(values)
    return len(known) if known.all() else int(np.argmin(known))


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
    before, after = abnormal.ar[0, :zero][::-1], abnormal.ar[0, zero:]
    back, days = _unbroken(before), _unbroken(after)
    car = np.concatenate([-np.cumsum(before[:back])[::-1], [0.0], np.cumsum(after[:days])])
    tau = np.arange(-1 - back, days)
    ends = np.full((4, len(tau)), np.nan)
    ends[:2, back] = 0.0
    confidence, (start, end) = results.options.confidence, results.windows.lead
    if days:
        half = path_bands(abnormal, [(0, day) for day in range(days)], confidence).half[0]
        half = np.where(np.isfinite(half), half, np.nan)
        ends[:2, back + 1 :] = intervals.around(car[back + 1 :], half)
    if start == 0 and end < days:
        interval = car_intervals(abnormal, (0, end), confidence)
        if np.isfinite(interval.half[0]):
            ends[2:, back + 1 + end] = interval.low[0], interval.high[0]
    sessions = results.data[asset].calendar.sessions
    columns = dict(zip(("low", "high", "ci_low", "ci_high"), ends, strict=True))
    return pd.DataFrame(
        {
            "tau": tau,
            "session": dated(sessions[int(abnormal.position[0]) + tau]),
            **{name: results.simple(values) for name, values in ({"car": car} | columns).items()},
        }
    )


def ticks(tau: Ints, sessions: list[dt.date]) -> dict[str, object]:
    """Return an axis of market days: the day of the month, its month where that begins."""
    step = -(-len(tau) // MOST_TICKS)
    shown = [place for place in range(len(tau)) if (tau[place] + 1) % step == 0]
    texts, month = [], ""
    for place in shown:
        day = sessions[place]
        name = f"{day:%b}"
        texts.append(f"{day.day}" if name == month else f"{day.day}<br>{name}")
        month = name
    return {
        "tickvals": [int(tau[place]) for place in shown],
        "ticktext": texts,
        "tickangle": 0,
        "zeroline": False,
    }


def _lines(columns: dict[str, Array], dates: Array, level: str) -> list[Trace]:
    close = int(np.flatnonzero(columns["tau"] == -1)[0])
    tau, car = columns["tau"], 100 * columns["car"]
    low, high = 100 * columns["low"][close:], 100 * columns["high"][close:]
    traces = band(tau[close:], low, high, BLUE, say("plots.band", level=level))
    hover = "%{customdata}<br>%{y:+.2f} %"
    styles = (
        (slice(0, close + 1), GREY, 1.6, "lines", say("plots.days_before")),
        (slice(close, None), BLUE, 3, "lines+markers", say("plots.car")),
    )
    for part, colour, width, mode, name in styles:
        shown = {"mode": mode, "name": name, "customdata": dates[part]}
        traces.append(line_trace(tau[part], car[part], colour, width, hover=hover, **shown))
    return traces


def _interval(columns: dict[str, Array], level: str) -> list[Trace]:
    """Return the interval of the primary window as a bar on its last day."""
    return [
        line_trace(
            [int(columns["tau"][place])] * 2,
            [100 * float(columns[end][place]) for end in ("ci_low", "ci_high")],
            BLUE,
            4,
            hover="%{y:+.2f} %",
            name=say("plots.interval", level=level),
            opacity=0.55,
        )
        for place in np.flatnonzero(np.isfinite(columns["ci_high"])).tolist()
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
    level = level_words(results.options.confidence)
    columns = {name: data[name].to_numpy() for name in data.columns}
    days = data["session"].dt.date.tolist()
    dates = np.array([f"{day:%a %d %b %Y}" for day in days], dtype=object)
    tau = columns["tau"]
    close = days[int(np.flatnonzero(tau == -1)[0])]
    key = "plots.car_path" if tau[-1] >= 0 else "plots.no_car_path"
    return drawing(
        [*_lines(columns, dates, level), *_interval(columns, level)],
        title=say(key, asset=results.about.asset(asset).label),
        subtitle=say("plots.from_close", day=short_date(close)),
        height=320,
        xaxis=titled(say("plots.path_days"), **ticks(tau, days)),
        yaxis=titled(say("plots.beyond_normal"), range=_range(columns)),
        shapes=[shade(results.windows.lead[0] - 1, results.windows.lead[1])],
        annotations=_words(columns, results.windows.lead),
        showlegend=False,
    )


def _words(columns: dict[str, Array], window: Window) -> list[dict[str, object]]:
    """Write the move over the primary window above it, and what the grey line is."""
    (start, end), tau, car = window, columns["tau"], columns["car"]
    words = []
    if start == 0 and tau[-1] >= end:
        text = f"{window_name((start, end))}<br><b>{percent(float(car[tau == end][0]))}</b>"
        place: dict[str, Any] = {"yref": "paper", "yanchor": "top", "align": "center"}
        words.append(label((end - 1) / 2, 1, text, **place))
    if tau[0] < -1:
        side: dict[str, Any] = {"yref": "paper", "xanchor": "left", "yanchor": "bottom"}
        words.append(label(int(tau[0]), 0, say("plots.grey_before"), **side))
    return words


def _range(columns: dict[str, Array]) -> list[float]:
    """Return the ends of the axis, with room for words above the path."""
    names = ("car", "low", "high", "ci_low", "ci_high")
    values = 100 * np.concatenate([columns[name] for name in names])
    low, high = float(np.nanmin(values)), float(np.nanmax(values))
    spread = max(high - low, 0.1)
    return [low - 0.06 * spread, high + 0.26 * spread]
