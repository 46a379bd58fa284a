"""Doubt in pictures: specification curve and power."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from eventstudy.plots.theme import (
    BLUE,
    DASHES,
    GREY,
    PALETTE,
    Drawing,
    Theme,
    drawing,
    figure,
    safe,
    titled,
    trace,
)
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
    curve: SpecificationCurve,
    asset: str,
    *,
    theme: Theme = "light",
    template: Any = None,
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


def draw_specification_curve(asset: str, data: pd.DataFrame) -> Drawing:
    """Draw what `curve_data` returned."""
    traces, words = [], _specifications(data)
    ranked = bool(data["p"].notna().any())
    other = say("plots.above" if ranked else "plots.not_ranked")
    for significant, name in ((True, say("plots.below")), (False, other)):
        chosen = (data["significant"] == significant).to_numpy()
        if significant and not ranked:
            continue
        chief = data["own"].to_numpy()[chosen]  # the study's specification
        traces.append(
            trace(
                "scatter",
                x=np.flatnonzero(chosen) + 1,
                y=100 * data["effect"][chosen],
                mode="markers",
                marker={
                    "size": np.where(chief, 13, 7),
                    "symbol": np.where(chief, "diamond", "circle")
                    if significant
                    else np.where(chief, "diamond-open", "circle-open"),
                    "color": BLUE if significant else GREY,
                },
                name=name,
                customdata=words[chosen],
                hovertemplate="%{y:+.2f} %<br>%{customdata}<extra></extra>",
            )
        )
    key = "plots.curve" if data["n"].max() > 1 else "plots.curve_one"
    title = say(key, asset=asset)
    return drawing(
        traces,
        title=title,
        height=360,
        xaxis=titled(say("plots.specifications")),
        yaxis=titled(say("plots.effect")),
    )


def _specifications(data: pd.DataFrame) -> Array:
    """Return each specification in words, shape (specifications,)."""
    words = [
        safe(row.model)
        + "<br>"
        + say(
            "plots.specification",
            returns=row.estimation,
            gap=row.gap,
            window=window_words(row.start, row.end),
        )
        + (say("plots.merged") if getattr(row, "overlap", "all") == "merge" else "")
        for row in data.itertuples()
    ]
    return np.array(words, dtype=object)


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
        trace(
            "scatter",
            x=100 * rows["effect"],
            y=100 * rows["power"],
            mode="lines+markers",
            line={
                "color": PALETTE[line % len(PALETTE)],
                "dash": DASHES[line % len(DASHES)],
                "width": 2,
            },
            name=safe(str(name)),
            hovertemplate=say("plots.power_hover", x="%{x:.1f}", y="%{y:.0f}") + "<extra></extra>",
        )
        for line, (name, rows) in enumerate(data.groupby("test", sort=False))
    ]
    title = say("plots.power", asset=asset, group=group)
    return drawing(
        traces,
        title=title,
        height=320,
        xaxis=titled(say("plots.planted")),
        yaxis=titled(say("plots.share_found"), range=[0, 102]),
    )
