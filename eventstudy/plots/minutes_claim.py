"""A claimed move beside the session that it names: when it was true, and how sure that is."""

from __future__ import annotations

import textwrap
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from eventstudy.arrays import Array
from eventstudy.errors import UnknownNameError
from eventstudy.minutes.claims.levels import CLOSE, EVENING
from eventstudy.minutes.claims.stretches import SessionPath, TimedClaim, session_path
from eventstudy.minutes.claims.table import timed_claims
from eventstudy.minutes.claims.words import said, said_move
from eventstudy.minutes.lookup import Lookup
from eventstudy.minutes.results import MinuteResults
from eventstudy.minutes.statements import Statement, statement_of
from eventstudy.plots.colours import BLUE, GREY, VERMILLION
from eventstudy.plots.minutes_day import statement_marks
from eventstudy.plots.minutes_source import (
    clock_axis,
    clock_time,
    clock_times,
    minutes_of,
    short_label,
)
from eventstudy.plots.room import LINE, WIDTH, Room
from eventstudy.plots.theme import Drawing, Theme, drawing, figure, label, titled
from eventstudy.plots.traces import Trace, band, line_trace, mark_trace, safe
from eventstudy.results import EventStudyResults
from eventstudy.words.catalogue import say
from eventstudy.words.numbers import size

if TYPE_CHECKING:
    import plotly.graph_objects as go

HEIGHT = 330


class MinutesClaim(NamedTuple):
    """What `minutes_claim` draws.

    series: name of the bars; path: their prices of the session with the error of each; claims: the
    claim against each level that is drawn, with the stretches in which it was true; base: the
    level that moves are counted from.
    """

    series: str
    path: SessionPath
    claims: tuple[TimedClaim, ...]
    base: float


def minutes_claim_data(
    results: EventStudyResults | MinuteResults, event_id: str, asset: str
) -> MinutesClaim:
    """Return the session that a claim names, on the best bars that there are of its asset.

    Parameters
    ----------
    results : EventStudyResults or MinuteResults
        A study with bars, or what `eventstudy.run_minutes` returned.
    event_id : str
        The event that makes the claim.
    asset : str
        The asset of the claim.

    Raises
    ------
    UnknownNameError
        When there is no such claim, or no bars of its asset on that session.
    """
    minutes = minutes_of(results)
    timed = [one for one in timed_claims(minutes, event_id) if one.claim.asset == asset]
    if not timed:
        known = ", ".join(claim.asset for claim in minutes.events[event_id].claims) or "nothing"
        raise UnknownNameError(
            f"{event_id} claims no move of {asset!r} that has bars; it claims: {known}. A claim is "
            f"a cell such as {asset}:-2.2%@2022-01-13, its bars are a table [bars.{asset}]"
        )
    told = [one for one in timed if not one.reason]
    if not told:
        reasons = "; ".join(dict.fromkeys(one.reason for one in timed))
        raise UnknownNameError(f"the claim of {event_id} on {asset} cannot be shown: {reasons}")
    best = next((one for one in told if one.exact and one.kind == "observed"), None)
    best = best or next((one for one in told if one.exact), told[0])
    here = [one for one in told if one.series == best.series and one.claim == best.claim]
    drawn = [one for one in here if one.level.name in (CLOSE, EVENING)] or here
    path = _path(minutes, best)
    assert path is not None
    return MinutesClaim(best.series, path, tuple(drawn), drawn[0].level.price)


def _path(minutes: MinuteResults, timed: TimedClaim) -> SessionPath | None:
    bars = minutes.bars[timed.series]
    behind = minutes.bars.series.get(bars.standing.proxy)
    observed = None if behind is None else Lookup(behind, 0)
    return session_path(Lookup(bars, 0), timed.claim.session, observed)


def minutes_claim(
    results: EventStudyResults | MinuteResults,
    event_id: str,
    asset: str,
    *,
    theme: Theme = "light",
    template: Any = None,
) -> go.Figure:
    """Return a claimed move on the session that it names, with the minutes in which it was true.

    Parameters
    ----------
    results : EventStudyResults or MinuteResults
        A study with bars, or what `eventstudy.run_minutes` returned.
    event_id : str
        The event that makes the claim.
    asset : str
        The asset of the claim.
    theme, template
        As for `eventstudy.plots.theme.figure`.

    Returns
    -------
    plotly.graph_objects.Figure
        Dashed: the claimed move, a line for each level that it may be counted from; thick where it
        was true. Grey: the standard error of a series that was not observed; filled marks: prices
        that were.
    """
    data = minutes_claim_data(results, event_id, asset)
    return figure(draw_minutes_claim(results, event_id, asset, data), theme, template)


def draw_minutes_claim(
    results: EventStudyResults | MinuteResults, event_id: str, asset: str, data: MinutesClaim
) -> Drawing:
    """Draw what `minutes_claim_data` returned."""
    minutes = minutes_of(results)
    bars, claim = minutes.bars[data.series], data.claims[0]
    times = clock_times(data.path.end, bars.zone)
    moves = 100 * (data.path.close / data.base - 1)
    span = [clock_time(int(data.path.begin[0]), bars.zone), str(times[-1])]
    statement = statement_of(minutes.events[event_id], bars.zone)
    shapes, annotations = statement_marks(statement, bars.zone, span)
    ends = _ends(data)
    lines = [*_paths(data, times, moves), *_claimed(results, data, bars.zone, span)]
    key = "claim_sub" if claim.error else "claim_observed"
    return drawing(
        lines,
        title=say("plots.minutes.claim", move=said_move(claim), asset=short_label(results, asset)),
        subtitle=say(
            f"plots.minutes.{key}", kind=say(f"plots.minutes.{claim.kind}"), error=size(claim.error)
        ),
        height=HEIGHT,
        xaxis=clock_axis(span),
        yaxis=titled(
            say("plots.minutes.from_level", level=_level(claim)), nticks=7, range=list(ends)
        ),
        shapes=shapes,
        annotations=[*annotations, *_names(data, statement, bars.zone, ends)],
        showlegend=False,
    )


