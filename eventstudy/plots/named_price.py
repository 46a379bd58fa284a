"""The price of an asset around a few events, each of them named."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.plots.colours import GREY, VERMILLION
from eventstudy.plots.price import level_of
from eventstudy.plots.room import Room, freest
from eventstudy.plots.theme import Drawing, Theme, drawing, figure, headed, pointer, shade, titled
from eventstudy.plots.traces import Trace, line_trace, mark_trace, safe
from eventstudy.results import EventStudyResults, only
from eventstudy.words.catalogue import counted, say
from eventstudy.words.numbers import short_date

if TYPE_CHECKING:
    import plotly.graph_objects as go


HEIGHT = 340
FRAME = (25, 15)
"""Sessions drawn before the first event and after the last."""


LETTERS = 18
"""Of a line of a name."""
PER_CENT = "\N{NARROW NO-BREAK SPACE}%"
MANY = 4
"""Names of two lines from so many days on: longer ones cover one another in a narrow panel."""
PANELS = ((255.0, 190.0), (255.0, 230.0), (420.0, 230.0), (640.0, 230.0))
"""Width and height in pixels within title and axis: on paper and a phone, beside another panel,
alone on a desk."""
OFFSETS = np.array(
    [
        (across, side * down)
        for across in (0, -36, 36, -70, 70, -105, 105)
        for down in (40, 30, 50, 60, 70, 22, 80, 90, 105, 120, 140, 160)
        for side in (-1, 1)
    ]
)
"""Pixels from a mark at which its name may stand, the first free one is taken: above or below it
where that is free, as it is free in a wider panel then, too."""


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
    ends = _ends(shown, _lines(named))
    drawn = drawing(
        [_line(asset, shown), _dots(named, series)],
        title=title or results.about.asset(asset).label,
        height=HEIGHT,
        xaxis=titled(say("plots.date"), type="date", tickformat="%-d %b<br>%Y", nticks=6),
        yaxis=titled(say("plots.price"), range=list(ends)),
        shapes=_windows(results, series.index, places.tolist()),
    )
    drawn["layout"] |= {"annotations": _labels(named, series, shown, ends), "showlegend": False}
    return headed(drawn, subtitle, 62)


def _line(asset: str, shown: pd.Series) -> Trace:
    days, hover = shown.index.strftime("%Y-%m-%d"), "%{x|%d %b %Y}<br>%{y:,.6~g}"
    return line_trace(days, shown.to_numpy(), GREY, 1.6, hover=hover, name=safe(asset))


def _dots(named: pd.DataFrame, series: pd.Series) -> Trace:
    """Return the named days on the price, filled where they stand out."""
    out = named["stands_out"].to_numpy(dtype=bool)
    sessions = pd.DatetimeIndex(named["session"])
    rim = {"width": 2, "color": [VERMILLION if stands else GREY for stands in out]}
    fill = [VERMILLION if stands else "white" for stands in out]
    return mark_trace(
        sessions.strftime("%Y-%m-%d"),
        series.reindex(sessions).to_numpy(),
        {"size": 10, "color": fill, "line": rim},
        hover="%{text}",
        text=[safe(name) for name in named["name"]],
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


def _lines(named: pd.DataFrame) -> list[list[str]]:
    """Return the words at each mark, line by line; days of one name have their dates."""
    most, same = 4 if len(named) < MANY else 2, named["name"].duplicated(keep=False).tolist()
    return [
        _wrapped(short_date(row.session) if same[place] else row.name, most)
        for place, row in enumerate(named.itertuples())
    ]


def _wrapped(name: str, most: int) -> list[str]:
    """Return a name in so many lines at the most; a move at its end is never cut."""
    lines = textwrap.wrap(name.replace(" %", PER_CENT), LETTERS)
    if len(lines) <= most:
        return lines
    title, _, move = name.replace(" %", PER_CENT).rpartition(" ")
    last = [move] if move.endswith(PER_CENT) else []
    title = title if last else name
    return [*textwrap.wrap(title, LETTERS, max_lines=most - len(last), placeholder=" …"), *last]


def _ends(shown: pd.Series, lines: list[list[str]]) -> tuple[float, float]:
    """Return the range of the prices, with room for words above and below them."""
    low, high = float(shown.min()), float(shown.max())
    room = (0.12 + 0.1 * max(map(len, lines), default=0)) * ((high - low) or abs(high) or 1.0)
    return low - room, high + room


def _labels(
    named: pd.DataFrame, series: pd.Series, shown: pd.Series, ends: tuple[float, float]
) -> list[dict[str, object]]:
    """Name each mark beside it, where neither the price nor another name is."""
    days = shown.index.to_numpy().astype("datetime64[D]").astype(float)
    if not len(days):
        return []
    span = (days[0], days[-1])
    rooms = [Room(days, shown.to_numpy(), span, ends, h, w) for w, h in PANELS]
    labels = []
    for row, lines in zip(named.itertuples(), _lines(named), strict=True):
        price = float(series.get(row.session, np.nan))
        day = row.session.to_datetime64().astype("datetime64[D]").astype(float)
        ax, ay = OFFSETS[freest(rooms, (day, price), OFFSETS, lines)].tolist()
        text, name = "<br>".join(map(safe, lines)), "stand" if row.stands_out else "ink"
        place = {"ax": ax, "ay": ay, "standoff": 6, "font": {"size": 12}}
        labels.append(pointer(f"{row.session:%Y-%m-%d}", price, text, name, **place))
    return labels
