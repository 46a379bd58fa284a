"""The price of an asset around a few events, each of them named."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.plots.price import level_of
from eventstudy.plots.theme import (
    GREY,
    VERMILLION,
    Drawing,
    Theme,
    Trace,
    drawing,
    figure,
    headed,
    safe,
    shade,
    trace,
)
from eventstudy.results import EventStudyResults, only
from eventstudy.words.catalogue import counted, say
from eventstudy.words.numbers import short_date

if TYPE_CHECKING:
    import plotly.graph_objects as go


HEIGHT = 340
FRAME = (25, 15)
"""Sessions drawn before the first event and after the last."""


MANY = 4
"""Names of two lines from so many days on: longer ones cover one another in a narrow panel."""


def named_price(
    results: EventStudyResults,
    asset: str,
    named: pd.DataFrame | None = None,
    *,
    theme: Theme = "light",
    template: Any = None,
) -> go.Figure:
    """Return the price of an asset around a few events, with each named.

    Parameters
    ----------
    results : EventStudyResults
        A study.
    asset : str
        Name of the asset.
    named : DataFrame, optional
        session, name, stands_out; default: every day 0 with its first event's title.
    theme, template
        As for `eventstudy.plots.theme.figure`.

    Returns
    -------
    plotly.graph_objects.Figure
    """
    return figure(draw_named_price(results, asset, named), theme, template)


def draw_named_price(
    results: EventStudyResults,
    asset: str,
    named: pd.DataFrame | None = None,
    *,
    title: str = "",
    subtitle: str = "",
) -> Drawing:
    """Draw `named_price`."""
    named = _all_named(results, asset) if named is None else named
    series = level_of(results, asset)
    sessions_named = pd.DatetimeIndex(named["session"])  # of no event it is empty
    places = series.index.searchsorted(sessions_named)
    first, last = (int(places.min()), int(places.max())) if len(places) else (0, len(series) - 1)
    shown = series.iloc[max(first - FRAME[0], 0) : last + FRAME[1]]
    drawn = drawing(
        [_line(asset, shown), _dots(named, series)],
        title=title or results.about.asset(asset).label,
        height=HEIGHT,
        xaxis={
            "title": {"text": say("plots.date"), "font": {"size": 12}},
            "type": "date",
            "tickformat": "%-d %b<br>%Y",
            "nticks": 6,
        },
        yaxis={"title": {"text": say("plots.price"), "font": {"size": 12}}},
        shapes=_windows(results, series.index, places.tolist()),
    )
    drawn["layout"] |= {"annotations": _labels(named, series), "showlegend": False}
    return headed(drawn, subtitle, 62)


def _line(asset: str, shown: pd.Series) -> Trace:
    return trace(
        "scatter",
        x=shown.index.strftime("%Y-%m-%d"),
        y=shown.to_numpy(),
        mode="lines",
        line={"color": GREY, "width": 1.6},
        name=safe(asset),
        hovertemplate="%{x|%d %b %Y}<br>%{y:,.6~g}<extra></extra>",
    )


def _dots(named: pd.DataFrame, series: pd.Series) -> Trace:
    """Return the named days on the price, filled where they stand out."""
    out = named["stands_out"].to_numpy(dtype=bool)
    sessions = pd.DatetimeIndex(named["session"])
    return trace(
        "scatter",
        x=sessions.strftime("%Y-%m-%d"),
        y=series.reindex(sessions).to_numpy(),
        mode="markers",
        marker={
            "size": 10,
            "color": [VERMILLION if stands else "white" for stands in out],
            "line": {"width": 2, "color": [VERMILLION if stands else GREY for stands in out]},
        },
        text=[safe(name) for name in named["name"]],
        hovertemplate="%{text}<extra></extra>",
        name=say("plots.events"),
    )


def _windows(
    results: EventStudyResults, sessions: pd.DatetimeIndex, places: list[int]
) -> list[dict[str, object]]:
    """Return the primary window of each named day, shaded from the close before it."""
    start, end = results.windows.lead
    return [
        shade(
            f"{sessions[max(place + start - 1, 0)]:%Y-%m-%d}",
            f"{sessions[min(place + end, len(sessions) - 1)]:%Y-%m-%d}",
        )
        for place in places
    ]


def _all_named(results: EventStudyResults, asset: str) -> pd.DataFrame:
    """Return every day 0 of an asset with the title of its first event."""
    car = only(results.at_primary(results.car()), asset=asset)
    names = [results.events[event_id].title for event_id in car["event_id"]]
    frame = car.assign(name=names, stands_out=car["p_rank"] <= 0.05)
    days = frame.groupby("day0", sort=True)
    first = days.agg(name=("name", "first"), more=("name", "size"), out=("stands_out", "first"))
    first = first.reset_index().rename(columns={"day0": "session", "out": "stands_out"})
    more = [f" ({counted(n, 'event')})" if n > 1 else "" for n in first["more"]]
    return first.assign(name=first["name"] + pd.Series(more, index=first.index, dtype=object))


def _labels(named: pd.DataFrame, series: pd.Series) -> list[dict[str, object]]:
    """Name each mark beside it, in turn above and below; days of one name by their dates."""
    labels, lines = [], 4 if len(named) < MANY else 2
    same = named["name"].duplicated(keep=False).tolist()
    for place, row in enumerate(named.itertuples()):
        name = short_date(row.session) if same[place] else row.name
        text = "<br>".join(
            safe(line) for line in textwrap.wrap(name, 18, max_lines=lines, placeholder=" …")
        )
        label = {
            "x": f"{row.session:%Y-%m-%d}",
            "y": float(series.get(row.session, np.nan)),
            "text": text,
            "name": "stand" if row.stands_out else "ink",
            "ax": -36 if len(named) == 1 else 0,
            "ay": (-40, 40, -84, 84)[place % 4],
            "arrowhead": 0,
            "arrowwidth": 1,
            "arrowcolor": GREY,
            "font": {"size": 12},
        }
        labels.append(label)
    return labels
