"""All events together: CAAR, forest of CARs, event x day heat map."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.plots.colours import BLUE, DASHES, DIVERGING, PALETTE
from eventstudy.plots.price import hovers
from eventstudy.plots.theme import Drawing, Theme, drawing, figure, titled, zero
from eventstudy.plots.traces import Trace, band, line_trace, mark_trace, safe, trace, whiskers
from eventstudy.results import EventStudyResults, only
from eventstudy.settings import Window
from eventstudy.words.catalogue import say
from eventstudy.words.numbers import window_words

if TYPE_CHECKING:
    import plotly.graph_objects as go


def caar(
    results: EventStudyResults,
    by: str | None = None,
    asset: str | None = None,
    *,
    theme: Theme = "light",
    template: Any = None,
) -> go.Figure:
    """Return cumulative average abnormal returns with simultaneous bands.

    Parameters
    ----------
    results : EventStudyResults
        A study.
    by : str, optional
        "group" or a column of the events; default as in `EventStudyResults.caar`.
    asset : str, optional
        Only this asset; default: all.
    theme, template
        As for `eventstudy.plots.theme.figure`.

    Returns
    -------
    plotly.graph_objects.Figure
    """
    return figure(draw_caar(results, by, asset), theme, template)


def draw_caar(
    results: EventStudyResults, by: str | None = None, asset: str | None = None
) -> Drawing:
    """Draw `caar`."""
    data = results.caar(by)
    if asset is not None:
        data = only(data, asset=asset)
    traces: list[Trace] = []
    level = f"{100 * results.options.confidence:g} %"
    for line, ((name, series), rows) in enumerate(data.groupby(["group", "asset"], sort=False)):
        colour = PALETTE[line % len(PALETTE)]
        label = name if asset is not None or results.pooled else f"{name}, {series}"
        traces += band(
            rows["tau"],
            100 * rows["band_low"],
            100 * rows["band_high"],
            colour,
            say("plots.caar_band", label=label, band=rows["band"].iloc[0], level=level),
        )
        style = {"mode": "lines+markers", "dash": DASHES[line % len(DASHES)]}
        style["name"] = safe(say("plots.caar_line", label=label, n=rows["n"].iloc[0]))
        hover = "τ = %{x}<br>CAAR %{y:+.2f} %<extra>" + safe(label) + "</extra>"
        traces.append(line_trace(rows["tau"], 100 * rows["caar"], colour, 2, hover=hover, **style))
    return drawing(
        traces,
        title=say("plots.caar_of", asset=asset) if asset else say("plots.caar"),
        height=380,
        xaxis=titled(say("plots.days_from"), dtick=1),
        yaxis=titled(say("plots.beyond_normal_mean")),
    )


def forest_data(
    results: EventStudyResults, asset: str, window: Window | None = None
) -> pd.DataFrame:
    """Return one row for each episode: session, events, titles, car, ci, covers_day0."""
    start, end = window or results.windows.lead
    car = only(results.car(), asset=asset, start=start, end=end)
    titles = {event.event_id: event.title for event in results.events}
    car = car.assign(title=car["event_id"].map(titles))
    grouped = car.groupby("day0", sort=True)
    frame = grouped.agg(
        events=("event_id", "size"),
        event_id=("event_id", "first"),
        titles=("title", list),
        car=("car", "first"),
        ci_low=("ci_low", "first"),
        ci_high=("ci_high", "first"),
        covers_day0=("covers_day0", "first"),
    )
    return frame.reset_index().rename(columns={"day0": "session"})


def _largest(frame: pd.DataFrame, size: pd.Series, most: int | None) -> pd.DataFrame:
    """Return the `most` rows of the largest size, in their order; all when it is None."""
    order = np.argsort(-np.nan_to_num(np.abs(size.to_numpy(dtype=float))), kind="stable")
    return frame.iloc[np.sort(order[:most])]


def largest_cars(data: pd.DataFrame, most: int | None) -> pd.DataFrame:
    """Return the `most` episodes of `forest_data` whose CAR is largest for its interval."""
    return _largest(data, data["car"] / (data["ci_high"] - data["ci_low"]), most)


def largest_days0(data: pd.DataFrame, most: int | None) -> pd.DataFrame:
    """Return the `most` episodes of `heatmap_data` whose day 0 is largest."""
    return _largest(data, data[0], most) if 0 in data else data.iloc[:most]


def forest(
    results: EventStudyResults,
    asset: str,
    window: Window | None = None,
    most: int | None = None,
    *,
    theme: Theme = "light",
    template: Any = None,
) -> go.Figure:
    """Return the CAR of every episode of an asset with its interval.

    Parameters
    ----------
    results : EventStudyResults
        A study.
    asset : str
        Name of the asset.
    window : (int, int), optional
        CAR window; default: the primary one.
    most : int, optional
        Draw only the `most` episodes with the largest CAR for the width of its interval.
        Default: all.
    theme, template
        As for `eventstudy.plots.theme.figure`.

    Returns
    -------
    plotly.graph_objects.Figure
        Hollow marks: the window may miss the statement.
    """
    return figure(draw_forest(results, asset, window, most), theme, template)


def draw_forest(
    results: EventStudyResults, asset: str, window: Window | None = None, most: int | None = None
) -> Drawing:
    """Draw `forest`."""
    data = largest_cars(forest_data(results, asset, window), most)
    start, end = window or results.windows.lead
    names = [
        f"{row.session:%d %b %Y}" + (f" ({row.events})" if row.events > 1 else "")
        for row in data.itertuples()
    ]
    symbols = ["circle" if sure else "circle-open" for sure in data["covers_day0"]]
    points = mark_trace(
        100 * data["car"],
        names,
        {"color": BLUE, "size": 8, "symbol": symbols},
        hover="%{text}<br>CAR %{x:+.2f} %",
        error_x=whiskers(100 * data["car"], 100 * data["ci_low"], 100 * data["ci_high"]),
        text=hovers(data, data["session"]),
        name=say("plots.episodes"),
        showlegend=False,
    )
    level = f"{100 * results.options.confidence:g} %"
    return drawing(
        [points],
        title=say("plots.forest", asset=asset, window=window_words(start, end), level=level),
        height=110 + 18 * max(len(data), 4),
        xaxis=titled(say("plots.beyond_normal")),
        yaxis=titled(say("plots.day0"), range=[len(data) - 0.4, -0.6], type="category", dtick=1),
        shapes=[zero()],
    )


def heatmap_data(results: EventStudyResults, asset: str) -> pd.DataFrame:
    """Return standardised abnormal returns, episodes (by day 0) x event time."""
    abnormal = results.abnormal
    rows = np.flatnonzero(results.measured & (abnormal.assets == asset))
    sar = (abnormal.ar / abnormal.ar_se())[rows]
    index = pd.DatetimeIndex(abnormal.day0[rows].astype("datetime64[s]"), name="day0")
    return pd.DataFrame(sar, index=index, columns=pd.Index(abnormal.tau, name="tau"))


def heatmap(
    results: EventStudyResults,
    asset: str,
    most: int | None = None,
    *,
    theme: Theme = "light",
    template: Any = None,
) -> go.Figure:
    """Return standardised abnormal returns of every episode by event day.

    Parameters
    ----------
    results : EventStudyResults
        A study.
    asset : str
        Name of the asset.
    most : int, optional
        Draw only the `most` episodes with the largest standardised return on day 0.
        Default: all.
    theme, template
        As for `eventstudy.plots.theme.figure`.

    Returns
    -------
    plotly.graph_objects.Figure
        Colours end at ±4 standard errors.
    """
    return figure(draw_heatmap(results, asset, most), theme, template)


def draw_heatmap(results: EventStudyResults, asset: str, most: int | None = None) -> Drawing:
    """Draw `heatmap`."""
    data = largest_days0(heatmap_data(results, asset), most)
    cells = trace(
        "heatmap",
        z=data.to_numpy(),
        x=list(data.columns),
        y=[f"{day:%d %b %Y}" for day in data.index],
        zmin=-4,
        zmax=4,
        colorscale=[list(stop) for stop in DIVERGING],
        colorbar={"title": {"text": say("plots.sar")}, "thickness": 12},
        hovertemplate=say("plots.heatmap_hover", day0="%{y}", tau="%{x}", sar="%{z:+.2f}")
        + "<extra></extra>",
        name=say("plots.sar"),
        xgap=1,
        ygap=1,
    )
    return drawing(
        [cells],
        title=say("plots.heatmap", asset=asset),
        height=110 + 16 * max(len(data), 4),
        xaxis=titled(say("plots.days_from"), dtick=1, zeroline=False, tickangle=0),
        yaxis=titled(say("plots.day0"), autorange="reversed", type="category"),
    )
