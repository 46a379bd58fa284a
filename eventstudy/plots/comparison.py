"""Assets against one another, and groups of events side by side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.errors import refuse_unknown
from eventstudy.inference.intervals import around, critical_value
from eventstudy.plots.colours import BLUE, MARKERS, PALETTE
from eventstudy.plots.price import hovers
from eventstudy.plots.theme import Drawing, Theme, drawing, figure, titled, zero
from eventstudy.plots.traces import Trace, mark_trace, safe, whiskers
from eventstudy.results import EventStudyResults, only
from eventstudy.words.catalogue import counted, say
from eventstudy.words.numbers import level, minus, window_words

if TYPE_CHECKING:
    import plotly.graph_objects as go


def scatter_data(results: EventStudyResults, asset_x: str, asset_y: str) -> pd.DataFrame:
    """Return abnormal returns of day 0 on two assets, for events measured on both.

    Parameters
    ----------
    results : EventStudyResults
        A study.
    asset_x, asset_y : str
        Names of the assets.

    Returns
    -------
    DataFrame
        One row for each group and pair of sessions: group, session_x, session_y, x, y
        (fractions), events (their number), titles, certain (whether the day 0 of one of
        them is certain on both).

    Raises
    ------
    UnknownNameError
        When there is no such asset.
    """
    for asset in (asset_x, asset_y):
        refuse_unknown(asset, results.assets, f"no asset {asset!r}")
    ar = only(results.ar, tau=0)
    sides = []
    for asset, side in ((asset_x, "x"), (asset_y, "y")):
        moves = only(ar, asset=asset)[["event_id", "session", "ar"]]
        sure = only(results.alignment, asset=asset)[["event_id", "certain"]]
        names = {"session": f"session_{side}", "ar": side, "certain": f"certain_{side}"}
        sides.append(moves.merge(sure, on="event_id").rename(columns=names))
    both = sides[0].merge(sides[1], on="event_id").dropna(subset=["x", "y"])
    both["certain"] = both["certain_x"] & both["certain_y"]
    both["title"] = [results.events[event_id].title for event_id in both["event_id"]]
    frames = []
    for name, ids in _groups(results).items():
        pairs = both[both["event_id"].isin(ids)].groupby(["session_x", "session_y"], sort=True)
        rows = pairs.agg(
            x=("x", "first"),
            y=("y", "first"),
            events=("event_id", "size"),
            titles=("title", list),
            certain=("certain", "any"),
        ).reset_index()
        frames.append(rows.assign(group=name))
    frame = pd.concat(frames, ignore_index=True)
    columns = ["group", "session_x", "session_y", "x", "y", "events", "titles", "certain"]
    return frame[columns]


def _groups(results: EventStudyResults) -> dict[str, set[str]]:
    """Ids of the events of each group."""
    ids = np.array(results.events.event_ids, dtype=object)
    return {name: set(ids[member]) for name, member in results.group_members.items()}


def correlation(x: pd.Series, y: pd.Series, level: float) -> tuple[float, float, float]:
    """Return the correlation of two series and its interval.

    Parameters
    ----------
    x, y : Series
        Values, without missing ones.
    level : float
        Confidence, such as 0.95.

    Returns
    -------
    tuple of float
        Correlation, low and high: tanh(atanh r ± z/√(n − 3)) (Fisher 1921). NaN for fewer
        than four pairs.
    """
    n = len(x)
    if n < 4 or x.nunique() < 2 or y.nunique() < 2:
        return (np.nan, np.nan, np.nan)
    r = float(np.corrcoef(x, y)[0, 1])
    half = critical_value(level) / np.sqrt(n - 3)
    low, high = around(float(np.arctanh(np.clip(r, -1, 1))), float(half))
    return r, float(np.tanh(low)), float(np.tanh(high))


def _points(rows: pd.DataFrame, name: str, number: int) -> Trace:
    shape = MARKERS[number % len(MARKERS)]
    symbols = [shape if sure else f"{shape}-open" for sure in rows["certain"]]
    return mark_trace(
        100 * rows["x"],
        100 * rows["y"],
        {"size": 9, "color": PALETTE[number % len(PALETTE)], "symbol": symbols},
        hover="%{text}<br>%{x:+.2f} %, %{y:+.2f} %",
        text=hovers(rows, rows["session_x"]),
        name=safe(name),
    )


def scatter(
    results: EventStudyResults,
    asset_x: str,
    asset_y: str,
    *,
    theme: Theme = "light",
    template: Any = None,
) -> go.Figure:
    """Return abnormal returns of day 0 on one asset against those on another.

    Parameters
    ----------
    results : EventStudyResults
        A study.
    asset_x, asset_y : str
        Names of the assets.
    theme, template
        As for `eventstudy.plots.theme.figure`.

    Returns
    -------
    plotly.graph_objects.Figure
        One mark for each pair of sessions; hollow where no day 0 is certain.
    """
    return figure(draw_scatter(results, asset_x, asset_y), theme, template)


def draw_scatter(results: EventStudyResults, asset_x: str, asset_y: str) -> Drawing:
    """Draw `scatter`."""
    data = scatter_data(results, asset_x, asset_y)
    names = list(dict.fromkeys(data["group"]))
    traces = [_points(data[data["group"] == name], name, i) for i, name in enumerate(names)]
    distinct = data.drop_duplicates(["session_x", "session_y"])
    r, low, high = correlation(distinct["x"], distinct["y"], results.options.confidence)
    title = say("plots.scatter", x=asset_x, y=asset_y)
    if r == r:  # NaN for fewer than four pairs
        words = {"r": f"{r:+.2f}", "low": f"{low:+.2f}", "high": f"{high:+.2f}"}
        words = {name: minus(value) for name, value in words.items()}
        confidence = level(results.options.confidence)
        title += say("plots.scatter_r", **words, n=len(distinct), level=confidence)
    return drawing(
        traces,
        title=title,
        height=460,
        xaxis=titled(say("plots.of_asset", asset=asset_x)),
        yaxis=titled(say("plots.of_asset", asset=asset_y)),
    )


def groups_data(
    results: EventStudyResults, by: str, asset: str, most: int = 20, fewest: int = 1
) -> pd.DataFrame:
    """Return the mean CAR of each group over the primary window, the largest groups first.

    Parameters
    ----------
    results : EventStudyResults
        A study.
    by : str
        "group" or a column of the events.
    asset : str
        Name of the asset, or "all".
    most : int
        Groups returned.
    fewest : int
        Episodes that a group has at least.

    Returns
    -------
    DataFrame
        group, n, caar, ci_low, ci_high, ci_basis; fractions.
    """
    return largest_groups(results.at_primary(results.mean_car(by)), asset, most, fewest)


def largest_groups(means: pd.DataFrame, asset: str, most: int, fewest: int) -> pd.DataFrame:
    """Return what `groups_data` does from the mean CARs over one window."""
    means = only(means, asset=asset)
    means = means[means["n"] >= fewest].sort_values("n", ascending=False, kind="stable").head(most)
    return means[["group", "n", "caar", "ci_low", "ci_high", "ci_basis"]].reset_index(drop=True)


def groups(
    results: EventStudyResults,
    by: str,
    asset: str,
    most: int = 20,
    fewest: int = 1,
    *,
    theme: Theme = "light",
    template: Any = None,
) -> go.Figure:
    """Return the mean CAR of each group with its interval.

    Parameters
    ----------
    results, by, asset, most, fewest
        As for `groups_data`.
    theme, template
        As for `eventstudy.plots.theme.figure`.

    Returns
    -------
    plotly.graph_objects.Figure
    """
    return figure(
        draw_groups(results, asset, groups_data(results, by, asset, most, fewest)), theme, template
    )


def draw_groups(results: EventStudyResults, asset: str, data: pd.DataFrame) -> Drawing:
    """Draw what `groups_data` returned."""
    names = [f"{row.group} ({counted(row.n, 'episode')})" for row in data.itertuples()]
    points = mark_trace(
        100 * data["caar"],
        [safe(name) for name in names],
        {"color": BLUE, "size": 9},
        hover="%{y}<br>%{x:+.2f} %",
        error_x=whiskers(100 * data["caar"], 100 * data["ci_low"], 100 * data["ci_high"]),
        name=say("plots.means"),
        showlegend=False,
    )
    window = window_words(*results.windows.lead)
    return drawing(
        [points],
        title=say("plots.groups", asset=asset, window=window),
        height=110 + 26 * max(len(data), 3),
        xaxis=titled(say("plots.beyond_normal_mean")),
        yaxis=titled(say("plots.group"), range=[len(data) - 0.4, -0.6], type="category"),
        shapes=[zero()],
    )
