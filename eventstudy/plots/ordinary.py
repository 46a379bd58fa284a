"""Where the move of an event stands among those of ordinary days in the same volatility."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.arrays import Array
from eventstudy.inference.scaled_cars import ranked_sums
from eventstudy.plots.colours import GREY, VERMILLION, translucent
from eventstudy.plots.theme import Drawing, Theme, drawing, figure, label, titled
from eventstudy.plots.traces import Trace, line_trace, trace
from eventstudy.results import EventStudyResults, dated
from eventstudy.settings import Window
from eventstudy.words.catalogue import say
from eventstudy.words.numbers import percent, short_date
from eventstudy.words.windows import ordinary_spans, window_name

if TYPE_CHECKING:
    import plotly.graph_objects as go


STEPS = (0.05, 0.1, 0.2, 0.25, 0.5, 1.0, 2.0, 2.5, 5.0, 10.0, 20.0, 50.0)
"""Widths of a bar, in per cent."""
MOST_BARS = 40
"""Bars of the distribution, at most."""


def ordinary_data(
    results: EventStudyResults, event_id: str, asset: str, window: Window | None = None
) -> pd.DataFrame:
    """Return the moves of ordinary spans, as if in the volatility before an event, and its own.

    Parameters
    ----------
    results : EventStudyResults
        A study.
    event_id, asset : str
        The observation.
    window : (int, int), optional
        CAR window. Default: the primary one.

    Returns
    -------
    DataFrame
        first (session on which the span begins), z (its sum over the volatility of its eve),
        move (z in the volatility on the event's eve, a simple return), event (whether it is the
        event's own). The rank p of the CAR is (1 + spans with |z| as large)/(1 + spans).
    """
    window = window or results.windows.lead
    row = results.row(event_id, asset)
    abnormal = results.abnormal.rows(np.array([row]))
    scaled = ranked_sums(abnormal, window)
    ranked = np.flatnonzero(np.isfinite(scaled.before[0]))
    z = np.append(scaled.before[0, ranked], scaled.z[0])
    first = abnormal.dates[0, abnormal.columns(window).start]
    return pd.DataFrame(
        {
            "first": dated(np.append(abnormal.estimation_dates[0, ranked], first)),
            "z": z,
            "move": results.simple(z * scaled.scale[0]),
            "event": np.arange(len(z)) == len(ranked),
        }
    )


def ordinary(
    results: EventStudyResults,
    event_id: str,
    asset: str,
    window: Window | None = None,
    *,
    theme: Theme = "light",
    template: Any = None,
) -> go.Figure:
    """Return the distribution of ordinary moves with that of an event in it.

    Parameters
    ----------
    results : EventStudyResults
        A study.
    event_id, asset : str
        The observation.
    window : (int, int), optional
        CAR window. Default: the primary one.
    theme, template
        As for `eventstudy.plots.theme.figure`.

    Returns
    -------
    plotly.graph_objects.Figure
        All moves as simple returns in the volatility on the event's eve.
    """
    window = window or results.windows.lead
    data = ordinary_data(results, event_id, asset, window)
    return figure(draw_ordinary(results, asset, window, data), theme, template)


def _bars(moves: Array, largest: float) -> tuple[Trace, int]:
    """Return the distribution of moves in per cent, and the height of its highest bar."""
    step = next((s for s in STEPS if 2 * largest / s <= MOST_BARS), STEPS[-1])
    edge = step * np.ceil(largest / step)
    edges = np.arange(-edge, edge + step / 2, step)
    counts, _ = np.histogram(np.clip(moves, -edge, edge), bins=edges)
    bars = trace(
        "bar",
        x=(edges[:-1] + step / 2).round(4),
        y=counts,
        width=step * 0.92,
        marker={"color": translucent(GREY, 0.55)},
        name=say("plots.ordinary_days"),
        hovertemplate="%{x:+.2f} %: %{y}<extra></extra>",
    )
    return bars, int(counts.max(initial=1))


def _event(data: pd.DataFrame, top: float) -> Any:
    """Return the mark of the event's move, and what is written at it."""
    z, moves = np.abs(data["z"].to_numpy()), 100 * data["move"].to_numpy()
    if z[-1] != z[-1]:  # NaN without a standard error
        return [], []
    x, edge = float(moves[-1]), float(np.nanmax(np.abs(moves)))
    head = {"color": VERMILLION, "size": [0, 11], "opacity": 1}
    shown = {"mode": "lines+markers", "marker": head, "name": say("plots.this_event")}
    line = line_trace([x, x], [0, 1.06 * top], VERMILLION, 2.5, hover="%{x:+.2f} %", **shown)
    larger, n = int((z[:-1] >= z[-1]).sum()), len(z) - 1
    key = "plots.as_large" if larger else "plots.as_large_none"
    text = f"<b>{percent(x / 100)}</b><br>{say(key, larger=larger, n=n)}"
    side = "center" if abs(x) < 0.55 * edge else "left" if x < 0 else "right"
    return [line], [label(x, 1.12 * top, text, xanchor=side, yanchor="bottom")]


def draw_ordinary(
    results: EventStudyResults, asset: str, window: Window, data: pd.DataFrame
) -> Drawing:
    """Draw what `ordinary_data` returned; the event's own move is its last row."""
    moves = 100 * data["move"].to_numpy()
    largest = float(np.nanmax(np.abs(moves), initial=0.0)) or 1.0
    bars, top = _bars(moves[:-1], largest)
    lines, labels = _event(data, top)
    spans, words = ordinary_spans(window), window_name(window)
    eve = short_date(data["first"].iloc[-1])
    return drawing(
        [bars, *lines],
        title=say("plots.ordinary", window=words[:1].upper() + words[1:]),
        subtitle=say("plots.ordinary_sub", asset=results.about.asset(asset).label),
        height=300,
        xaxis=titled(say("plots.ordinary_x", day=eve), zeroline=False),
        yaxis=titled(say("plots.ordinary_y", spans=spans), range=[0, 1.5 * top], nticks=5),
        annotations=labels,
        showlegend=False,
    )
