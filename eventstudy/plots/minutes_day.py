"""One trading day by the minute: its path, ordinary days, and what was said when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from eventstudy.errors import UnknownNameError, refuse_unknown
from eventstudy.minutes.day_paths import DayPath, day_path, day_span, session_of
from eventstudy.minutes.record import MeasuredAsset
from eventstudy.minutes.results import MinuteResults
from eventstudy.minutes.statements import Statement
from eventstudy.plots.colours import BLUE, GREY, VERMILLION, translucent
from eventstudy.plots.minutes_source import (
    clock_axis,
    clock_time,
    clock_times,
    hour,
    label_of,
    minutes_of,
)
from eventstudy.plots.theme import Drawing, Theme, drawing, figure, label, shade, titled, vertical
from eventstudy.plots.traces import Trace, band, line_trace, mark_trace, safe, wrap
from eventstudy.results import EventStudyResults
from eventstudy.words.catalogue import counted, say
from eventstudy.words.numbers import date, level

if TYPE_CHECKING:
    import plotly.graph_objects as go


SHARES = (0.95, 0.5)
"""Middle shares of ordinary days that the fan shows."""
NEAR = 0.06
"""Share of the time axis below which the numbers of two marks would touch on paper."""
FEWEST_DAYS = 20
"""Ordinary days below which no fan is drawn."""


class Said(NamedTuple):
    """An event of a trading day: when it was said, or by when it was known (kind says which)."""

    event_id: str
    title: str
    kind: str
    last: int


class MinutesDay(NamedTuple):
    """What `minutes_day` draws.

    path: time (of the market's clock), price, move (a simple return since the last trade before
    the day), and low and high of the middle 95 and 50 % of ordinary days in the volatility of
    this day (low_95, ...). said: the events of that trading day whose time, or a bound of it, is
    known, in their order. day: the arrays behind them. traces, ends: what is drawn of the path
    itself, and the range of its axis.
    """

    path: pd.DataFrame
    said: tuple[Said, ...]
    day: DayPath
    traces: list[Trace]
    ends: list[float]


def minutes_day_data(
    results: EventStudyResults | MinuteResults,
    event_id: str,
    asset: str,
    day: DayPath | None = None,
) -> MinutesDay:
    """Return the trading day in which an event falls, bar by bar.

    Parameters
    ----------
    results : EventStudyResults or MinuteResults
        A study with bars, or what `eventstudy.run_minutes` returned.
    event_id, asset : str
        The observation.
    day : DayPath, optional
        That day, where it was made already.

    Raises
    ------
    UnknownNameError
        When there is no such observation, or there are no bars of that day.
    """
    minutes = minutes_of(results)
    measured = _measured(minutes, event_id, asset)
    day = day or day_path(minutes, event_id, asset)
    if day is None:
        bars = measured.lookup.bars
        raise UnknownNameError(
            f"no bars of {asset} on the day of {event_id}; there are bars from {bars.first} to "
            f"{bars.last}. Load bars of that day, or draw the prices of days with es.plots.around"
        )
    return day_data(minutes, measured, day)


def day_data(minutes: MinuteResults, measured: MeasuredAsset, day: DayPath) -> MinutesDay:
    """Return what is drawn of a trading day, whichever of its events it is drawn for."""
    path = _path(measured, day)
    said = _said(minutes, measured, day)
    return MinutesDay(path, said, day, [*_fan(path), _line(path)], _ends(path))


def _path(measured: MeasuredAsset, day: DayPath) -> pd.DataFrame:
    columns: dict[str, Any] = {
        "time": clock_times(day.moment, measured.lookup.bars.zone),
        "price": day.price_at,
        "move": np.expm1(day.move),
    }
    if len(day.days) >= FEWEST_DAYS:
        for share in SHARES:
            low, high = day.fan(share)
            columns |= {
                f"low_{100 * share:g}": np.expm1(low),
                f"high_{100 * share:g}": np.expm1(high),
            }
    return pd.DataFrame(columns)


def _measured(minutes: MinuteResults, event_id: str, asset: str) -> MeasuredAsset:
    refuse_unknown(asset, minutes.assets, f"no bars of {asset!r}")
    minutes.events.place(event_id)
    measured = minutes.measured[asset]
    if event_id not in measured.statements:
        raise UnknownNameError(f"{event_id} does not concern {asset}; its assets are in events.csv")
    return measured


def _said(minutes: MinuteResults, measured: MeasuredAsset, day: DayPath) -> tuple[Said, ...]:
    """Return what was said on a trading day, by time."""
    said = [
        Said(one.event_id, minutes.events[one.event_id].title, one.kind, one.last)
        for one in measured.statements.values()
        if one.kind != "day" and session_of(measured.lookup, one) == day.session
    ]
    return tuple(sorted(said, key=lambda one: (one.last, one.event_id)))


def minutes_day(
    results: EventStudyResults | MinuteResults,
    event_id: str,
    asset: str,
    *,
    theme: Theme = "light",
    template: Any = None,
) -> go.Figure:
    """Return the day of an event by the minute, among ordinary days, with all that was said.

    Parameters
    ----------
    results : EventStudyResults or MinuteResults
        A study with bars, or what `eventstudy.run_minutes` returned.
    event_id, asset : str
        The observation.
    theme, template
        As for `eventstudy.plots.theme.figure`.

    Returns
    -------
    plotly.graph_objects.Figure
        Moves since the last trade before the day. Shaded in grey: where ordinary days were, at the
        same clock and in the volatility expected of this day. Coloured: the statement's minute, or
        the interval in which it was made; on the axis: what else was said.
    """
    data = minutes_day_data(results, event_id, asset)
    minutes = minutes_of(results)
    known = minutes.measured[asset].statements[event_id].last
    onset = minutes.onset(event_id, asset) if known else None
    bar = onset.bar if onset is not None and onset.told else None
    return figure(draw_minutes_day(results, event_id, asset, data, bar), theme, template)


def draw_minutes_day(
    results: EventStudyResults | MinuteResults,
    event_id: str,
    asset: str,
    data: MinutesDay,
    onset: tuple[int, int] | None = None,
) -> Drawing:
    """Draw what `minutes_day_data` returned, and the bar of an onset, begin and end."""
    minutes = minutes_of(results)
    lookup = minutes.measured[asset].lookup
    span = [clock_time(edge, lookup.bars.zone) for edge in day_span(lookup, data.day.session)]
    span[0] = min(span[0], str(data.path["time"].iloc[0]).replace(" ", "T"))
    statement = minutes.measured[asset].statements[event_id]
    shapes, annotations = statement_marks(statement, lookup.bars.zone, span)
    others = others_of(data.said, event_id, lookup.bars.zone)
    lines = [*data.traces, *_others(others, data.ends[0], span)]
    if onset is not None:
        mark, words = _onset(data, onset, lookup.bars.zone)
        lines, annotations = [*lines, mark], [*annotations, words]
    day, since = date(pd.Timestamp(data.day.session)), "since" if data.day.eve else "since_first"
    return drawing(
        lines,
        title=say("plots.minutes.day", asset=label_of(results, asset), date=day),
        subtitle=_subtitle(data),
        height=330,
        xaxis=clock_axis(span),
        yaxis=titled(say(f"plots.minutes.{since}"), nticks=7, range=data.ends),
        shapes=shapes,
        annotations=annotations,
        showlegend=False,
    )


def _subtitle(data: MinutesDay) -> str:
    """Say what the fan is; that there is none, if so."""
    if "low_95" not in data.path:
        return say("plots.minutes.no_fan", days=counted(len(data.day.days), "ordinary_day"))
    most, half = (f"{100 * share:g}" for share in SHARES)
    return say("plots.minutes.fan", half=half, most=most, n=len(data.day.days))


def _fan(path: pd.DataFrame) -> list[Trace]:
    """Return where ordinary days were, the widest share first."""
    made: list[Trace] = []
    for share in SHARES:
        low, high = f"low_{100 * share:g}", f"high_{100 * share:g}"
        if low in path:
            known = path[np.isfinite(path[low])]
            name = say("plots.minutes.share", share=level(share))
            made += band(known["time"], 100 * known[low], 100 * known[high], GREY, name)
    return made


def _line(path: pd.DataFrame) -> Trace:
    shown = {"customdata": path["price"], "name": say("plots.minutes.path")}
    hover = "%{x|%H:%M}: %{y:+.2f} %<br>%{customdata:,.6~g}"
    return line_trace(path["time"], 100 * path["move"], BLUE, 2.5, hover=hover, **shown)


def statement_marks(
    statement: Statement, zone: str, span: list[str]
) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """Return the shapes and words that show when a statement was made.

    Parameters
    ----------
    statement : Statement
        When it may have been made.
    zone : str
        Zone of the market's clock.
    span : list of str
        Where the time axis begins and ends.
    """
    if statement.kind == "day":
        return [], []
    first, last = clock_time(statement.first, zone), clock_time(statement.last, zone)
    clocks = {"first": hour(statement.first, zone), "last": hour(statement.last, zone)}
    key = {"minute": "said", "interval": "between"}.get(statement.kind, "known_by")
    begin = first if statement.first else span[0]
    shapes: list[dict[str, object]] = []
    if begin != last:
        shapes.append(shade(max(begin, span[0]), last, translucent(VERMILLION, 0.09)))
    shapes.append(vertical(last, VERMILLION, "dot", 1.8))
    right = last > span[0][:11] + "16:30"
    place = {"yref": "paper", "yanchor": "top", "xanchor": "right" if right else "left"}
    text = safe(say(f"plots.minutes.{key}", **clocks))
    words = label(last, 1, f"<b>{text}</b>", **place, xshift=-4 if right else 4)
    return shapes, [words]


def _ends(path: pd.DataFrame) -> list[float]:
    """Return the range of the moves shown, with room for marks below and words above."""
    shown = 100 * path.drop(columns=["time", "price"]).to_numpy()
    shown = np.append(shown[np.isfinite(shown)], 0.0)
    low, high = float(shown.min()), float(shown.max())
    room = (high - low) or 1.0
    return [low - 0.16 * room, high + 0.12 * room]


def _onset(data: MinutesDay, bar: tuple[int, int], zone: str) -> tuple[Trace, dict[str, object]]:
    """Return the mark at the first bar of a move, and its name beside it."""
    known = np.isfinite(data.day.move) & (data.day.moment <= bar[1])
    x = clock_time(bar[1], zone)
    y = float(100 * np.expm1(data.day.move[known][-1])) if known.any() else 0.0
    clocks = {"first": hour(bar[0], zone), "last": hour(bar[1], zone)}
    rim = {"width": 2, "color": "white"}
    marker = {"symbol": "diamond", "size": 11, "color": BLUE, "line": rim}
    hover = safe(say("plots.minutes.onset_hover", **clocks))
    mark = mark_trace([x], [y], marker, hover=hover, name=say("plots.minutes.onset"))
    early = bar[1] < (int(data.day.moment[0]) + int(data.day.moment[-1])) / 2
    side = "left" if early else "right"
    room = y < data.ends[0] + 0.7 * (data.ends[1] - data.ends[0])
    place = {"ax": 30 if early else -30, "ay": -58 if room else 58, "xanchor": side, "align": side}
    arrow = {"showarrow": True, "arrowhead": 0, "arrowwidth": 1, "arrowcolor": GREY, "standoff": 7}
    text = "<br>".join(safe(say(f"plots.minutes.onset_{part}", **clocks)) for part in ("is", "at"))
    return mark, label(x, y, f"<b>{text}</b>", **arrow, **place)


class Others(NamedTuple):
    """What else was said at a minute: when, in words and as plotly reads it, and the events."""

    at: str
    time: str
    said: tuple[Said, ...]


def others_of(said: Sequence[Said], event_id: str, zone: str) -> list[Others]:
    """Return what else was said that day, those of one minute together."""
    minutes: dict[int, list[Said]] = {}
    for one in said:
        if one.event_id != event_id:
            minutes.setdefault(one.last, []).append(one)
    made = []
    for last, events in minutes.items():
        by = "plots.minutes.by" if events[0].kind == "since the evening" else "plots.minutes.at"
        words = say(by, time=hour(last, zone))
        made.append(Others(words, clock_time(last, zone), tuple(events)))
    return made


def _numbers(times: Sequence[str], span: Sequence[str]) -> list[str]:
    """Return numbers of marks from the left; one that would touch its neighbour is a line up."""
    at = np.array([np.datetime64(time) for time in (*times, *span)]).astype("datetime64[s]")
    places = at[:-2].astype(float) / float((at[-1] - at[-2]).astype(float))
    steps, step = [], 0
    for near in np.diff(places, prepend=-1.0) < NEAR:
        step = step + 1 if near else 0
        steps.append(step)
    return [f"{number}{'<br> ' * step}" for number, step in enumerate(steps, 1)]


def _others(others: Sequence[Others], low: float, span: Sequence[str]) -> list[Trace]:
    """Return the other statements of the day, numbered above the axis."""
    if not others:
        return []
    times = [one.time for one in others]
    texts = [
        "<br>".join([f"<b>{safe(one.at)}</b>", *(wrap(event.title) for event in one.said)])
        for one in others
    ]
    return [
        mark_trace(
            times,
            [low] * len(times),
            {"symbol": "triangle-up", "size": 9, "color": GREY, "line": {"width": 0}},
            hover="%{customdata}",
            text=_numbers(times, span),
            textposition="top center",
            customdata=texts,
            mode="markers+text",
            cliponaxis=False,
            name=say("plots.minutes.others"),
        )
    ]
