"""Price of an asset with the day 0 of its events."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.plots.colours import BLUE, MARKERS, PALETTE
from eventstudy.plots.theme import Drawing, Theme, drawing, figure, pointer, titled
from eventstudy.plots.traces import Trace, line_trace, mark_trace, safe, wrap
from eventstudy.prices import Returns
from eventstudy.results import EventStudyResults, only
from eventstudy.words.catalogue import counted, say

if TYPE_CHECKING:
    import plotly.graph_objects as go


MOST_TITLES = 12
MANY_MARKS = 300
"""Marks of a chart beyond which each says less, to keep pages small."""
MARGIN = 40
"""Sessions drawn before the first event and after the last."""


def marked_sessions(results: EventStudyResults, asset: str) -> pd.DataFrame:
    """Return the sessions of an asset that are day 0 of events.

    Returns
    -------
    DataFrame
        group, session, events (their number), titles; an episode appears in every group
        that one of its events belongs to.
    """
    sessions = results.data[asset].calendar.sessions
    records = []
    titles = [event.title for event in results.events]
    placed = results.alignments.days[asset]
    for name, member in results.group_members.items():
        titles_on: dict[int, list[str]] = {}
        chosen = np.flatnonzero(placed.accepted & member[placed.index])
        for row in chosen.tolist():
            day0 = int(placed.position[row])
            titles_on.setdefault(day0, []).append(titles[placed.index[row]])
        for day0, said in sorted(titles_on.items()):
            records.append((name, pd.Timestamp(sessions[day0]), len(said), said))
    return pd.DataFrame(records, columns=["group", "session", "events", "titles"])


def hovers(rows: pd.DataFrame, days: pd.Series) -> list[str]:
    """Return what is said under each mark: its day, in bold, and its titles."""
    return [
        f"<b>{day:%a %d %b %Y}</b><br>" + _titles(titles, len(rows))
        for day, titles in zip(days, rows["titles"], strict=True)
    ]


def _titles(titles: list[str], marks: int) -> str:
    """Return the first titles of a mark; their number where there are hundreds of marks."""
    if marks > MANY_MARKS:
        return counted(len(titles), "event")
    lines = [f"• {wrap(title, 70)}" for title in titles[:MOST_TITLES]]
    more = len(titles) - MOST_TITLES
    return "<br>".join([*lines, say("plots.more", count=more)] if more > 0 else lines)


def price_unit(results: EventStudyResults, asset: str) -> str:
    """Return what the axis of a price shows, with its currency where that is known."""
    if isinstance(results.prices, Returns):
        return say("plots.index_of_returns")
    currency = results.prices.provenance[asset].currency
    return say("plots.price_in", currency=currency) if currency else say("plots.price")


def level_of(results: EventStudyResults, asset: str) -> pd.Series:
    """Return the prices of an asset; where returns were given, what 100 became with them."""
    series = results.prices.series(asset)
    return 100 * (1 + series).cumprod() if isinstance(results.prices, Returns) else series


def _window(results: EventStudyResults, asset: str, marks: pd.DataFrame) -> pd.Series:
    series = level_of(results, asset)
    if marks.empty:
        return series
    first = int(series.index.searchsorted(marks["session"].min()))
    last = int(series.index.searchsorted(marks["session"].max()))
    return series.iloc[max(first - MARGIN, 0) : last + MARGIN]


def _mark(series: pd.Series, rows: pd.DataFrame, name: str, number: int) -> Trace:
    size = np.clip(7 + 2 * np.sqrt(rows["events"].to_numpy(dtype=float)), 8, 18)
    colour, symbol = PALETTE[(number + 1) % len(PALETTE)], MARKERS[number % len(MARKERS)]
    look = {"size": size, "color": colour, "symbol": symbol, "opacity": 0.85}
    return mark_trace(
        rows["session"].dt.strftime("%Y-%m-%d"),
        series.reindex(rows["session"]).to_numpy(),
        look | {"line": {"width": 1, "color": "white"}},
        hover="%{text}",
        text=hovers(rows, rows["session"]),
        name=safe(name),
    )


def price(
    results: EventStudyResults, asset: str, *, theme: Theme = "light", template: Any = None
) -> go.Figure:
    """Return the price of an asset with a mark at the day 0 of every event.

    Parameters
    ----------
    results : EventStudyResults
        A study.
    asset : str
        Name of the asset.
    theme, template
        As for `eventstudy.plots.theme.figure`.

    Returns
    -------
    plotly.graph_objects.Figure
    """
    return figure(draw_price(results, asset), theme, template)


def draw_price(
    results: EventStudyResults, asset: str, named: Sequence[pd.Timestamp] | None = None
) -> Drawing:
    """Draw `price`; with sessions to number it is fitted to the group that leads."""
    marks = marked_sessions(results, asset)
    leading = only(marks, group=results.headline)
    fitted = leading if named is not None and len(leading) else marks
    series = _window(results, asset, fitted)
    marks = marks[marks["session"].isin(series.index)]
    days, hover = series.index.strftime("%Y-%m-%d"), "%{x|%a %d %b %Y}<br>%{y:,.6~g}"
    traces = [line_trace(days, series.to_numpy(), BLUE, 1.6, hover=hover, name=safe(asset))]
    for number, name in enumerate(dict.fromkeys(marks["group"])):
        traces.append(_mark(series, only(marks, group=name), name, number))
    return drawing(
        traces,
        title=results.about.asset(asset).label,
        height=300,
        xaxis=titled(
            say("plots.market_day"), type="date", tickformat="%-d %b<br>%Y", nticks=6, tickangle=0
        ),
        yaxis=titled(price_unit(results, asset)),
        annotations=_numbers(series, named or []),
    )


def _numbers(series: pd.Series, named: Sequence[pd.Timestamp]) -> list[dict[str, object]]:
    """Return the number of each session beside its mark, in turn above and below."""
    return [
        pointer(
            f"{session:%Y-%m-%d}",
            float(series[session]),
            str(number),
            "stand",
            ax=0,
            ay=-26 if number % 2 else 26,
            font={"size": 13, "weight": "bold"},
        )
        for number, session in enumerate(named, 1)
        if session in series.index
    ]
