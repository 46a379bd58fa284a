"""Doubt in pictures: specification curve and power."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.plots.colours import BLUE, DASHES, GREY, PALETTE
from eventstudy.plots.theme import Drawing, Theme, drawing, figure, titled
from eventstudy.plots.traces import line_trace, mark_trace, safe
from eventstudy.results import only
from eventstudy.words.catalogue import say
from eventstudy.words.numbers import window_words

if TYPE_CHECKING:
    import plotly.graph_objects as go

    from eventstudy.analysis.calibration import Calibration
    from eventstudy.analysis.specification_curve import SpecificationCurve
    from eventstudy.arrays import Array


def curve_data(curve: SpecificationCurve, asset: str) -> pd.DataFrame:
    """Return the specifications of an asset that were computed, by size of their effect."""
    rows = only(curve.frame, asset=asset, reason="").drop(columns=["reason"])
    return rows.sort_values("effect", kind="stable", ignore_index=True)


def specification_curve(
    curve: SpecificationCurve, asset: str, *, theme: Theme = "light", template: Any = None
) -> go.Figure:
    """Return the effects of all specifications of an asset, in order of size.

    Parameters
    ----------
    curve : SpecificationCurve
        What `eventstudy.specification_curve` returns.
    asset : str
        Name of the asset.
    theme, template
        As for `eventstudy.plots.theme.figure`.

    Returns
    -------
    plotly.graph_objects.Figure
        Filled: rejected at 5 % among placebo dates. The study's is larger.
    """
    return figure(draw_specification_curve(asset, curve_data(curve, asset)), theme, template)


def draw_specification_curve(asset: str, data: Mapping[str, Any]) -> Drawing:
    """Draw what `curve_data` returned, or its columns of one event, which has no ranks."""
    effect, of_study = (np.asarray(data[name]) for name in ("effect", "own"))
    alone = "p" not in data or data["n"].max() == 1
    ranked = "p" in data and bool(data["p"].notna().any())
    below = np.asarray(data["significant"]) if ranked else np.zeros(len(effect), dtype=bool)
    other = say("plots.above" if ranked else "plots.not_ranked")
    traces, words = [], _specifications(data)
    for significant, name in ((True, say("plots.below")), (False, other)):
        if significant and not ranked:
            continue
        chosen = below == significant
        chief = of_study[chosen]  # the study's specification
        full, hollow = ("diamond", "circle") if significant else ("diamond-open", "circle-open")
        sizes, symbols = np.where(chief, 13, 7), np.where(chief, full, hollow)
        look = {"size": sizes, "symbol": symbols, "color": BLUE if significant else GREY}
        x, y, said = np.flatnonzero(chosen) + 1, 100 * effect[chosen], words[chosen]
        hover = "%{y:+.2f} %<br>%{customdata}"
        traces.append(mark_trace(x, y, look, hover=hover, name=name, customdata=said))
    return drawing(
        traces,
        title=say("plots.curve_one" if alone else "plots.curve", asset=asset),
        height=360,
        xaxis=titled(say("plots.specifications")),
        yaxis=titled(say("plots.effect")),
    )


@lru_cache(maxsize=4096)
def _words(model: str, estimation: int, gap: int, start: int, end: int, overlap: str) -> str:
    """Return a specification in words."""
    window = window_words(start, end)
    text = say("plots.specification", returns=estimation, gap=gap, window=window)
    merged = say("plots.merged") if overlap == "merge" else ""
    return f"{safe(model)}<br>{text}{merged}"


def _specifications(data: Mapping[str, Any]) -> Array:
    """Return each specification in words, shape (specifications,)."""
    columns = [np.asarray(data[name]).tolist() for name in ("model", "estimation", "gap")]
    columns += [np.asarray(data[name]).tolist() for name in ("start", "end")]
    overlap = list(data["overlap"]) if "overlap" in data else ["all"] * len(columns[0])
    return np.array(list(map(_words, *columns, overlap)), dtype=object)


def power(
    calibration: Calibration,
    group: str,
    asset: str,
    *,
    theme: Theme = "light",
    template: Any = None,
) -> go.Figure:
    """Return how often the tests of a level find an effect of a given size.

    Parameters
    ----------
    calibration : Calibration
        What `eventstudy.calibrate` returns.
    group, asset : str
        The level.
    theme, template
        As for `eventstudy.plots.theme.figure`.

    Returns
    -------
    plotly.graph_objects.Figure
    """
    return figure(draw_power(calibration, group, asset), theme, template)


def draw_power(calibration: Calibration, group: str, asset: str) -> Drawing:
    """Draw `power`."""
    data = only(calibration.power, group=group, asset=asset)
    traces = [
        line_trace(
            100 * rows["effect"],
            100 * rows["power"],
            PALETTE[line % len(PALETTE)],
            2,
            hover=say("plots.power_hover", x="%{x:.1f}", y="%{y:.0f}"),
            mode="lines+markers",
            dash=DASHES[line % len(DASHES)],
            name=safe(str(name)),
        )
        for line, (name, rows) in enumerate(data.groupby("test", sort=False))
    ]
    return drawing(
        traces,
        title=say("plots.power", asset=asset, group=group),
        height=320,
        xaxis=titled(say("plots.planted")),
        yaxis=titled(say("plots.share_found"), range=[0, 102]),
    )
