"""Figures of a study: results in, `plotly.graph_objects.Figure` out."""

from __future__ import annotations

from eventstudy.plots.comparison import groups, scatter
from eventstudy.plots.diagnostics import residuals
from eventstudy.plots.observation import ar, around, car_path, event
from eventstudy.plots.ordinary import ordinary
from eventstudy.plots.overview import caar, forest, heatmap
from eventstudy.plots.price import price
from eventstudy.plots.robustness import power, specification_curve

__all__ = [
    "ar",
    "around",
    "caar",
    "car_path",
    "event",
    "forest",
    "groups",
    "heatmap",
    "ordinary",
    "power",
    "price",
    "residuals",
    "scatter",
    "specification_curve",
]
