"""The mean path by minutes over several events, with a line for each."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pandas as pd

from eventstudy.errors import UnknownNameError
from eventstudy.minutes.averages import levels
from eventstudy.plots.colours import BLUE, GREY
from eventstudy.plots.minutes_source import label_of, minutes_of
from eventstudy.plots.theme import Drawing, Theme, drawing, figure, shade, titled, vertical
from eventstudy.plots.traces import band, grey_lines, line_trace
from eventstudy.words.catalogue import counted, say
from eventstudy.words.numbers import level as level_words

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from eventstudy.minutes.results import MinuteResults
    from eventstudy.results import EventStudyResults


class MinutesMeanPath(NamedTuple):
    """What `minutes_mean_path` draws.

    mean: minute, mean, band_low, band_high (of ordinary days: they leave it anywhere as often as
    the confidence says); events: a row for each episode, a column for each minute. All are simple
    returns since the beginning of the primary window, fractions.
    """

    mean: pd.DataFrame
    events: pd.DataFrame
    dates: int


def minutes_mean_path_data(
    results: EventStudyResults | MinuteResults, group: str, asset: str
) -> MinutesMeanPath:
    """Return the mean path of a group by minutes, and every episode's.

    Parameters
    ----------
    results : EventStudyResults or MinuteResults
        A study with bars, or what `eventstudy.run_minutes` returned.
    group, asset : str
        A row of `MinuteResults.mean_car`; without groups it is "all events".

    Raises
    ------
    UnknownNameError
        When nothing of that group was measured on that asset.
    """
    minutes = minutes_of(results)
    paths = minutes.caar()
    rows = paths[(paths["group"] == group) & (paths["asset"] == asset)]
    if rows.empty:
        pairs = paths[["group", "asset"]].drop_duplicates().itertuples(index=False)
        known = ", ".join(f"{one.group} on {one.asset}" for one in pairs) or "nothing"
        raise UnknownNameError(
            f"no event of {group!r} was measured by the minute on {asset!r}. Measured: {known}"
        )
    mean = pd.DataFrame(
        {
            "minute": rows["minute"].to_numpy(),
            "mean": np.expm1(rows["caar"].to_numpy()),
            "band_low": np.expm1(rows["band_low"].to_numpy()),
            "band_high": np.expm1(rows["band_high"].to_numpy()),
        }
    )
    ids = _averaged(minutes, group, asset)
    moves = [minutes.path_record(name, asset).move[: len(mean)] for name in ids]
    columns = pd.Index(mean["minute"], name="minute")
    lines = pd.DataFrame(np.expm1(np.array(moves)), pd.Index(ids, name="event_id"), columns)
    return MinutesMeanPath(mean, lines, int(rows["dates"].iloc[0]))


def _averaged(minutes: MinuteResults, group: str, asset: str) -> list[str]:
    """Return the events, one of each episode, whose paths are averaged."""
    return [
        window.event_id
        for level in levels(minutes, None)
        if (level.group, level.asset, level.span) == (group, asset, minutes.windows.lead)
        for date in level.dates
        for window in date
    ]


def minutes_mean_path(
    results: EventStudyResults | MinuteResults,
    group: str,
    asset: str,
    *,
    theme: Theme = "light",
    template: Any = None,
) -> go.Figure:
    """Return the mean path by minutes with a band of ordinary days, and a grey line an event.

    Parameters
    ----------
    results : EventStudyResults or MinuteResults
        A study with bars, or what `eventstudy.run_minutes` returned.
    group, asset : str
        A row of `MinuteResults.mean_car`; without groups it is "all events".
    theme, template
        As for `eventstudy.plots.theme.figure`.

    Returns
    -------
    plotly.graph_objects.Figure
        Shaded: the primary window; dashed: the minute of the statement.
    """
    data = minutes_mean_path_data(results, group, asset)
    return figure(draw_minutes_mean_path(results, group, asset, data), theme, template)


def draw_minutes_mean_path(
    results: EventStudyResults | MinuteResults, group: str, asset: str, data: MinutesMeanPath
) -> Drawing:
    """Draw what `minutes_mean_path_data` returned."""
    minutes = minutes_of(results)
    mean, (before, after) = data.mean, minutes.windows.lead
    confidence = level_words(minutes.options.confidence)
    held = mean[np.isfinite(mean["band_low"]) & np.isfinite(mean["band_high"])]
    name = say("plots.minutes.band", level=confidence)
    edges = (held["minute"], 100 * held["band_low"], 100 * held["band_high"])
    events, each = data.events, say("plots.minutes.one_event")
    every = grey_lines(events.columns.to_numpy(), 100 * events.to_numpy(), 0.5, each)
    shown = {"mode": "lines+markers", "name": say("plots.mean")}
    y, hover = 100 * mean["mean"], "%{x:+d}: %{y:+.2f} %"
    line = line_trace(mean["minute"], y, BLUE, 2.5, hover=hover, **shown)
    return drawing(
        [every, *(band(*edges, GREY, name) if len(held) else []), line],
        title=say("plots.minutes.mean_path", asset=label_of(results, asset), group=group),
        subtitle=say(
            "plots.minutes.mean_sub", events=counted(len(data.events), "event"), level=confidence
        ),
        height=320,
        xaxis=titled(say("plots.minutes.minute"), zeroline=False),
        yaxis=titled(say("plots.minutes.since_window", before=before)),
        shapes=[shade(-before, after), vertical(0, GREY)],
        showlegend=False,
    )