def _level(timed: TimedClaim) -> str:
    return say(f"plots.minutes.level_{timed.level.name}")


def _height(data: MinutesClaim, timed: TimedClaim) -> float:
    """Return where a claimed move lies, in per cent from the base of the figure."""
    return 100 * (timed.level.price * (1 + timed.claim.change) / data.base - 1)


def _ends(data: MinutesClaim) -> tuple[float, float]:
    """Return the range of the moves, with room for words above and below them."""
    moves, half = 100 * (data.path.close / data.base - 1), 100 * data.path.error
    heights = [_height(data, timed) for timed in data.claims]
    shown = np.concatenate([moves - half, moves + half, heights, [0.0]])
    low, high = float(np.nanmin(shown)), float(np.nanmax(shown))
    room = (high - low) or 1.0
    return low - 0.2 * room, high + 0.24 * room


def _room(data: MinutesClaim, ends: tuple[float, float], known: int) -> Room:
    """Return the panel with what is drawn in it: the series, its error, the claimed moves."""
    times = data.path.end.astype(float)
    span = float(data.path.begin[0]), float(times[-1])
    moves, half = 100 * (data.path.close / data.base - 1), 100 * data.path.error
    room = Room(times, moves, span, ends, HEIGHT - 112)
    for edge in (moves - half, moves + half):
        room.add_line(times, edge)
    for timed in data.claims:
        room.add_line(np.array(span), np.full(2, _height(data, timed)))
    if known:
        room.add_line(np.full(2, float(known)), np.array(ends))
    room.taken.append(np.array([0.0, 0.0, WIDTH, LINE]))  # when it was known is named there
    return room


def _names(
    data: MinutesClaim, statement: Statement, zone: str, ends: tuple[float, float]
) -> list[dict[str, object]]:
    """Return what the lines of a claim are, above or below each where nothing else is drawn."""
    room, labels = _room(data, ends, statement.last), []
    first, last = int(data.path.begin[0]), int(data.path.end[-1])
    at = np.arange(last, first, -600)
    highest = max(_height(data, timed) for timed in data.claims)
    for timed in data.claims:
        words = {"move": said_move(timed), "level": _level(timed)}
        lines = textwrap.wrap(say("plots.minutes.claimed_at", **words), 20)
        height = _height(data, timed)
        sides = (-1, 1) if len(data.claims) == 1 else (-1,) if height == highest else (1,)
        marks = np.column_stack(np.broadcast_arrays(*room.pixels(at.astype(float), height)))
        places = [
            (place, side * (near + LINE * len(lines) / 2))
            for near in (8, 26, 44, 62)
            for place in range(len(at))
            for side in sides
        ]
        offsets = np.array([(0.0, away) for _, away in places])
        joined = marks[[place for place, _ in places]]
        place, away = places[room.best(joined, offsets, lines)]
        text = "<br>".join(safe(line) for line in lines)
        arrow = {"showarrow": True, "arrowhead": 0, "arrowwidth": 1, "arrowcolor": GREY}
        time = clock_time(int(at[place]), zone)
        labels.append(label(time, height, text, **arrow, ax=0, ay=away, align="center"))
    return labels


def _paths(data: MinutesClaim, times: Any, moves: Array) -> list[Trace]:
    """Return the series with its error, and the prices of it that were observed."""
    path, drawn = data.path, []
    if path.error.any():
        half = 100 * path.error
        name = say("plots.minutes.error", error=size(float(path.error.max())))
        drawn += band(times, moves - half, moves + half, GREY, name)
    shown = {"customdata": path.close, "name": safe(data.series)}
    hover = "%{x|%H:%M}: %{y:+.2f} %<br>%{customdata:,.6~g}"
    drawn.append(line_trace(times, moves, BLUE, 2.5, hover=hover, **shown))
    observed = path.error == 0
    if path.error.any() and observed.any():
        look = {"color": BLUE, "size": 8, "line": {"color": "white", "width": 1}}
        hover, name = "%{x|%H:%M}: %{y:+.2f} %", say("plots.minutes.observed_at")
        drawn.append(mark_trace(times[observed], moves[observed], look, hover=hover, name=name))
    return drawn


def _claimed(
    results: EventStudyResults | MinuteResults, data: MinutesClaim, zone: str, span: list[str]
) -> list[Trace]:
    """Return a line for each level, and the stretches on it in which the claim was true."""
    made: list[Trace] = []
    called = partial(short_label, results)
    for timed, dash in zip(data.claims, ("dash", "dot", "dashdot", "longdash"), strict=False):
        y, level = _height(data, timed), _level(timed)
        name = safe(say("plots.minutes.claimed", claim=said(timed, called), level=level))
        made.append(line_trace(span, [y, y], VERMILLION, 1.4, dash=dash, name=name))
        x, values = [], []
        for one in timed.stretches:
            x += [clock_time(one.first, zone), clock_time(one.last, zone), None]
            values += [y, y, None]
        if x:
            look = {"mode": "lines+markers", "marker": {"color": VERMILLION, "size": 6}}
            name = safe(say("plots.minutes.true", level=level))
            true = line_trace(x, values, VERMILLION, 6, hover="%{x|%H:%M}", name=name, **look)
            made.append(true)
    return made
