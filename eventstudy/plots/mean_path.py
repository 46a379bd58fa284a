"""The mean path of a group with its band, and a line for every event."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from eventstudy.abnormal.abnormal_returns import AbnormalReturns
from eventstudy.arrays import Array
from eventstudy.errors import UnknownNameError
from eventstudy.inference.average import average
from eventstudy.inference.intervals import around
from eventstudy.plots.colours import BLUE, VERMILLION
from eventstudy.plots.theme import Drawing, Theme, drawing, figure, headed, shade, titled
from eventstudy.plots.traces import Trace, band, grey_lines, line_trace, mark_trace, safe
from eventstudy.results import EventStudyResults, Level, dated, levels, only
from eventstudy.results.levels import entering
from eventstudy.words.catalogue import say
from eventstudy.words.numbers import date, minus, percent, signed
from eventstudy.words.windows import window_name

if TYPE_CHECKING:
    import plotly.graph_objects as go


HEIGHT = 340
LETTERS = 15
"""Of a line of a name: four days of ten are 100 pixels on a phone."""
MOST_LINES = 200
"""Episodes drawn as a line each; of more, evenly spaced ones."""


class MeanPath(NamedTuple):
    """What `mean_path` draws: the mean with its band, the path of every episode, the window.

    All are simple returns from the close before day 0, fractions, zero there; days before are
    drawn backwards from it.
    """

    mean: pd.DataFrame
    episodes: pd.DataFrame
    window: pd.DataFrame


def _level(results: EventStudyResults, group: str, asset: str) -> Level:
    for level in levels(results):
        if (level.group, level.asset) == (group, asset):
            return level
    known = ", ".join(f"{level.group} on {level.asset}" for level in levels(results))
    raise UnknownNameError(f"nothing was measured of {group!r} on {asset!r}. Measured: {known}.")


def _from_eve(episodes: AbnormalReturns) -> Array:
    """Paths from the close before day 0, shape (episodes, days); the eve itself is zero."""
    tau = episodes.tau
    after = np.cumsum(np.where(tau >= 0, episodes.ar, 0.0), axis=1)
    before = np.where(tau < 0, episodes.ar, 0.0)
    backwards = -(before[:, ::-1].cumsum(axis=1)[:, ::-1] - before)
    return np.where(tau >= 0, after, backwards)


def mean_path_data(results: EventStudyResults, group: str, asset: str) -> MeanPath:
    """Return the mean path of a group from the close before its events, and every episode's.

    Parameters
    ----------
    results : EventStudyResults
        A study.
    group, asset : str
        A level of `EventStudyResults.mean_car`.

    Returns
    -------
    MeanPath
        mean: tau, mean, band_low, band_high (of the whole path at once), as far as every episode
        of the average reaches, over several assets without the few whose paths overlap, as in
        `EventStudyResults.caar`; episodes: a row for each, by day 0 and asset, a column for each
        tau; window: caar, ci_low, ci_high of the primary window.

    Raises
    ------
    UnknownNameError
        When nothing was measured of that group on that asset.
    """
    level = _level(results, group, asset)
    rows = entering(results, level, results.windows.lead).rows
    rows = rows if len(rows) else level.rows
    part = results.abnormal.part(rows)
    index = pd.MultiIndex.from_arrays([dated(part.day0), part.assets], names=["day0", "asset"])
    columns = pd.Index(part.tau, name="tau")
    means = only(results.at_primary(results.mean_car()), group=group, asset=asset)
    window = means[["caar", "ci_low", "ci_high"]]
    lines = pd.DataFrame(results.simple(_from_eve(part)), index, columns)
    if len(np.unique(part.assets)) > 1:  # few that overlap leave a mean over assets
        kept = entering(results, level, results.windows.event).rows
        part = results.abnormal.part(kept) if len(kept) else part
    return MeanPath(_mean(results, part), lines, _simple(results, window))


def _simple(results: EventStudyResults, returns: Any) -> Any:
    """Return a table of measured returns as simple ones."""
    return results.simple(returns)


def _mean(results: EventStudyResults, part: AbnormalReturns) -> pd.DataFrame:
    """Mean path and band over the days that every episode has."""
    have = np.atleast_1d(np.isfinite(part.ar).all(axis=0))
    tau = part.tau.tolist()
    before, after = [], []
    for day in range(-1, tau[0] - 1, -1):
        if not have[tau.index(day)] or day == tau[0]:
            break
        before.append(day)
    for day in range(tau[-1] + 1):
        if day not in tau or not have[tau.index(day)]:
            break
        after.append(day)
    windows = [(day, -1) for day in reversed(before)] + [(0, day) for day in after]
    if not windows:
        return pd.DataFrame(columns=["tau", "mean", "band_low", "band_high"])
    means = average(part, windows, results.history)
    sign = np.array([-1.0] * len(before) + [1.0] * len(after))
    low, high = around(sign * means.mean, means.half)
    values = pd.DataFrame({"mean": sign * means.mean, "band_low": low, "band_high": high})
    frame = _simple(results, values).assign(tau=[w[0] - 1 if w[1] < 0 else w[1] for w in windows])
    eve = pd.DataFrame({"tau": [-1], "mean": [0.0], "band_low": [0.0], "band_high": [0.0]})
    frame = pd.concat([frame, eve]) if part.tau[0] < 0 else frame
    return frame.sort_values("tau", ignore_index=True)[["tau", "mean", "band_low", "band_high"]]


def mean_path(
    results: EventStudyResults,
    group: str,
    asset: str,
    name: str = "",
    *,
    theme: Theme = "light",
    template: Any = None,
) -> go.Figure:
    """Return the mean path of a group with its band, a grey line for every event, and the window.

    Parameters
    ----------
    results : EventStudyResults
        A study.
    group, asset : str
        A level of `EventStudyResults.mean_car`.
    name : str
        What the strongest event is called at its line; empty = its day 0.
    theme, template
        As for `eventstudy.plots.theme.figure`.

    Returns
    -------
    plotly.graph_objects.Figure
    """
    return figure(draw_mean_path(results, group, asset, name=name), theme, template)


def draw_mean_path(
    results: EventStudyResults,
    group: str,
    asset: str,
    *,
    title: str = "",
    strongest: tuple[pd.Timestamp, str] | None = None,
    name: str = "",
) -> Drawing:
    """Draw `mean_path`."""
    data = mean_path_data(results, group, asset)
    lead, (start, end) = data.window.iloc[0], results.windows.lead
    lines = data.episodes
    at = lines[end] if end in lines else lines.iloc[:, -1]
    if strongest is None and at.notna().any():
        strongest = at.abs().idxmax()
    traces = [*_grey(lines), *_blue(data), *_orange(lines, strongest, results.windows.lead)]
    traces += _bar(lead, end)
    notes = [
        _note((start - 1 + end) / 2, 1.0, window_name((start, end)), "soft", above=15),
        _note((start - 1 + end) / 2, 1.0, _mean_words(lead), "mark", above=1),
    ]
    if strongest is not None and strongest in lines.index and end in lines:
        move = float(lines.loc[[strongest], end].iloc[0])
        days = (lines.columns[0], start - 1.15, end + 0.15, lines.columns[-1])
        notes.append(_named(days, move, name or date(strongest[0])))
    ticks = [int(day) for day in lines.columns]
    ticks = sorted({*ticks, -1})
    drawn = drawing(
        traces,
        title=title or say("plots.mean_path", asset=asset, group=group),
        height=HEIGHT,
        xaxis={
            "tickvals": ticks,
            "ticktext": [signed(day) for day in ticks],
            "zeroline": False,
            "ticklabeloverflow": "allow",
            "title": {"text": say("plots.from_event"), "font": {"size": 12}, "standoff": 6},
            "range": [min(ticks) - 0.05, max(ticks) + 0.05],
        },
        yaxis=titled(say("plots.beyond_normal"), **_marks(*_span(data, at, strongest))),
        shapes=[shade(start - 1, end)],
    )
    drawn["layout"] |= {"annotations": notes, "showlegend": False}
    return headed(drawn, say("plots.from_eve"), 82)


STEPS = (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500)
"""Between marks of an axis in per cent."""


def _marks(low: float, high: float) -> dict[str, object]:
    """Return an axis of per cent with signs, and zero without one."""
    step = next((step for step in STEPS if (high - low) / step <= 9), STEPS[-1])
    marks = step * np.arange(np.ceil(low / step), np.floor(high / step) + 1)
    text = [minus(f"{mark:+.4g}") if abs(mark) > step / 2 else "0" for mark in marks]
    return {"range": [low, high], "tickvals": marks.tolist(), "ticktext": text}


def _mean_words(lead: Any) -> str:
    return (
        say("plots.mean_of", mean=percent(float(lead["caar"])))
        if lead["caar"] == lead["caar"]
        else ""
    )


def _note(x: Any, y: float, text: str, name: str, *, above: int = 0) -> dict[str, object]:
    """Return a text beside the data; its name says which colour pages give it."""
    place = {"yref": "paper", "yanchor": "bottom", "yshift": above} if above else {}
    size = {"size": 12, "weight": "normal" if name == "soft" else "bold"}
    return {"x": x, "y": y, "text": text, "name": name, "showarrow": False, "font": size, **place}


def _named(days: tuple[float, float, float, float], move: float, name: str) -> dict[str, object]:
    """Return the name of the strongest event beside the window, where there are more days.

    `days` are the first one shown, the edges of the window, and the last one.
    """
    lines = [*textwrap.wrap(name, LETTERS, max_lines=4, placeholder=" …"), percent(move, 1)]
    text = "<br>".join(safe(line) for line in lines)
    before = days[1] - days[0] >= days[3] - days[2]
    side = "right" if before else "left"
    place = {"xanchor": side, "align": side, "yanchor": "bottom" if move < 0 else "top"}
    note = _note(days[1] if before else days[2], 100 * move, text, "stand") | place
    return note | {"font": {"size": 11, "weight": "bold"}}


def _grey(lines: pd.DataFrame) -> list[Trace]:
    """Return every episode as a part of one grey trace."""
    step = max(1, -(-len(lines) // MOST_LINES))
    shown = lines.iloc[::step]
    tau = sorted({*(int(day) for day in shown.columns), -1})
    values = 100 * shown.reindex(columns=tau).to_numpy()
    values[:, tau.index(-1)] = 0.0
    return [grey_lines(np.array(tau), values, 0.35, say("plots.one_event"))]


def _blue(data: MeanPath) -> list[Trace]:
    """Return the mean and its band."""
    mean = data.mean
    if mean.empty:
        return []
    held = mean[np.isfinite(mean["band_low"]) & np.isfinite(mean["band_high"])]
    edges = (held["tau"], 100 * held["band_low"], 100 * held["band_high"])
    y, hover = 100 * mean["mean"], "%{x:+d}: %{y:+.2f} %"
    line = line_trace(mean["tau"], y, BLUE, 2.5, hover=hover, name=say("plots.mean"))
    return [*band(*edges, BLUE, say("plots.band_name")), line] if len(held) else [line]


def _orange(lines: pd.DataFrame, strongest: Any, window: tuple[int, int]) -> list[Trace]:
    """Return the strongest episode over the window."""
    if strongest is None or strongest not in lines.index:
        return []
    inside = [day for day in lines.columns if window[0] <= day <= window[1]]
    values = 100 * lines.loc[[strongest], inside].iloc[0].to_numpy(dtype=float)
    if window[0] == 0:
        inside, values = [-1, *inside], np.concatenate([[0.0], values])
    return [
        line_trace(
            inside,
            values,
            VERMILLION,
            2,
            hover="%{x:+d}: %{y:+.2f} %",
            mode="lines+markers",
            marker={"size": [0] * (len(inside) - 1) + [7]},
            name=say("plots.strongest"),
        )
    ]


def _bar(lead: Any, end: int) -> list[Trace]:
    """Return the mean over the window with its interval."""
    mean, low, high = (100 * float(lead[name]) for name in ("caar", "ci_low", "ci_high"))
    if mean != mean:
        return []
    half = {"array": [high - mean], "arrayminus": [mean - low]} if np.isfinite(high - low) else {}
    error = {"type": "data", "symmetric": False, "color": BLUE, "thickness": 3, "width": 0, **half}
    look = {"color": BLUE, "size": 11, "line": {"color": "white", "width": 1.5}}
    bar = mark_trace([end], [mean], look, hover="%{y:+.2f} %", name=say("plots.mean"))
    return [bar | ({"error_y": error} if half else {})]


def _span(data: MeanPath, at: pd.Series, strongest: Any) -> list[float]:
    """Range of the moves shown: the interval, the band, 49 lines in 50, and the strongest."""
    values = data.episodes.to_numpy(dtype=float)
    values = values[np.isfinite(values)]
    shown = [*data.window.iloc[0].tolist(), 0.0]
    if len(values):
        shown += [float(v) for v in np.quantile(values, [0.02, 0.98])]
    if strongest is not None and strongest in at.index:
        shown.append(float(at.loc[[strongest]].iloc[0]))
    shown = [value for value in shown if np.isfinite(value)]
    low, high = min(shown), max(shown)
    pad = 0.08 * (high - low) or 0.01
    return [100 * (low - pad), 100 * (high + pad)]
