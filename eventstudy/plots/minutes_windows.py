"""The windows of minutes of one event: each move with its interval."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.errors import UnknownNameError
from eventstudy.plots.colours import GREY, VERMILLION
from eventstudy.plots.minutes_source import label_of, minutes_of
from eventstudy.plots.theme import Drawing, Theme, drawing, figure, titled, zero
from eventstudy.plots.traces import mark_trace, whiskers
from eventstudy.words.catalogue import say
from eventstudy.words.numbers import level, p_value

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from eventstudy.minutes.results import MinuteResults
    from eventstudy.results import EventStudyResults

STANDS_OUT = 0.05
"""A move is coloured when its p is at most this."""
COLUMNS = [
    *("asset", "kind", "start", "end", "price_before", "price_after", "move", "low", "high"),
    *("p", "smallest_p", "n", "valid", "reason"),
]


def minutes_windows_data(results: EventStudyResults | MinuteResults, event_id: str) -> pd.DataFrame:
    """Return the windows in which an event was measured, on every asset with bars.

    Parameters
    ----------
    results : EventStudyResults or MinuteResults
        A study with bars, or what `eventstudy.run_minutes` returned.
    event_id : str
        The event.

    Returns
    -------
    DataFrame
        asset, kind (what is known of its minute, or what the move spans), start, end (moments of
        the market's clock), price_before, price_after, move, low, high (simple returns; the ends
        of the interval), p (the rank that leads), smallest_p, n (ordinary days), valid, reason.
    """
    minutes = minutes_of(results)
    minutes.events.place(event_id)
    frames = [windows_of(table) for table in (minutes.car(), minutes.overnight())]
    rows = [frame[frame["event_id"] == event_id] for frame in frames]
    rows = [frame for frame in rows if len(frame)]
    if not rows:
        return pd.DataFrame(columns=COLUMNS)
    return pd.concat(rows, ignore_index=True)[COLUMNS]


def windows_of(table: pd.DataFrame) -> pd.DataFrame:
    """Return `MinuteResults.car` or `overnight` with moves and intervals as simple returns."""
    return table.assign(
        move=np.expm1(table["car"].astype(float)),
        low=_bound(table["ci_low"]),
        high=_bound(table["ci_high"]),
    )


def _bound(ends: pd.Series) -> pd.Series:
    """Return ends of intervals as simple returns; what has no bound stays without one."""
    values = ends.astype(float)
    return np.expm1(values).where(np.isfinite(values), values)


def minutes_windows(
    results: EventStudyResults | MinuteResults,
    event_id: str,
    *,
    theme: Theme = "light",
    template: Any = None,
) -> go.Figure:
    """Return the move of each window of an event, with its interval from ordinary days.

    Parameters
    ----------
    results : EventStudyResults or MinuteResults
        A study with bars, or what `eventstudy.run_minutes` returned.
    event_id : str
        The event.
    theme, template
        As for `eventstudy.plots.theme.figure`.

    Returns
    -------
    plotly.graph_objects.Figure
        One row a window; coloured where p is at most .05. The interval is the rank turned round.

    Raises
    ------
    UnknownNameError
        When no window of it was measured; the reason is named.
    """
    data = minutes_windows_data(results, event_id)
    if data.empty:
        left = minutes_of(results).left_out
        reasons = left.loc[left["event_id"] == event_id, "reason"].unique()
        raise UnknownNameError(
            f"no window of {event_id} was measured: {'; '.join(reasons) or 'no bars'}. See "
            "results.left_out for what would have it measured"
        )
    return figure(draw_minutes_windows(results, data), theme, template)


def span_words(row: Any) -> str:
    """Return from when to when a window is, such as 14:10 to 15:00."""
    first = f"{row.start:%H:%M}"
    if row.start.date() != row.end.date():
        first = f"{first} ({row.start.day} {row.start:%b})"
    return say("plots.minutes.span", first=first, last=f"{row.end:%H:%M}")


def draw_minutes_windows(results: EventStudyResults | MinuteResults, data: pd.DataFrame) -> Drawing:
    """Draw what `minutes_windows_data` returned."""
    rows = list(data.itertuples())
    names = [f"{label_of(results, row.asset)}, {span_words(row)}" for row in rows]
    values = 100 * data["move"]
    colours = [VERMILLION if row.p <= STANDS_OUT else GREY for row in rows]
    symbols = ["circle" if row.valid else "circle-open" for row in rows]
    points = mark_trace(
        values,
        names,
        {"color": colours, "size": 9, "symbol": symbols},
        hover="%{y}<br>%{x:+.2f} %, p %{customdata}",
        error_x=whiskers(values, 100 * data["low"], 100 * data["high"]),
        customdata=[p_value(row.p) for row in rows],
        name=say("plots.minutes.windows_of"),
        showlegend=False,
    )
    confidence = level(minutes_of(results).options.confidence)
    return drawing(
        [points],
        title=say("plots.minutes.windows"),
        subtitle=say("plots.minutes.windows_sub", level=confidence),
        height=130 + 22 * max(len(rows), 3),
        xaxis=titled(say("plots.minutes.move"), zeroline=False),
        yaxis=titled(
            say("plots.minutes.windows_of"), range=[len(rows) - 0.4, -0.6], type="category", dtick=1
        ),
        shapes=[zero()],
    )
