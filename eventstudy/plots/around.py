"""The price around an event: when it was said, and the first price after it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any, NamedTuple
from zoneinfo import ZoneInfo

import numpy as np
import pandas as pd

from eventstudy.arrays import Dates, Ints
from eventstudy.plots.colours import GREY, VERMILLION
from eventstudy.plots.price import level_of, price_unit
from eventstudy.plots.theme import Drawing, Theme, drawing, figure, label, shade, titled, vertical
from eventstudy.plots.traces import Trace, line_trace, mark_trace, safe
from eventstudy.results import EventStudyResults, dated
from eventstudy.words.catalogue import say
from eventstudy.words.numbers import short_date
from eventstudy.words.windows import window_name

if TYPE_CHECKING:
    import plotly.graph_objects as go


BEFORE = 24
"""Market days shown before day 0; with five days after it, six weeks."""
SAID = 0.16
"""Room at the top for the moment of the statement, as a share of the range of the prices."""
LINE = "#6f7c88"
"""Of a price, readable on either ground."""


def _instants(results: EventStudyResults, asset: str, shown: Ints) -> Dates:
    """When prices of an asset are struck, in the time of its clock; their dates without one."""
    calendar = results.data[asset].calendar
    if calendar.clock is None:
        days: Dates = calendar.sessions[shown].astype("datetime64[s]")
        return days
    struck = pd.DatetimeIndex(calendar.struck()[shown], tz="UTC")
    local = struck.tz_convert(calendar.clock.timezone).tz_localize(None)
    instants: Dates = local.to_numpy().astype("datetime64[s]")
    return instants


def around_data(results: EventStudyResults, event_id: str, asset: str) -> pd.DataFrame:
    """Return the prices of the weeks around an event.

    Parameters
    ----------
    results : EventStudyResults
        A study.
    event_id, asset : str
        The observation.

    Returns
    -------
    DataFrame
        session, struck (in the time of the asset's clock; the date without one), price,
        possible (whether it may be the first price after the statement), window (whether the
        return to it belongs to the primary window).
    """
    row = results.row(event_id, asset)
    calendar = results.data[asset].calendar
    place, (start, end) = int(results.abnormal.position[row]), results.windows.lead
    windows = results.windows
    first, last = min(BEFORE, -windows.estimation[0]), max(windows.event[1], end)
    shown = np.arange(max(place - first, 0), min(place + last + 1, len(calendar.sessions)))
    sessions = calendar.sessions[shown]
    first_day, latest = results.days0(event_id, asset)
    last_day = first_day if np.isnat(latest) else latest
    price, days = level_of(results, asset), dated(sessions)
    return pd.DataFrame(
        {
            "session": days,
            "struck": _instants(results, asset, shown),
            "price": price.reindex(days).to_numpy(),
            "possible": (sessions >= first_day) & (sessions <= last_day),
            "window": (shown >= place + start) & (shown <= place + end),
        }
    )


def said_at(results: EventStudyResults, event_id: str, asset: str) -> dt.datetime | None:
    """When an event was said, in the time of an asset's clock; None when that is not known."""
    event, clock = results.events[event_id], results.data[asset].calendar.clock
    if event.time is None or clock is None or not event.timezone:
        return None
    moment = dt.datetime.combine(event.date, event.time, ZoneInfo(event.timezone))
    return moment.astimezone(ZoneInfo(clock.timezone)).replace(tzinfo=None)


def city(timezone: str) -> str:
    """Return the city of a zone, such as New York."""
    return timezone.rsplit("/", 1)[-1].replace("_", " ")


def around(
    results: EventStudyResults,
    event_id: str,
    asset: str,
    *,
    theme: Theme = "light",
    template: Any = None,
) -> go.Figure:
    """Return the price around an event, with the first price after it named.

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
        Shaded: the primary window. Filled: the first price after the statement, or the earliest
        that may be; hollow: the latest that may be. Dotted: the moment of the statement, where
        its time and the clock of the prices are known.
    """
    data = around_data(results, event_id, asset)
    return figure(draw_around(results, event_id, asset, data), theme, template)


class _Price(NamedTuple):
    """A price that may be the first after the statement."""

    place: int
    session: pd.Timestamp
    struck: pd.Timestamp
    price: float


def _possible(data: pd.DataFrame) -> list[_Price]:
    """Return the first price after the statement, and the latest that may be, if another."""
    places = np.flatnonzero(data["possible"].to_numpy())[[0, -1]].tolist()
    columns = [data[name] for name in ("session", "struck", "price")]
    return [_Price(p, *(column.iloc[p] for column in columns)) for p in dict.fromkeys(places)]


def _marks(rows: list[_Price]) -> list[Trace]:
    """Mark the first price after the statement, and the latest that may be."""
    kinds = (("first_price", VERMILLION, "circle"), ("latest_price", GREY, "circle-open"))
    return [
        mark_trace(
            [_iso(row)],
            [row.price],
            {"color": colour, "size": 10, "symbol": symbol, "line": {"width": 2}},
            hover="%{x|%d %b %Y}<br>%{y:,.6~g}",
            name=say(f"plots.{name}"),
        )
        for row, (name, colour, symbol) in zip(rows, kinds, strict=False)
    ]


def _iso(row: _Price) -> str:
    return f"{row.struck:%Y-%m-%d %H:%M}"


def _named(results: EventStudyResults, rows: list[_Price], asset: str) -> list[str]:
    """Return what is written at the first price after the statement, and at the latest."""
    clock, first = results.data[asset].calendar.clock, rows[0]
    when = short_date(first.session)
    if clock is not None:
        words = {"time": f"{first.struck:%H:%M}", "city": city(clock.timezone)}
        when = say("plots.struck_at", day=short_date(first.struck), **words)
    certain = len(rows) == 1
    head, text = ("plots.first", "plots.at") if certain else ("plots.first_if", "plots.before")
    named = [f"<b>{say(head)}</b><br>{safe(say(text, when=when))}"]
    return named if certain else [*named, f"<b>{say('plots.first_later')}</b>"]


def _labels(
    data: pd.DataFrame, rows: list[_Price], named: list[str], above: float
) -> tuple[list[dict[str, object]], list[float]]:
    """Place the names where no price is: below a falling line, above a rising one.

    `above` is the room for other words at the top, as a share of the range of the prices.
    """
    price = data["price"].to_numpy()
    low, high = float(np.nanmin(price)), float(np.nanmax(price))
    spread = (high - low) or abs(high) or 1.0
    below = float(np.nanmean(price[: rows[0].place + 1])) >= low + spread / 2
    room = 0.34 if len(named) == 1 else 0.50
    ends = [low - room * spread, high + (0.06 + above) * spread]
    if not below:
        ends = [low - 0.06 * spread, high + (room + above) * spread]
    arrow = {"showarrow": True, "arrowhead": 0, "arrowwidth": 1, "arrowcolor": GREY, "standoff": 6}
    made = []
    for number, (row, text) in enumerate(zip(rows, named, strict=True)):
        step = (0.18 + 0.20 * number) * spread
        tail = low - step if below else high + step
        side = {"ax": -36, "ay": tail, "ayref": "y", "xanchor": "right", "align": "right"}
        made.append(label(_iso(row), row.price, text, **arrow, **side))
    return made, ends


def _moment(results: EventStudyResults, event_id: str, asset: str) -> dict[str, list[Any]]:
    """Return the line at which it was said, and its name; nothing where that is not known."""
    moment = said_at(results, event_id, asset)
    if moment is None:
        return {"shapes": [], "annotations": []}
    x = f"{moment:%Y-%m-%d %H:%M}"
    zone = city(results.data[asset].calendar.clock.timezone)  # type: ignore[union-attr]  # it has one
    text = safe(say("plots.said_at", time=f"{moment:%H:%M}", city=zone))
    place = {"yref": "paper", "xanchor": "right", "yanchor": "top", "xshift": -3}
    return {"shapes": [vertical(x, GREY, "dot")], "annotations": [label(x, 1, text, **place)]}


def draw_around(
    results: EventStudyResults, event_id: str, asset: str, data: pd.DataFrame
) -> Drawing:
    """Draw what `around_data` returned."""
    label, hover = results.about.asset(asset).label, "%{x|%a %d %b %Y}<br>%{y:,.6~g}"
    line = line_trace(data["struck"], data["price"], LINE, 2, hover=hover, name=safe(label))
    rows = _possible(data)
    moment = _moment(results, event_id, asset)
    above = SAID if moment["annotations"] else 0.0
    annotations, ends = _labels(data, rows, _named(results, rows, asset), above)
    inside = np.flatnonzero(data["window"].to_numpy())
    shapes = list(moment["shapes"])
    if len(inside):
        struck = data["struck"].to_numpy()
        shapes.insert(0, shade(str(struck[max(inside[0] - 1, 0)]), str(struck[inside[-1]])))
    words = window_name(results.windows.lead)
    return drawing(
        [line, *_marks(rows)],
        title=say("plots.around", asset=label),
        subtitle=say("plots.shaded" if len(rows) == 1 else "plots.shaded_unsure", window=words),
        height=300,
        xaxis=titled(say("plots.date"), type="date", tickformat="%-d %b", nticks=5),
        yaxis=titled(price_unit(results, asset), range=ends, nticks=6),
        shapes=shapes,
        annotations=[*annotations, *moment["annotations"]],
        showlegend=False,
    )
